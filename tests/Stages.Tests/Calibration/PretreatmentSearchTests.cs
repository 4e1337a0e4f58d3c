using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>Pretreatments that change the axis, learn in the fold or look at references, in whole searches.</summary>
public class PretreatmentSearchTests
{
    private static readonly Study Study = FlowHarness.SmallStudy with
    {
        Pretreatments =
        [
            "gap(3,3,1)", "crop(1200-1505 nm) + snv", "interpolate(1105-1600 nm; 5)", "splice(1300 nm)", "absorbance + arpls(1000)",
            "emsc(2)", "pqn", "pareto", "osc(1)", "epo(1)", "snv + glsw(0.01)",
        ],
        Models = ["pls(2)"],
        Subsets = ["full", "region(50,25;1)"],
    };

    [Fact]
    public async Task RunAsync_EveryKind_HasTheSameBitsForAnyThreadsAndOrderOfRows()
    {
        SpectralChunk chunk = WithReplicates();
        FlowRun one = await FlowHarness.RunAsync(chunk, Study, parallelism: 1);
        FlowRun many = await FlowHarness.RunAsync(TestChunks.Shuffled(chunk, 11), Study, parallelism: 2);
        Assert.Equal(11 * 2 * 2, one.Board.Rows.Length);
        Assert.All(one.Board.Rows, row => Assert.Null(row.Failure));
        Assert.Equal(FlowHarness.Bits(one.Board), FlowHarness.Bits(many.Board));
    }

    [Fact]
    public async Task RunAsync_ChangedAxis_LabelsAreRangesOfIt()
    {
        SpectralChunk chunk = WithReplicates();
        FlowRun run = await FlowHarness.RunAsync(chunk, Study);
        foreach (LeaderboardRow row in run.Board.Rows)
        {
            SpectralAxis axis = row.Candidate.Chain.OutputAxis(chunk.Axis);
            int count = row.Candidate.Subset is FullSpectrum ? axis.Count : WavelengthRanges.Parse(axis, row.Variables).Length;
            Assert.Equal(count, row.VariableCount);
        }

        Assert.Contains(run.Board.Rows, row => row.Candidate.Chain.Notation.StartsWith("crop", StringComparison.Ordinal) && row.VariableCount == 31);
        Assert.Contains(run.Board.Rows, row => row.Candidate.Chain.Notation.StartsWith("gap", StringComparison.Ordinal) && row.VariableCount == 52);
    }

    [Fact]
    public async Task RunAsync_HeldOutSamplesOverwritten_ChangeNoBitOfTheirFold()
    {
        // Aim: steps that learn, from spectra or from references, learn nothing of what a fold holds out.
        // Method: in one fold after the other all references and one spectrum are overwritten; the other samples of the fold are
        // predicted by what was learnt from the rest, to the same bits, while folds that calibrate with them must change.
        Study study = Study with
        {
            Pretreatments = ["emsc(2)", "pqn", "pareto", "osc(2)", "epo(1)", "glsw(0.01)", "gap(3,3,1) + osc(1)", "epo(1) + crop(1200-1600 nm) + emsc(1)"],
            Subsets = ["full"],
        };
        SpectralChunk chunk = WithReplicates();
        FlowRun usual = await FlowHarness.RunAsync(chunk, study);
        Dictionary<string, double[]> before = ByDescription(usual.Board);
        Assert.Equal(8 * 2, before.Count);
        Folds folds = usual.Plan.Folds;
        for (int k = 0; k < folds.Count; k++)
        {
            int[] heldOut = [.. folds.HeldOut(k)];
            Dictionary<string, double[]> after = ByDescription((await FlowHarness.RunAsync(Overwritten(chunk, heldOut), study)).Board);
            foreach ((string candidate, double[] predictions) in before)
            {
                Assert.All(heldOut[1..], i => Assert.True(
                    predictions[i].Equals(after[candidate][i]), $"{candidate}, fold {k + 1}: sample {i} was {predictions[i]:R}, then {after[candidate][i]:R}"));
                Assert.All(Enumerable.Range(0, 40).Except(heldOut), i => Assert.NotEqual(predictions[i], after[candidate][i]));
            }
        }
    }

