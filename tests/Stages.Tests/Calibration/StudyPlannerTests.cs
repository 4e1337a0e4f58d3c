using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class StudyPlannerTests
{
    private static readonly CalibrationManifest Manifest =
        StudyBinding.Bind(FlowHarness.SmallStudy, TestChunks.Make(n: 40, p: 30, seed: 7)).Set.Manifest;

    [Fact]
    public void Plan_UnitOfThreeGigabytes_IsRefusedOnASmallBudgetWithRemedies()
    {
        // 100,000 x 4,000 doubles are 3.2 GB; only identities are needed to plan them.
        ImmutableArray<string> ids = [.. Enumerable.Range(0, 100_000).Select(i => $"S{i:000000}")];
        var axis = new SpectralAxis([.. Enumerable.Range(0, 4000).Select(j => 400.0 + (0.5 * j))], AxisUnit.Nanometre);
        CalibrationManifest large = Manifest with { Ids = ids, Groups = [.. ids], Axis = axis };
        StudyPlan plan = StudyPlanner.Plan(FlowHarness.SmallStudy, large, Limits.Default);

        StageException refused = Assert.Throws<StageException>(() => plan.Work.RefuseWhatCannotFit(256L << 20));

        Assert.Equal(FailureKind.OverBudget, refused.Kind);
        Assert.Contains("256 MiB", refused.Message, StringComparison.Ordinal);
        Assert.Contains("GiB", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TheExampleOfTheDocuments_CanBePlanned()
    {
        Study study = StudyFile.Read(File.ReadAllBytes(Checkout.PathOf("docs", "examples", "study.json")), "study.json");
        Assert.Equal(5, study.Nested);
        Assert.NotEmpty(StudyMethods.Of(study).Subsets);
    }

    [Theory]
    [InlineData("nested", 1, "Give 2 to 100, or 0 for none")]
    [InlineData("nested", 101, "Give 2 to 100")]
    [InlineData("permutations", 10, "Give 19 to 999")]
    [InlineData("repeats", 101, "Give 1 to 100, or 0 for none")]
    [InlineData("repeats", -1, "Give 1 to 100")]
    [InlineData("bootstrap", 99, "Give 100 to 100000")]
    public void Plan_JudgingOutsideItsBounds_IsRefusedByName(string field, int value, string remedy)
    {
        Study study = field switch
        {
            "nested" => FlowHarness.SmallStudy with { Nested = value },
            "permutations" => FlowHarness.SmallStudy with { Permutations = value },
            "repeats" => FlowHarness.SmallStudy with { Repeats = value },
            _ => FlowHarness.SmallStudy with { Bootstrap = value },
        };
        StageException refused = Assert.Throws<StageException>(() => StudyPlanner.Plan(study, Manifest, Limits.Default));
        Assert.Contains($"Study field '{field}': found {value}. {remedy}", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("accuracy", "response 'protein' is a number. Leave it out, or give rmsecv or composite")]
    [InlineData("compsite", "composite")]
    public void Plan_MetricOfAnotherKind_IsRefusedWithWhatFits(string metric, string remedy)
    {
        StageException refused = Assert.Throws<StageException>(
            () => StudyPlanner.Plan(FlowHarness.SmallStudy with { Metric = metric }, Manifest, Limits.Default));
        Assert.Contains("Study field 'metric'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void Plan_LambdaThatIsNoWeight_IsRefused(double lambda)
    {
        StageException refused = Assert.Throws<StageException>(
            () => StudyPlanner.Plan(FlowHarness.SmallStudy with { Lambda = lambda }, Manifest, Limits.Default));
        Assert.Contains("Study field 'lambda'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_EqualChains_AreTriedOnceAndSaid()
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["snv", "snv + snv", "raw", "raw + snv", "raw + raw"] };
        StudyPlan plan = StudyPlanner.Plan(study, Manifest, Limits.Default);
        Assert.Equal(["raw", "snv"], plan.Units.Values.Select(unit => unit.Chain.Notation).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(3, plan.Notes.Count(note => note.Contains("tried once", StringComparison.Ordinal)));
    }

    [Fact]
    public void Plan_ChainsWithOnePrefix_ShareItsKey()
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["snv", "snv + msc", "snv + autoscale"] };
        StudyPlan plan = StudyPlanner.Plan(study, Manifest, Limits.Default);
        Assert.Single(plan.Units.Values.Select(unit => unit.PretreatedKey).Distinct());
        Assert.Equal(6, plan.Units.Count);
    }

    [Fact]
    public void Plan_FamilyOfSeveralForms_NamesItsFormInTheKeys()
    {
        ImmutableArray<string> ids = [.. Enumerable.Range(0, 60).Select(i => $"S{i:00}")];
        var axis = new SpectralAxis([.. Enumerable.Range(0, 2000).Select(j => 400.0 + j)], AxisUnit.Nanometre);
        CalibrationManifest wide = Manifest with { Ids = ids, Groups = [.. ids], Axis = axis };
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["raw", "msc"], Subsets = ["full", "ranges(500-503 nm)"], Models = ["pls(12)", "ridge"] };
        StudyPlan plan = StudyPlanner.Plan(study, wide, Limits.Default);

        UnitDescription Of(string chain, string family) =>
            Assert.Single(plan.Units.Values, unit => unit.Chain.Notation == chain && unit.Family.Name == family).Description;
        UnitDescription pls = Of("raw", "pls");
        int full = pls.Subsets.Select(subset => subset.Notation).ToList().IndexOf("full");
        Assert.Equal("dual", pls.Forms[full]);
        Assert.NotEqual("dual", pls.Forms[1 - full]);
        Assert.Contains(pls.CandidateFields(full, 0).Fields, field => field.Name == "form" && field.Value.Contains("dual", StringComparison.Ordinal));

        Assert.Equal("dual", Of("raw", "ridge").Forms[full]);

        // What each fold treats anew is fitted fold by fold.
        Assert.All(Of("msc", "pls").Forms, form => Assert.Empty(form));
    }

    [Fact]
    public void Plan_WindowWiderThanTheSpectrum_LeavesThatChainOutAndSaysWhy()
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["raw", "sg(31,2,1)"] };
        StudyPlan plan = StudyPlanner.Plan(study, Manifest, Limits.Default);
        Assert.DoesNotContain(plan.Units.Values, unit => unit.Chain.Notation == "sg(31,2,1)");
        Assert.Contains(plan.Notes, note => note.Contains("sg(31,2,1) is left out", StringComparison.Ordinal) && note.Contains("30", StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_NothingUsable_IsRefusedWithTheReasons()
    {
        Study study = FlowHarness.SmallStudy with { Pretreatments = ["sg(31,2,1)"] };
        StageException refused = Assert.Throws<StageException>(() => StudyPlanner.Plan(study, Manifest, Limits.Default));
        Assert.Contains("sg(31,2,1)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_Key_ChangesWithEveryParameterAndWithNothingElse()
    {
        Fingerprint key = KeyOf(FlowHarness.SmallStudy);
        Assert.Equal(key, KeyOf(FlowHarness.SmallStudy with { Predictions = 3 }));
        Study[] changed =
        [
            With(pretreatments: ["raw"]), With(pretreatments: ["snv(0)"]), With(pretreatments: ["sg(5,2,1)"]),
            With(pretreatments: ["sg(7,2,1)"]), With(pretreatments: ["sg(5,3,1)"]), With(pretreatments: ["sg(5,2,2)"]),
            With(pretreatments: ["detrend(1)"]), With(pretreatments: ["detrend(2)"]),
            With(models: ["pls(5)"]), With(models: ["pls(4)"]), With(models: ["ridge"]), With(models: ["ridge(1e-3)"]),
            With(models: ["ridge(1e-4)"]), With(models: ["ridge(absolute, 1e-3)"]),
            With(subsets: ["top(9)"]), With(subsets: ["top(10)"]), With(subsets: ["region(50,25;1)"]), With(subsets: ["region(50,25;2)"]),
            With(subsets: ["region(60,25;1)"]), With(subsets: ["region(50,20;1)"]), With(subsets: ["regions(50,25;2)"]),
            With(subsets: ["ranges(1150-1200 nm)"]), With(subsets: ["ranges(1150-1210 nm)"]),
            With(folds: "random(5, seed 4)"), With(folds: "random(4, seed 3)"), With(folds: "hash(3, seed 3)"),
        ];
        Assert.Equal(changed.Length + 1, changed.Select(KeyOf).Append(key).Distinct().Count());
    }

    [Fact]
    public void Plan_CandidateKeys_AreUnique()
    {
        StudyPlan plan = StudyPlanner.Plan(FlowHarness.SmallStudy, Manifest, Limits.Default);
        Fingerprint[] keys = [.. plan.Units.Values.SelectMany(unit => unit.Candidates).Select(one => one.Candidate.Key)];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.Equal(plan.CandidateCount, keys.Length);
    }

    [Fact]
    public void Plan_Key_ChangesWithSamplesGroupsAndGivenFolds()
    {
        Fingerprint key = StudyPlanner.Plan(FlowHarness.SmallStudy, Manifest, Limits.Default).Work.Key;
        CalibrationManifest otherSamples = Manifest with { Key = Manifest.SpectraKey };
        CalibrationManifest otherGroups = Manifest with { Groups = [Manifest.Groups[1], .. Manifest.Groups.Skip(1)] };
        Assert.NotEqual(key, StudyPlanner.Plan(FlowHarness.SmallStudy, otherSamples, Limits.Default).Work.Key);
        Assert.NotEqual(key, StudyPlanner.Plan(FlowHarness.SmallStudy, otherGroups, Limits.Default).Work.Key);

        Study given = With(folds: "given(fold)");
        ImmutableArray<string> labels = [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? "a" : "b")];
        Fingerprint first = StudyPlanner.Plan(given, Manifest with { FoldLabels = labels }, Limits.Default).Work.Key;
        Fingerprint second = StudyPlanner.Plan(given, Manifest with { FoldLabels = labels.SetItem(0, "b") }, Limits.Default).Work.Key;
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Plan_TooManyCandidates_IsRefused()
    {
        StageException refused = Assert.Throws<StageException>(
            () => StudyPlanner.Plan(FlowHarness.SmallStudy, Manifest, Limits.Default with { PlanCandidatesMax = 10 }));
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        Assert.Contains("the limit is 10", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_RegionsOverlap_AreNotTakenForTheWholeSpectrum()
    {
        StudyPlan plan = StudyPlanner.Plan(With(subsets: ["regions(200,25;3)"]), Manifest, Limits.Default);
        Assert.NotEmpty(plan.Units);
    }

    private static Study With(
        string[]? pretreatments = null, string[]? models = null, string[]? subsets = null, string? folds = null) =>
        FlowHarness.SmallStudy with
        {
            Pretreatments = pretreatments is null ? FlowHarness.SmallStudy.Pretreatments : [.. pretreatments],
            Models = models is null ? FlowHarness.SmallStudy.Models : [.. models],
            Subsets = subsets is null ? FlowHarness.SmallStudy.Subsets : [.. subsets],
            Folds = folds ?? FlowHarness.SmallStudy.Folds,
        };

    private static Fingerprint KeyOf(Study study) => StudyPlanner.Plan(study, Manifest, Limits.Default).Work.Key;
}
