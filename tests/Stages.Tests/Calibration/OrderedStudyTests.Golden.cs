using System.Text.Json;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public partial class OrderedStudyTests
{
    [Theory]
    [InlineData("contiguous(5; by day)")]
    [InlineData("time(5; by day)")]
    [InlineData("venetian(5; by y)")]
    [InlineData("loo")]
    public async Task Run_Golden_HasTheFoldsAndErrorsOfScikitLearn(string scheme)
    {
        JsonElement golden = Goldens.Load("ordered-folds/sklearn.json");
        JsonElement expected = golden.GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("folds").GetString() == scheme);
        Study study = new()
        {
            Response = "y",
            Folds = scheme,
            Group = expected.GetProperty("group").GetBoolean() ? "lot" : null,
            Pretreatments = ["raw"],
            Models = ["pls(4)"],
            Subsets = ["full"],
        };
        FlowRun run = await FlowHarness.RunAsync(Golden(golden), study);

        // Ids are in the order of the golden, so are samples. Groups come in the order of their names, as there.
        Folds folds = run.Plan.Folds;
        int[][] heldOut = [.. expected.GetProperty("heldOut").EnumerateArray().Select(fold => fold.ToIntegers())];
        int[][] calibration = [.. expected.GetProperty("calibration").EnumerateArray().Select(fold => fold.ToIntegers())];
        Assert.Equal(heldOut, Enumerable.Range(folds.FirstHeldOut, folds.Count - folds.FirstHeldOut).Select(k => folds.HeldOut(k).ToArray()));
        Assert.Equal(calibration, Enumerable.Range(folds.FirstHeldOut, folds.Count - folds.FirstHeldOut).Select(folds.Calibration));

        // Another algorithm for the same models: 1e-9 is far above rounding, and far below what one sample more or less would do.
        double[] rmsecv = expected.GetProperty("rmsecv").ToDoubles();
        Assert.Equal(4, run.Board.Rows.Length);
        Assert.All(run.Board.Rows, row => Assert.Equal(rmsecv[(int)row.Candidate.Setting.Value - 1], row.Metrics.Rmse, 1e-9 * row.Metrics.Rmse));
    }

    private static SpectralChunk Golden(JsonElement golden)
    {
        Matrix x = golden.GetProperty("x").ToMatrix();
        return new SpectralChunk(
            [.. Enumerable.Range(0, x.Rows).Select(i => $"S{i:000}")],
            new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => 1100.0 + (10 * j))], AxisUnit.Nanometre),
            x,
            [
                new ResponseColumn("y", [.. golden.GetProperty("y").ToDoubles()]),
                new ResponseColumn("day", [.. golden.GetProperty("day").ToDoubles()]),
            ],
            [new LabelColumn("lot", [.. golden.GetProperty("lot").EnumerateArray().Select(lot => lot.GetString()!)])]);
    }
}