    [Fact]
    public void Plan_StepsThatFindDirections_ReserveAndCostMore()
    {
        CalibrationManifest manifest = StudyBinding.Bind(Study, WithReplicates()).Set.Manifest;
        Cost Work(string chain) => StudyPlanner.Plan(Study with { Pretreatments = [chain], Subsets = ["full"] }, manifest, Limits.Default)
            .Units.Values.Single().Work.Estimate;
        Cost fit = PretreatmentChain.Parse("osc(1)").EstimateFit(40, 60);

        // At least the copy of the spectra and the products of samples; five folds learn.
        Assert.True(fit.PeakBytes >= 8 * ((40 * 60) + (40 * 40)));
        Assert.Equal(Work("emsc(2)").PeakBytes + fit.PeakBytes, Work("osc(1)").PeakBytes);
        Assert.Equal(Work("emsc(2)").CpuSeconds + (5 * fit.CpuSeconds), Work("osc(1)").CpuSeconds, 1e-9);
        Assert.Equal(fit, PretreatmentChain.Parse("snv + osc(1)").EstimateFit(40, 60));
    }

    [Fact]
    public void Plan_ChainsOfBaselines_CostWhatTheyTake()
    {
        CalibrationManifest manifest = StudyBinding.Bind(Study, WithReplicates()).Set.Manifest;
        double Seconds(string chain) => StudyPlanner.Plan(Study with { Pretreatments = [chain] }, manifest, Limits.Default).Work.CpuSeconds;
        double each = PretreatmentChain.Parse("asls").SecondsPerSpectrum(60);
        Assert.True(each > 0);
        Assert.Equal(Seconds("snv") + (40 * each), Seconds("asls"), 1e-9);

        // After a fitted step it is done anew in each of five folds.
        Assert.Equal(Seconds("msc") + (5 * 40 * each), Seconds("msc + asls"), 1e-9);
    }

    [Fact]
    public void AddTo_ReflectanceBelowZero_IsNotedWithCountsAndTheFirstSample()
    {
        SpectralChunk chunk = WithReplicates();
        chunk.X[7, 3] = 0;
        chunk.X[7, 4] = -0.2;
        chunk.X[20, 59] = 1e-9;
        BoundStudy bound = StudyBinding.Bind(Study with { Pretreatments = ["raw", "absorbance + snv", "absorbance + sg(5,2,1)", "msc + km"] }, chunk);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        string[] notes = [.. ClippedValues.AddTo(plan, bound.Set).Notes.Except(plan.Notes)];
        Assert.Equal(2, notes.Length);
        Assert.Equal(
            "absorbance + snv: 3 values in 2 of 40 spectra clipped, first in sample 'S007', whose lowest value is -0.2 at 1140 nm: "
            + "reflectance below 0.000001 counts as 0.000001. Check these spectra, or crop what is dark.",
            notes[1]);
        Assert.Same(plan, ClippedValues.AddTo(plan, StudyBinding.Bind(bound.Study, WithReplicates()).Set));
    }

    /// <summary>Out-of-fold predictions by what was done, samples in id order.</summary>
    private static Dictionary<string, double[]> ByDescription(Leaderboard board) => board.Rows.ToDictionary(
        row => $"{row.Candidate.Chain.Notation}, {row.Candidate.Family.Describe(row.Candidate.Setting)}",
        row => board.Predictions[row.Rank - 1].ToArray());

    /// <summary>Other references for some samples, and another spectrum for the first of them; the samples are in id order.</summary>
    private static SpectralChunk Overwritten(SpectralChunk chunk, int[] rows)
    {
        Matrix x = chunk.X.View.ToMatrix();
        double[] y = [.. chunk.Responses[0].Values];
        foreach (ref double value in x.Row(rows[0]))
        {
            value = 3 - (value * value);
        }

        foreach (int i in rows)
        {
            y[i] = 31.5 - (2 * y[i]);
        }

        return TestChunks.Chunk(chunk.Ids, x, y);
    }

    /// <summary>References rounded so that some samples share them.</summary>
    private static SpectralChunk WithReplicates()
    {
        SpectralChunk chunk = TestChunks.Make(40, 60, 5);
        return TestChunks.Chunk(chunk.Ids, chunk.X, [.. chunk.Responses[0].Values.Select(value => Math.Round(value))]);
    }
}
