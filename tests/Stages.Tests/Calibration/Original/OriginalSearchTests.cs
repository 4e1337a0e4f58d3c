using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Original;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Original;

public sealed class OriginalSearchTests
{
    private static readonly Study s_benchmark = new()
    {
        Profile = Study.SeedProfile,
        Pretreatments = ["raw", "snv(0)", "sg(7,2,1)", "snv(0) + sg(7,2,1)"],
        Models = ["pls(24)"],
        Subsets = ["full", "top(50)", "top(100)"],
        Folds = "random(3, seed 42)",
        Lambda = 0.1,
    };

    [Fact]
    public void Benchmark_FromTheStreamOfTheSeed_IsTheOriginals()
    {
        OriginalSamples samples = OriginalBenchmark.Samples();
        Assert.Equal([100.49671415301123, 99.86173569882881, 100.6476885381007], samples.X.Row(0)[..3].ToArray());
        Assert.Equal(100.54875217153072, samples.X[0, 100], 1e-13 * 100);
        Assert.Equal(128.52118233999695, samples.Y[0, 0], 1e-11);
        Assert.Equal(149.64225086545497, samples.Y.Values.ToArray().Average(), 1e-11);
    }

    /// <summary>
    /// The 108 PLS rows of the original's benchmark: figures to 1e-6 (relative for RMSE, absolute for R²), the variables in their order, the
    /// folds, and the ranks, of which none may differ.
    /// </summary>
    [Fact]
    public void Run_Benchmark_GivesTheOriginalsRows()
    {
        JsonElement golden = Goldens.Load("original/pls.json");
        var folds = new OriginalFolds(100, 3, 42);
        Assert.Equal(
            [.. golden.GetProperty("folds").EnumerateArray().Select(fold => string.Join(',', fold.ToIntegers()))],
            Enumerable.Range(0, 3).Select(k => string.Join(',', folds.HeldOut(k))));
        ImmutableArray<OriginalRow> rows = Run(s_benchmark, OriginalBenchmark.Samples(), Pieces.InOrder);
        Assert.Equal(108, rows.Length);
        AssertRows(golden.GetProperty("rows"), rows);
    }

    /// <summary>The same with regions, second derivatives and SNV after the derivative: 448 rows of another data set.</summary>
    [SharedFact]
    public void Run_Regions_GivesTheOriginalsRows()
    {
        JsonElement golden = Goldens.LoadShared("golden/dasp_pls.json").GetProperty("cases")[1];
        double[] y = golden.GetProperty("y").ToDoubles();
        var samples = new OriginalSamples(
            golden.GetProperty("X").ToMatrix(),
            new Matrix(y.Length, 1, y),
            new SpectralAxis([.. golden.GetProperty("wavelengths").ToDoubles()], AxisUnit.Nanometre));
        Study study = new()
        {
            Profile = Study.SeedProfile,
            Models = ["pls(8)"],
            Subsets = ["full", "top(20)", "top(60)", "region(50,25;1)", "region(50,25;2)", "region(50,25;3)", "regions(50,25;2)", "regions(50,25;5)"],
        };
        ImmutableArray<OriginalRow> rows = Run(study, samples, Runners.Threads(2));
        Assert.Equal(448, rows.Length);
        AssertRows(golden.GetProperty("rows"), rows);
    }

    /// <summary>
    /// NeuralBoosted rows are there, their figures near those of PLS on this data, which has little to find (R² of at most 0.24); and the
    /// bits are the same for any number of threads.
    /// </summary>
    [Fact]
    public void Run_BoostedNetworks_SameBitsForAnyRunner()
    {
        Study study =
            s_benchmark with { Pretreatments = ["raw", "sg(7,2,1)"], Models = ["pls(24)", "neuralboosted(original; 20; 0.2; 3)"], Subsets = ["full", "top(50)"] };
        OriginalSamples samples = OriginalBenchmark.Samples();
        ImmutableArray<OriginalRow> first = Run(study, samples, Pieces.InOrder);
        Assert.Equal(2 * (9 + 2) * 2, first.Length);
        Assert.Equal(8, first.Count(row => row.Model == "NeuralBoosted"));
        Assert.All(first, row =>
        {
            Assert.Null(row.Failure);
            Assert.InRange(row.Rmse, 15, 40);
            Assert.Equal(Math.Min(30, row.Variables.Length), row.TopVariables.Length);
        });
        foreach (PieceRunner runner in (PieceRunner[])[Runners.Backwards, Runners.Threads(2), Runners.Threads(8)])
        {
            Assert.Equal(first.Select(Text), Run(study, samples, runner).Select(Text));
        }
    }

