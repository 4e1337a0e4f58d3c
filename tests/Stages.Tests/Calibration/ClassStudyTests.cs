using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public sealed class ClassStudyTests
{
    private static readonly Study Small = new()
    {
        Response = "variety",
        Pretreatments = ["raw", "snv", "msc"],
        Models = ["plsda(4)", "lda(0.1, 0.001)", "qda(0.1)", "logistic(10)"],
        Subsets = ["full", "top(8)", "region(50,25;1)"],
        Folds = "stratified(5, seed 3)",
        Predictions = 50,
    };

    [Fact]
    public void Bind_Text_IsClassesInOrdinalOrder()
    {
        BoundStudy bound = StudyBinding.Bind(new Study { Response = "variety" }, Chunk());
        CalibrationManifest samples = bound.Set.Manifest;
        Assert.True(bound.Study.IsOfClasses);
        Assert.Equal(["b;2", "c 3", "Ärger, \"fein\""], samples.Classes.ToArray());
        Assert.Equal(3, bound.Set.Y.Columns);
        for (int i = 0; i < samples.SampleCount; i++)
        {
            Assert.Equal(1, bound.Set.Y[i, (int)samples.Strata[i]]);
            Assert.Equal(1, bound.Set.Y.Row(i).ToArray().Sum());
        }

        StudyPlan plan = StudyPlanner.Plan(bound.Study, samples, Limits.Default);
        Assert.Equal("stratified(10, seed 0)", plan.FoldScheme);
        Assert.Equal(["lda", "plsda"], plan.Units.Values.Select(unit => unit.Family.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(ClassMetric.BalancedAccuracy, plan.Metric);
    }

    [Fact]
    public void Bind_Numbers_AreClassesOnlyWhereTheStudySaysSo()
    {
        SpectralChunk chunk = Chunk(numbers: true);
        BoundStudy numbers = StudyBinding.Bind(new Study { Response = "grade" }, chunk);
        Assert.Empty(numbers.Set.Manifest.Classes);
        StudyPlan plan = StudyPlanner.Plan(numbers.Study, numbers.Set.Manifest, Limits.Default);
        Assert.Contains(
            plan.Notes,
            note => note.Contains("3 distinct numbers", StringComparison.Ordinal) && note.Contains("\"task\": \"classes\"", StringComparison.Ordinal));
        CalibrationManifest classes = StudyBinding.Bind(new Study { Response = "grade", Task = "classes" }, chunk).Set.Manifest;
        Assert.Equal(["2", "10", "100"], classes.Classes.ToArray());
        Assert.NotEqual(numbers.Set.Manifest.Key, classes.Key);
        Assert.Equal(numbers.Set.Manifest.SpectraKey, classes.SpectraKey);
    }

    [Fact]
    public void Bind_NamesOfClasses_AreInTheKey()
    {
        SpectralChunk chunk = Chunk();
        var renamed = new SpectralChunk(
            chunk.Ids, chunk.Axis, chunk.X, chunk.Responses, [new LabelColumn("variety", [.. chunk.Labels[0].Values.Select(name => name + "x")])]);
        var study = new Study { Response = "variety" };
        Assert.NotEqual(StudyBinding.Bind(study, chunk).Set.Manifest.Key, StudyBinding.Bind(study, renamed).Set.Manifest.Key);
    }

    [Fact]
    public void Plan_WhatCannotBeLearnt_IsRefusedWithPlaceValueAndRemedy()
    {
        SpectralChunk chunk = Chunk();
        Refuses(Small, With(chunk, _ => "same"), "'same' for all", "another response");
        Refuses(Small, With(chunk, i => i < 3 ? "rare" : i % 2 == 0 ? "a" : "b"), "Class 'rare' of response 'variety' has 3 samples", "stratified(3, seed 0)");
        Refuses(
            Small with { Folds = "random(5, seed 0)" },
            With(chunk, i => i < 3 ? "rare" : i % 2 == 0 ? "a" : "b"),
            "has 3 samples, fewer than the 5 folds",
            "stratified(3");
        Refuses(Small with { Models = ["plsda(3)", "ridge"] }, chunk, "'ridge' predicts numbers", "plsda, lda, qda, logistic");
        Refuses(Small with { Response = "grade", Models = ["lda"] }, Chunk(numbers: true), "'lda' predicts classes", "\"task\": \"classes\"");
        Refuses(Small with { Response = "grade", Models = ["ridge"], Metric = "accuracy" }, Chunk(numbers: true), "'accuracy'", "Leave it out");
        Refuses(Small with { Task = "class" }, chunk, "found 'class'", "\"classes\"");
        Refuses(Small with { Task = "numbers" }, chunk, "is not a column of numbers", "\"task\": \"classes\"");
        Refuses(Small, With(chunk, i => i == 7 ? "12,5" : $"{i}"), "has '12,5'", "Correct the value");
        Refuses(Small with { Folds = "given(fold)" }, WithFolds(chunk), "lies in fold 1 alone", "Spread it");
    }

    [Fact]
    public async Task Run_ShuffledRowsAndThreads_GivesTheSameBits()
    {
        SpectralChunk chunk = Chunk();
        FlowRun run = await FlowHarness.RunAsync(chunk, Small, parallelism: 1);
        FlowRun again = await FlowHarness.RunAsync(TestChunks.Shuffled(chunk, 5), Small, parallelism: 3);
        Assert.Equal(run.Plan.Folds.FoldOfSample.ToArray(), again.Plan.Folds.FoldOfSample.ToArray());
        Assert.Equal(FlowHarness.Bits(run.Board), FlowHarness.Bits(again.Board));
        Assert.True(run.Budget.ReservedBytesPeak > 0);
        Assert.DoesNotContain(run.Board.Rows, row => row.Failure is not null);
    }

    /// <summary>Inner folds and starts from the solution before follow from the samples alone.</summary>
    [Theory]
    [InlineData("svm(1, 10; gamma 0.5, 1)")]
    [InlineData("svm(1; linear; balanced)")]
    public async Task Run_SupportVectorsShuffledRowsAndThreads_GivesTheSameBits(string model)
    {
        SpectralChunk chunk = Chunk();
        Study study = Small with { Pretreatments = ["raw", "msc"], Models = [model], Subsets = ["full", "top(8)"] };
        string alone = FlowHarness.Bits((await FlowHarness.RunAsync(chunk, study, parallelism: 1)).Board);
        foreach (int parallelism in (int[])[2, 8])
        {
            FlowRun again = await FlowHarness.RunAsync(TestChunks.Shuffled(chunk, 6), study, parallelism: parallelism);
            Assert.Equal(alone, FlowHarness.Bits(again.Board));
            Assert.DoesNotContain(again.Board.Rows, row => row.Failure is not null);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("log_loss")]
    [InlineData("accuracy")]
    public async Task Run_Ranking_FollowsTheMetricThenLogLoss(string? metric)
    {
        FlowRun run = await FlowHarness.RunAsync(Chunk(), Small with { Metric = metric });
        LeaderboardRow[] rows = [.. run.Board.Rows.Where(row => row.Rank > 0)];
        ClassMetric ranking = ClassMetrics.Parse(metric);
        Assert.Equal(ranking, run.Board.Metric);
        double Loss(LeaderboardRow row) => ranking == ClassMetric.LogLoss ? row.Classes!.Pooled.LogLoss : -row.Classes!.Pooled.Value(ranking);
        foreach ((LeaderboardRow better, LeaderboardRow worse) in rows.Zip(rows.Skip(1)))
        {
            Assert.True(Loss(better) < Loss(worse) || (Loss(better) == Loss(worse) && better.Classes!.Pooled.LogLoss <= worse.Classes!.Pooled.LogLoss));
        }

        Assert.True(rows[0].WithinOneStandardError);
        Assert.NotNull(run.Board.Simplest);

        // Metrics of the rows are those of the predictions that are kept.
        CalibrationManifest samples = run.Plan.Manifest;
        int[] classes = [.. samples.Strata.Select(place => (int)place)];
        Assert.Equal(ClassMetrics.Of(classes, run.Board.Predictions[0].AsSpan(), 3), rows[0].Classes!.Pooled);
        Assert.True(rows[0].Classes!.Pooled.BalancedAccuracy > 0.8);
    }

    /// <summary>
    /// Aim: no fold sees the classes or spectra it holds out, through pretreatment, choice of variables and fit. Method: spoil those of
    /// fold 1; what it is predicted may change, but not by which model: samples that stay are predicted as before.
    /// </summary>
    [Fact]
    public async Task Run_SpoiltHeldOutSamples_LeavesTheOthersOfTheirFold()
    {
        SpectralChunk chunk = Chunk();
        Study given = Small with { Folds = "given(fold)" };
        string[] fold = [.. Enumerable.Range(0, chunk.SampleCount).Select(i => $"{i / 3 % 5}")];
        SpectralChunk Made(bool spoils)
        {
            Matrix x = chunk.X.View.ToMatrix();
            string[] names = [.. chunk.Labels[0].Values];
            for (int i = 0; spoils && i < names.Length; i++)
            {
                if (fold[i] == "0" && i > 2)
                {
                    x.Row(i).Reverse();
                    names[i] = chunk.Labels[0].Values[(i + 1) % 3];
                }
            }

            return new SpectralChunk(chunk.Ids, chunk.Axis, x, [], [new LabelColumn("variety", [.. names]), new LabelColumn("fold", [.. fold])]);
        }

        FlowRun clean = await FlowHarness.RunAsync(Made(false), given with { Predictions = 500 });
        FlowRun spoilt = await FlowHarness.RunAsync(Made(true), given with { Predictions = 500 });
        Dictionary<string, double[]> before = ByName(clean.Board);
        Dictionary<string, double[]> after = ByName(spoilt.Board);
        Assert.Equal(before.Count, after.Count);
        foreach ((string name, double[] predictions) in before)
        {
            Assert.Equal(predictions[..9], after[name][..9]);
        }
    }

    [Fact]
    public async Task Cells_OfClasses_AreReadBackFromBytes()
    {
        FlowRun run = await FlowHarness.RunAsync(Chunk(), Small);
        CalibrationUnit unit = run.Plan.Units.Values.First();
        Assert.Equal(3, unit.OutputCount);
        var cells = new CellTable(run.Plan.Folds, 1, 1, outputCount: 3);
        for (int k = 0; k < run.Plan.Folds.Count; k++)
        {
            cells.Complete(0, k, [.. Enumerable.Range(0, 3 * run.Plan.Folds.HeldOut(k).Length).Select(i => i / 100.0)]);
        }

        byte[] bytes = cells.ToBytes();
        Assert.Equal(bytes, CellTable.FromBytes(bytes, run.Plan.Folds, 1, 1, 3)!.ToBytes());
        Assert.Null(CellTable.FromBytes(bytes, run.Plan.Folds, 1, 1));
    }

    [Theory]
    [InlineData("variety", "plsda(3)")]
    [InlineData("variety", "lda(0.1)")]
    [InlineData("variety", "qda(0.1)")]
    [InlineData("variety", "logistic(10, balanced)")]
    [InlineData("protein", "krr(2; 1e-3)")]
    [InlineData("protein", "gp(2)")]
    [InlineData("variety", "svm(10; gamma 0.5)")]
    [InlineData("variety", "svm(10; linear; balanced)")]
    [InlineData("protein", "svr(10; gamma 0.5; epsilon 0.1)")]
    [InlineData("protein", "localpls(3; 20)")]
    public void SavedModel_AnyFamily_RestoresToTheBit(string response, string family)
    {
        SpectralChunk chunk = Chunk();
        BoundStudy bound = StudyBinding.Bind(new Study { Response = response, Models = [family], Folds = "random(4, seed 0)" }, chunk);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        CalibrationUnit unit = plan.Units.Values.First(one => one.Chain.Notation == "snv + detrend(2)");
        Candidate candidate = unit.Candidates.Last(one => one.Candidate.Subset is Stages.Selection.FullSpectrum).Candidate;
        var row = new LeaderboardRow(1, candidate, "all", 40, [], default, default, WithinOneStandardError: true, Failure: null);
        double[] outOfFold = FittedCandidate.PredictOutOfFold(candidate, bound.Set, plan.Folds);
        var saved = SavedModel.Of(row, bound.Set, outOfFold, bound.Study, "test");
        var restored = SavedModel.Restore(saved.Description, saved.Arrays);
        ImmutableArray<PredictionRow> expected = saved.Predict(chunk.Ids, chunk.X.View, 0.1);
        ImmutableArray<PredictionRow> actual = restored.Predict(chunk.Ids, chunk.X.View, 0.1);
        double[] direct = FittedCandidate.Fit(candidate, bound.Set).Predict(chunk.X.View);
        int q = Math.Max(1, saved.Classes.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].Value, actual[i].Value);
            Assert.Equal(expected[i].Class, actual[i].Class);
            Assert.Equal(expected[i].Probabilities.ToArray(), actual[i].Probabilities.ToArray());
            Assert.Equal(direct.AsSpan(i * q, q).ToArray(), q == 1 ? [actual[i].Value] : [.. actual[i].Probabilities]);
        }

        Assert.Equal(response == "protein", double.IsFinite(restored.HalfWidth(0.1)));
        ImmutableArray<NamedArray> lacking =
        [
            .. saved.Arrays.Where(array => array.Name != saved.Arrays.First(one => one.Name.StartsWith("model_", StringComparison.Ordinal)).Name),
        ];
        Assert.Throws<StageException>(() => SavedModel.Restore(saved.Description, lacking));
        Assert.Contains(
            "is not known",
            Assert.Throws<StageException>(() => SavedModel.Restore(saved.Description with { Model = "perceptron" }, saved.Arrays)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>60 samples of three classes with names as people write them, and the response of the spectra themselves.</summary>
    private static SpectralChunk Chunk(bool numbers = false)
    {
        SpectralChunk chunk = TestChunks.Make(60, 40, 17);
        string[] names = ["c 3", "b;2", "Ärger, \"fein\""];
        Matrix x = chunk.X.View.ToMatrix();
        for (int i = 0; i < 60; i++)
        {
            for (int j = 0; j < 40; j++)
            {
                x[i, j] += 0.06 * (i % 3) * Math.Exp(-Math.Pow((j - 30) / 3.0, 2)) * (1 + (0.3 * Math.Sin(5 * i)));
            }
        }

        double[] grades = [2, 10, 100];
        ImmutableArray<ResponseColumn> responses = numbers
            ? [new ResponseColumn("grade", [.. Enumerable.Range(0, 60).Select(i => grades[i % 3])])]
            : chunk.Responses;
        return new SpectralChunk(chunk.Ids, chunk.Axis, x, responses, [new LabelColumn("variety", [.. Enumerable.Range(0, 60).Select(i => names[i % 3])])]);
    }

    private static SpectralChunk With(SpectralChunk chunk, Func<int, string> name) => new(
        chunk.Ids, chunk.Axis, chunk.X, chunk.Responses, [new LabelColumn("variety", [.. Enumerable.Range(0, chunk.SampleCount).Select(name)])]);

    private static SpectralChunk WithFolds(SpectralChunk chunk) => new(
        chunk.Ids, chunk.Axis, chunk.X, chunk.Responses,
        [chunk.Labels[0], new LabelColumn("fold", [.. Enumerable.Range(0, chunk.SampleCount).Select(i => i % 3 == 0 ? "1" : $"{2 + (i % 2)}")])]);

    private static void Refuses(Study study, SpectralChunk chunk, string found, string remedy)
    {
        StageException refused = Assert.Throws<StageException>(() =>
        {
            BoundStudy bound = StudyBinding.Bind(study, chunk);
            StudyPlanner.Plan(bound.Study, bound.Set.Manifest, Limits.Default);
        });
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, double[]> ByName(Leaderboard board) => board.Rows.Where(row => row.Rank > 0).ToDictionary(
        row => $"{row.Candidate.Chain.Notation}|{row.Candidate.Subset.Notation}|{row.Candidate.Family.Name}|{row.Candidate.SettingText}",
        row => board.Predictions[row.Rank - 1].ToArray());
}
