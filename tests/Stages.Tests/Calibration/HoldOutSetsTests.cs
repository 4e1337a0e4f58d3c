using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class HoldOutSetsTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 40, p: 30, seed: 7);

    [Theory]
    [InlineData("kennard-stone(25 %)")]
    [InlineData("spxy(25 %)")]
    [InlineData("duplex(25 %)")]
    [InlineData("random(25 %, seed 4)")]
    public void Of_RowsShuffled_ChoosesTheSameSamplesAndKeepsTwinsTogether(string scheme)
    {
        // S002 and S009 are identical, S005 and S030 nearly so, S011 to S014 are a group; S020 has no reference.
        Matrix x = Spectra.X.View.ToMatrix();
        x.Row(2).CopyTo(x.Row(9));
        x.Row(5).CopyTo(x.Row(30));
        x[30, 3] += 1e-7;
        double[] y = [.. Spectra.Responses[0].Values];
        y[20] = double.NaN;
        string[] lots = [.. Enumerable.Range(0, 40).Select(i => i is > 10 and < 15 ? "lot" : "")];
        var chunk = new SpectralChunk(Spectra.Ids, Spectra.Axis, x, [new ResponseColumn("protein", [.. y])], [new LabelColumn("lot", [.. lots])]);
        Study study = FlowHarness.SmallStudy with { Holdout = scheme, Group = "lot" };

        HoldOutSets sets = HoldOutSets.Of(study, chunk)!;
        Assert.Equal(39, sets.Ids.Length);
        Assert.Equal(sets.IsTest("S002"), sets.IsTest("S009"));
        Assert.Equal(sets.IsTest("S005"), sets.IsTest("S030"));
        Assert.Single(new[] { 11, 12, 13, 14 }.Select(i => sets.IsTest($"S{i:000}")).Distinct());
        Assert.InRange(sets.IsTestSample.Count(tests => tests), 7, 13);

        HoldOutSets shuffled = HoldOutSets.Of(study, TestChunks.Shuffled(chunk, 3))!;
        Assert.Equal(sets.Ids.ToArray(), shuffled.Ids.ToArray());
        Assert.Equal(sets.IsTestSample.ToArray(), shuffled.IsTestSample.ToArray());

        // And the calibration knows none of the test samples in disguise.
        BoundStudy bound = StudyBinding.Bind(study, chunk, sets.IsCalibration);
        TestSet test = TestSet.Bind(study, chunk, bound.Set, sets.IsTest)!;
        Assert.Empty(test.Known);
        Assert.Equal(39, bound.Set.Manifest.SampleCount + test.Ids.Length);
    }

    [Fact]
    public void TestSet_NearTwinOfACalibrationSample_IsKnown()
    {
        Matrix x = Spectra.X.View.ToMatrix();
        x.Row(5).CopyTo(x.Row(30));
        x[30, 3] += 1e-7;
        SpectralChunk chunk = TestChunks.Chunk(Spectra.Ids, x, [.. Spectra.Responses[0].Values]);
        BoundStudy bound = StudyBinding.Bind(FlowHarness.SmallStudy, chunk, id => id != "S030");
        TestSet test = TestSet.Bind(FlowHarness.SmallStudy, chunk, bound.Set, id => id == "S030")!;
        Assert.Equal([("S030", "S005")], test.Known.AsEnumerable());
    }

    [Fact]
    public void Of_StudyWithoutHoldOut_IsNull() => Assert.Null(HoldOutSets.Of(FlowHarness.SmallStudy, Spectra));

    [Fact]
    public void Of_WrongText_NamesTheField()
    {
        StageException refused = Assert.Throws<StageException>(
            () => HoldOutSets.Of(FlowHarness.SmallStudy with { Holdout = "kenardstone(25 %)" }, Spectra));
        Assert.Contains("Study field 'holdout'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("nearest name is 'kennard-stone'", refused.Message, StringComparison.Ordinal);
    }
}