    /// <summary>The optimism that the profile warns of: on noise, choosing variables with the held-out samples in view finds what is not there.</summary>
    [Fact]
    public void Run_PureNoise_SeemsToFindSomething()
    {
        Matrix x = ProductsTests.Random(60, 400, new Stages.Numerics.Random.Pcg64(71));
        Matrix y = ProductsTests.Random(60, 1, new Stages.Numerics.Random.Pcg64(72));
        Study study = s_benchmark with { Pretreatments = ["raw"], Subsets = ["full", "top(20)"] };
        ImmutableArray<OriginalRow> rows = Run(study, new OriginalSamples(x, y, Channels(400)), Pieces.InOrder);
        Assert.True(rows.Max(row => row.R2) > 0.2, $"{rows.Max(row => row.R2)}");
    }

    [Fact]
    public void Rank_EqualScores_ShareTheSmallestRank()
    {
        OriginalRow Row(double rmse, double r2, string? failure = null) =>
            new("PLS", "2 LV", "raw", null, null, null, 2, "full", [0, 1], 2, [], rmse, r2, failure);

        ImmutableArray<OriginalRow> rows = OriginalRanking.Rank([Row(3, 0.1), Row(1, 0.5), Row(double.NaN, double.NaN, "fold 1: no"), Row(1, 0.5)], 0.15);
        Assert.Equal([1, 1, 3, 0], rows.Select(row => row.Rank));
        Assert.Equal(1.0, rows[0].Rmse);
        Assert.Equal(1, Assert.Single(OriginalRanking.Rank([Row(3, 0.1)], 0.15)).Rank);
    }

    [Theory]
    [InlineData("models", "ridge", "knows pls, forest, mlp and neuralboosted")]
    [InlineData("pretreatments", "msc", "knows raw, snv(0), derivatives")]
    [InlineData("pretreatments", "snv", "knows raw, snv(0), derivatives")]
    [InlineData("subsets", "pairs(1)", "has the subsets full, top(N)")]
    [InlineData("folds", "hash(5)", "has folds such as random(5, seed 42)")]
    public void Of_WhatTheOriginalLacks_IsRefused(string field, string value, string message)
    {
        Study study = field switch
        {
            "models" => s_benchmark with { Models = [value] },
            "pretreatments" => s_benchmark with { Pretreatments = [value] },
            "subsets" => s_benchmark with { Subsets = ["full", value] },
            _ => s_benchmark with { Folds = value },
        };
        StageException refused = Assert.Throws<StageException>(() => OriginalStudy.Of(study));
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Study_UnknownProfileOrLambdaWithoutIt_IsRefused()
    {
        Assert.Contains("'fast'", Assert.Throws<StageException>(() => StudyMethods.Of(new Study { Profile = "fast" })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "lambda",
            Assert.Throws<StageException>(() => StudyMethods.Of(s_benchmark with { Lambda = double.NaN })).Message,
            StringComparison.Ordinal);
        Assert.Equal(14, new Study { Profile = Study.SeedProfile }.Pretreatments.Length);
        Assert.Equal("random(5, seed 42)", new Study { Profile = Study.SeedProfile }.Folds);
    }

    [Fact]
    public void Search_FewerSamplesThanFolds_IsRefused()
    {
        var samples = new OriginalSamples(new Matrix(2, 4), new Matrix(2, 1), Channels(4));
        Assert.Contains("found 2 samples", Assert.Throws<StageException>(() => Run(s_benchmark, samples, Pieces.InOrder)).Message, StringComparison.Ordinal);
    }

    /// <summary>R² of one sample, or of equal responses, has no value: the row says where, what was found, and what to do.</summary>
    [Theory]
    [InlineData("random(5, seed 42)", "its 1 held-out sample has the response ")]
    [InlineData("random(2, seed 42)", "held-out samples all have the response 7.25, ")]
    public void Run_FoldsWithoutSpread_FailWithTheReason(string folds, string found)
    {
        bool isLeaveOneOut = folds.Contains('5', StringComparison.Ordinal);
        int n = isLeaveOneOut ? 5 : 20;
        Matrix x = ProductsTests.Random(n, 30, new Stages.Numerics.Random.Pcg64(73));
        Matrix y = ProductsTests.Random(n, 1, new Stages.Numerics.Random.Pcg64(74));
        if (!isLeaveOneOut)
        {
            foreach (int i in new OriginalFolds(n, 2, 42).HeldOut(1))
            {
                y[i, 0] = 7.25;
            }
        }

        Study study = s_benchmark with { Pretreatments = ["raw"], Models = ["forest(10)"], Subsets = ["full"], Folds = folds };
        ImmutableArray<OriginalRow> rows = Run(study, new OriginalSamples(x, y, Channels(30)), Pieces.InOrder);
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Assert.StartsWith(isLeaveOneOut ? "fold 1: " : "fold 2: ", row.Failure, StringComparison.Ordinal);
            Assert.Contains(found, row.Failure, StringComparison.Ordinal);
            Assert.Contains("Ask for fewer folds or another seed", row.Failure, StringComparison.Ordinal);
        });
    }

