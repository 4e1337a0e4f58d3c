using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class StudyBindingTests
{
    private static readonly Study Study = FlowHarness.SmallStudy;
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 12, p: 10, seed: 3);

    [Fact]
    public void Bind_RowsShuffled_GivesTheSameKeysAndNumbers()
    {
        BoundStudy usual = StudyBinding.Bind(Study, Spectra);
        BoundStudy shuffled = StudyBinding.Bind(Study, TestChunks.Shuffled(Spectra, 4));
        Assert.Equal(usual.Set.Manifest.Key, shuffled.Set.Manifest.Key);
        Assert.Equal(usual.Set.Manifest.SpectraKey, shuffled.Set.Manifest.SpectraKey);
        Assert.Equal(usual.Set.X.Values.ToArray(), shuffled.Set.X.Values.ToArray());
    }

    [Fact]
    public void Bind_OneNumberChanged_ChangesTheKey()
    {
        Matrix x = Spectra.X.View.ToMatrix();
        x[3, 4] = Math.BitIncrement(x[3, 4]);
        SpectralChunk changed = TestChunks.Chunk(Spectra.Ids, x, [.. Spectra.Responses[0].Values]);
        Assert.NotEqual(StudyBinding.Bind(Study, Spectra).Set.Manifest.SpectraKey, StudyBinding.Bind(Study, changed).Set.Manifest.SpectraKey);
    }

    [Fact]
    public void Bind_MissingReference_LeavesThatSampleOut()
    {
        double[] y = [.. Spectra.Responses[0].Values];
        y[5] = double.NaN;
        BoundStudy bound = StudyBinding.Bind(Study, TestChunks.Chunk(Spectra.Ids, Spectra.X, y));
        Assert.Equal(11, bound.Set.Manifest.SampleCount);
        Assert.DoesNotContain("S005", bound.Set.Manifest.Ids);
    }

    [Fact]
    public void Bind_IdenticalSpectra_ShareAGroupAndAreReported()
    {
        Matrix x = Spectra.X.View.ToMatrix();
        x.Row(2).CopyTo(x.Row(9));
        BoundStudy bound = StudyBinding.Bind(Study, TestChunks.Chunk(Spectra.Ids, x, [.. Spectra.Responses[0].Values]));
        Assert.Equal(["S002", "S009"], Assert.Single(bound.IdenticalSpectra).AsEnumerable());
        SampleGroups groups = bound.Set.Manifest.Groups;
        Assert.Equal(groups[2], groups[9]);
        Assert.Equal(11, bound.Set.Manifest.GroupCount);
    }

    [Fact]
    public void Bind_NumericGroupColumn_IsAGroup()
    {
        SpectralChunk withBatch = With(new ResponseColumn("batch", [.. Enumerable.Range(0, 12).Select(i => (double)(i / 3))]));
        BoundStudy bound = StudyBinding.Bind(Study with { Group = "batch" }, withBatch);
        Assert.Equal(4, bound.Set.Manifest.GroupCount);
    }

    [Fact]
    public void Bind_MissingNumbersInGroupColumn_AreSamplesOnTheirOwn()
    {
        double[] batch = [.. Enumerable.Range(0, 12).Select(i => i < 4 ? double.NaN : i / 4)];
        BoundStudy bound = StudyBinding.Bind(Study with { Group = "batch" }, With(new ResponseColumn("batch", [.. batch])));
        Assert.Equal(6, bound.Set.Manifest.GroupCount);
    }

    [Fact]
    public void Bind_MissingNumberInFoldColumn_NamesTheSample()
    {
        double[] fold = [.. Enumerable.Range(0, 12).Select(i => i == 7 ? double.NaN : i % 3)];
        StageException refused = Assert.Throws<StageException>(
            () => StudyBinding.Bind(Study with { Folds = "given(fold)" }, With(new ResponseColumn("fold", [.. fold]))));
        Assert.Contains("'S007'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_UnknownGroup_OffersTheNearest()
    {
        StageException refused = Assert.Throws<StageException>(() => StudyBinding.Bind(Study with { Group = "protien" }, Spectra));
        Assert.Contains("Did you mean 'protein'?", refused.Message, StringComparison.Ordinal);
    }

    private static SpectralChunk With(ResponseColumn column) =>
        new(Spectra.Ids, Spectra.Axis, Spectra.X, Spectra.Responses.Add(column), []);
}
