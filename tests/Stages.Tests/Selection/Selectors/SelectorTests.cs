using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Calibration;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

/// <summary>What every selector keeps.</summary>
public sealed class SelectorTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 48, p: 40, seed: 7);

    private static readonly Study Study = FlowHarness.SmallStudy with
    {
        Pretreatments = ["raw", "snv", "msc"],
        Models = ["pls(3)", "ridge(1e-3, 1e-5)"],
        Subsets = ["full", "ipls(8)", "ipls(8; backward)", "cars(10; components 4)", "uve(20)", "spa(5)"],
        Folds = "random(4, seed 3)",
    };

    public static TheoryData<string> Selectors => new() { "ipls(8)", "ipls(8; backward)", "cars(10)", "uve(100)", "spa(6)" };

    [Theory]
    [InlineData("ipls", "ipls(20)")]
    [InlineData("ipls(12)", "ipls(12)")]
    [InlineData("IPLS( backward ; 20 )", "ipls(20; backward)")]
    [InlineData("ipls(20; seed 7; components 8; backward)", "ipls(20; backward; components 8; seed 7)")]
    [InlineData("cars", "cars(50)")]
    [InlineData("cars(components 5)", "cars(50; components 5)")]
    [InlineData("uve", "uve(100)")]
    [InlineData("uve(50; seed 1)", "uve(50; seed 1)")]
    [InlineData("spa", "spa(30)")]
    [InlineData("spa(20, seed 18446744073709551615)", "spa(20; seed 18446744073709551615)")]
    public void Notation_WhateverIsWritten_IsOne(string text, string notation)
    {
        ISubset selector = Catalog.ParseSubset(text);
        Assert.Equal(notation, selector.Notation);
        Assert.Equal(selector, Catalog.ParseSubset(notation));
        Assert.False(selector.UsesImportance);
    }

    [Theory]
    [InlineData("ipls(1)", "Interval PLS takes 2 to 100 intervals, found 1")]
    [InlineData("ipls(20, 30)", "expected one number, the number of intervals, and backward, components, seed; found '30' beside it")]
    [InlineData("ipls(20; forwards)", "expected one number")]
    [InlineData("ipls(20; backward; backward)", "'backward' is given twice")]
    [InlineData("ipls(20; backward 3)", "expected backward alone")]
    [InlineData("cars(1)", "2 to 1000 runs, found 1")]
    [InlineData("cars(50; components 99)", "1 to 50 components, found 99")]
    [InlineData("cars(50; backward)", "expected one number, the number of runs")]
    [InlineData("uve(2)", "3 to 1000 parts, found 2")]
    [InlineData("uve(x)", "expected a whole number as the number of parts that are left out, found 'x'")]
    [InlineData("spa(0)", "1 to 100 variables, found 0")]
    [InlineData("spa(30; components 3)", "expected one number, the most variables, and seed; found 'components 3' beside it")]
    public void ParseSubset_WrongText_SaysWhatWasFound(string text, string finding)
    {
        StageException error = Assert.Throws<StageException>(() => Catalog.ParseSubset(text));
        Assert.StartsWith($"'{text}', character ", error.Message, StringComparison.Ordinal);
        Assert.Contains(finding, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Selectors))]
    public void Select_AgainAndFromACopy_IsTheSame(string notation)
    {
        (Matrix x, Matrix y) = SelectorData.Make(60, 40, 12);
        ISubset selector = Catalog.ParseSubset(notation);
        int[] chosen = selector.Select(x.View, y.View, SelectorData.Axis(40), []);
        Assert.NotEmpty(chosen);
        Assert.Equal(chosen.Distinct().Order(), chosen);
        Assert.True(chosen.Length <= selector.VariablesMax(SelectorData.Axis(40)));
        Assert.Equal(chosen, Catalog.ParseSubset(notation).Select(x.View.ToMatrix().View, y.View.ToMatrix().View, SelectorData.Axis(40), []));

        // Rows that are a stride apart are the same rows.
        var wide = new Matrix(60, 50);
        for (int i = 0; i < 60; i++)
        {
            x.Row(i).CopyTo(wide.Row(i));
        }

        Assert.Equal(chosen, selector.Select(wide.View.Block(0, 0, 60, 40), y.View, SelectorData.Axis(40), []));
    }

    [Theory]
    [MemberData(nameof(Selectors))]
    public void Select_OtherUnitOfTheResponse_IsTheSame(string notation)
    {
        // A power of two changes no digit, and no choice depends on the unit.
        (Matrix x, Matrix y) = SelectorData.Make(60, 40, 13);
        int[] chosen = Catalog.ParseSubset(notation).Select(x.View, y.View, SelectorData.Axis(40), []);
        Products.Scale(1024, y.Values);
        Assert.Equal(chosen, Catalog.ParseSubset(notation).Select(x.View, y.View, SelectorData.Axis(40), []));
    }

    [Theory]
    [MemberData(nameof(Selectors))]
    public void Select_NothingToLearnFrom_SaysPlaceFindingAndRemedy(string notation)
    {
        ISubset selector = Catalog.ParseSubset(notation);
        SpectralAxis axis = SelectorData.Axis(40);
        (Matrix x, Matrix y) = SelectorData.Make(30, 40, 14);
        Refuses(() => selector.Select(x.View.RowBand(0, 9), y.View.RowBand(0, 9), axis, []), "needs at least 10 of them, found 9. Bring more samples");

        Matrix broken = x.View.ToMatrix();
        broken[6, 2] = double.NaN;
        Refuses(() => selector.Select(broken.View, y.View, axis, []), "calibration sample 7, 1104 nm: expected a finite number, found NaN. Remove the sample");

        Matrix unknown = y.View.ToMatrix();
        unknown[8, 0] = double.PositiveInfinity;
        Refuses(() => selector.Select(x.View, unknown.View, axis, []), "calibration sample 9, response: expected a finite number, found Infinity");

        unknown.Values.Fill(0.1);
        Refuses(() => selector.Select(x.View, unknown.View, axis, []), "which is 0.1 in all 30 calibration samples. Check the response");

        Matrix repeated = x.SelectRows([.. Enumerable.Range(0, 30).Select(i => i % 4)]);
        Refuses(() => selector.Select(repeated.View, y.View, axis, []), "needs at least 5 different spectra, found 4 among 30 calibration samples");

        void Refuses(Func<int[]> select, string finding)
        {
            StageException error = Assert.Throws<StageException>(select);
            Assert.Equal(FailureKind.InvalidData, error.Kind);
            Assert.StartsWith(notation, error.Message, StringComparison.Ordinal);
            Assert.Contains(finding, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void InnerFolds_IdenticalSpectra_StayTogether()
    {
        (Matrix x, Matrix y) = SelectorData.Make(30, 12, 15);
        for (int i = 20; i < 30; i++)
        {
            x.Row(i - 20).CopyTo(x.Row(i));
        }

        Folds folds = SelectorData.InnerFolds(x, y, 42);
        Assert.All(Enumerable.Range(20, 10), i => Assert.Equal(folds.FoldOfSample[i - 20], folds.FoldOfSample[i]));
        Assert.Equal(20, SelectorData.Samples(x, y, 42).Split(100).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task RunAsync_AnyParallelism_GivesTheSameBits(int parallelism)
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, Study, parallelism: 2)).Board);
        string found = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, Study, parallelism: parallelism)).Board);
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task RunAsync_RowsShuffled_GivesTheSameBits()
    {
        string expected = FlowHarness.Bits((await FlowHarness.RunAsync(Spectra, Study)).Board);
        string found = FlowHarness.Bits((await FlowHarness.RunAsync(TestChunks.Shuffled(Spectra, 11), Study)).Board);
        Assert.Equal(expected, found);
    }

    /// <summary>
    /// Aim: what a fold holds out cannot touch its choice. Method: a subset that writes down what a selector chooses, fold after
    /// fold; then every spectrum and response of one fold is altered beyond recognition, and this fold's choice must stay, with shared
    /// spectra and with a pretreatment that each fold learns.
    /// </summary>
    [Theory]
    [MemberData(nameof(Selectors))]
    public void CrossValidate_HeldOutRowsAltered_KeepTheChoiceOfTheirFold(string notation)
    {
        (Matrix x, Matrix y) = SelectorData.Make(60, 40, 16);
        foreach (string? chain in (string?[])[null, "msc"])
        {
            List<string> usual = Choices(notation, x, y, chain);
            int changed = 0;
            for (int k = 0; k < 3; k++)
            {
                Matrix otherX = x.View.ToMatrix();
                Matrix otherY = y.View.ToMatrix();
                for (int i = k; i < 60; i += 3)
                {
                    for (int j = 0; j < 40; j++)
                    {
                        otherX[i, j] = Math.Sin((7 * i) + (j * j));
                    }

                    otherY[i, 0] = 100 * Math.Cos(i);
                }

                List<string> altered = Choices(notation, otherX, otherY, chain);
                Assert.Equal(usual[k], altered[k]);
                changed += Enumerable.Range(0, 4).Count(call => usual[call] != altered[call]);
            }

            // The other folds and the choice on all samples see the altered rows.
            Assert.True(changed > 0);
        }
    }

    [Theory]
    [MemberData(nameof(Selectors))]
    public void Estimate_Selector_CountsItsChoices(string notation)
    {
        CalibrationUnit Unit(string subset) => Assert.Single(StudyPlanner.Plan(
            Study with { Pretreatments = ["raw"], Models = ["ridge"], Subsets = [subset] },
            StudyBinding.Bind(Study, TestChunks.Make(n: 300, p: 200, seed: 5)).Set.Manifest,
            Limits.Default).Units.Values);
        ISubset selector = Catalog.ParseSubset(notation);
        SpectralAxis axis = SelectorData.Axis(200);
        Cost choice = selector.EstimateSelect(300, axis);
        Assert.True(choice.CpuSeconds > 0 && choice.PeakBytes > 300 * 200 * sizeof(double));
        Cost plain = Unit("region(100,50;1)").Work.Estimate;
        Cost choosing = Unit(notation).Work.Estimate;
        Assert.True(choosing.CpuSeconds > 5 * choice.CpuSeconds, $"{choosing.CpuSeconds} of five choices of {choice.CpuSeconds} s.");
        Assert.True(choosing.PeakBytes > choice.PeakBytes);
        Assert.True(choosing.CpuSeconds > plain.CpuSeconds);

        // Twice the samples and variables take more of both.
        Cost larger = selector.EstimateSelect(600, SelectorData.Axis(400));
        Assert.True(larger.CpuSeconds > choice.CpuSeconds && larger.PeakBytes > choice.PeakBytes);
    }

    [Fact]
    public void Plan_SelectorsThatMayChooseAll_AreTried()
    {
        StudyPlan plan = StudyPlanner.Plan(
            Study with { Pretreatments = ["raw"], Models = ["ridge"] }, StudyBinding.Bind(Study, Spectra).Set.Manifest, Limits.Default);
        Assert.Equal(Study.Subsets, Assert.Single(plan.Units.Values).Subsets.Select(subset => subset.Notation));
        StudyPlan few = StudyPlanner.Plan(
            Study with { Pretreatments = ["raw"], Models = ["ridge"], Subsets = ["full", "ipls(41)", "top(40)"] },
            StudyBinding.Bind(Study, Spectra).Set.Manifest,
            Limits.Default);
        Assert.Equal(["full"], Assert.Single(few.Units.Values).Subsets.Select(subset => subset.Notation));
        Assert.Contains(few.Notes, note => note.StartsWith(
            "ipls(41) is left out: ipls(41) needs at least one variable for each interval, found 40 variables.", StringComparison.Ordinal));
        Assert.Contains("top(40) is left out: it would choose all 40 variables.", few.Notes);
    }

    [Fact]
    public async Task RunAsync_ChoiceTooNarrowForAModel_IsUnrankedWithTheReason()
    {
        FlowRun run = await FlowHarness.RunAsync(
            Spectra, Study with { Pretreatments = ["raw"], Models = ["pls(30)"], Subsets = ["cars(10)"] });
        LeaderboardRow[] unranked = [.. run.Board.Rows.Where(row => row.Rank == 0)];
        Assert.NotEmpty(unranked);
        Assert.All(unranked, row => Assert.False(string.IsNullOrEmpty(row.Failure)));
        Assert.All(run.Board.Rows.Where(row => row.Rank > 0), row => Assert.True(row.VariableCount >= row.Candidate.Setting.Value));
    }

    private static List<string> Choices(string notation, Matrix x, Matrix y, string? chain)
    {
        var folds = new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % 3)], 3);
        var recording = new Recording(Catalog.ParseSubset(notation));
        var data = new FoldedSpectra(
            x, y, SelectorData.Axis(x.Columns), folds, chain is null ? null : PretreatmentChain.Parse(chain));
        ICandidateFamily family = Catalog.ParseFamily("ridge");
        var cells = new CellTable(folds, 1, family.Settings.Length);
        family.CrossValidate(data, [recording], family.Settings, cells, CancellationToken.None);
        Assert.Equal(4, recording.Choices.Count);
        return recording.Choices;
    }

    /// <summary>A selector that keeps what it chooses or why it cannot, call after call.</summary>
    private sealed class Recording(ISubset inner) : ISubset
    {
        public List<string> Choices { get; } = [];

        public string Notation => inner.Notation;

        public int Version => inner.Version;

        public bool UsesImportance => false;

        public int VariablesMax(SpectralAxis axis) => inner.VariablesMax(axis);

        public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
        {
            try
            {
                int[] chosen = inner.Select(x, y, axis, importance);
                Choices.Add(string.Join(' ', chosen));
                return chosen;
            }
            catch (StageException refused)
            {
                Choices.Add(refused.Message);
                throw;
            }
        }
    }
}