    private static ImmutableArray<OriginalRow> Run(Study study, OriginalSamples samples, PieceRunner runner) =>
        new OriginalSearch(OriginalStudy.Of(study), samples.X, samples.Y, samples.Axis, runner).Run(null, CancellationToken.None);

    private static void AssertRows(JsonElement golden, ImmutableArray<OriginalRow> rows)
    {
        var ours = rows.ToDictionary(row => (row.Pretreatment, row.Derivative, row.Window, row.Components, row.Subset));
        int compared = 0;
        foreach (JsonElement one in golden.EnumerateArray())
        {
            int? Number(string name) => one.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
            string subset = one.GetProperty("subset").GetString()!;
            int? window = Number("window") ?? (Number("deriv") is null ? null : 7);
            OriginalRow row = ours[(one.GetProperty("preprocess").GetString()!, Number("deriv"), window, Number("n_components"), subset)];
            string what = $"{row.Pretreatment} {row.Derivative} {row.Window} {row.Setting} {row.Subset}";
            double rmse = one.GetProperty("mean_fold_rmse").GetDouble();
            Assert.True(Math.Abs(rmse - row.Rmse) <= 1e-6 * rmse, $"{what}: RMSE {row.Rmse}, expected {rmse}");
            Assert.True(Math.Abs(one.GetProperty("mean_fold_r2").GetDouble() - row.R2) <= 1e-6, $"{what}: R² {row.R2}");
            Assert.True(Math.Abs(one.GetProperty("composite_score").GetDouble() - row.Composite) <= 1e-6, $"{what}: composite {row.Composite}");
            Assert.True(one.GetProperty("rank").GetInt32() == row.Rank, $"{what}: rank {row.Rank}, expected {one.GetProperty("rank").GetInt32()}");
            if (one.GetProperty("indices") is { ValueKind: JsonValueKind.Array } indices)
            {
                Assert.Equal(indices.ToIntegers(), row.Variables.ToArray());
            }

            compared++;
        }

        Assert.Equal(rows.Length, compared);
    }

    private static SpectralAxis Channels(int count) => new([.. Enumerable.Range(0, count).Select(j => (double)j)], AxisUnit.Channel);

    private static string Text(OriginalRow row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Rank} {row.Model} {row.Setting} {row.Pretreatment} {row.Subset} {row.Rmse:R} {row.R2:R} {row.Composite:R} "
            + $"{string.Join(',', row.Variables)} {string.Join(',', row.TopVariables)}");
}
