using System.Text.Json;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Forest;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Forest;

/// <summary>Out-of-fold accuracy beside scikit-learn's: other random numbers, the same distribution.</summary>
public sealed class ForestGoldenTests
{
    /// <summary>R² within this of scikit-learn's mean over seeds, and within four standard errors of the difference where these are more.</summary>
    private const double R2Tolerance = 0.01;

    private static readonly JsonElement Golden = Goldens.Load("forest/forest.json");

    [Fact]
    public void PredictFolds_SimulatedSpectra_AsAccurateAsScikitLearn()
    {
        Matrix x = Golden.GetProperty("x").ToMatrix();
        double[] y = Golden.GetProperty("y").ToDoubles();
        foreach (JsonElement golden in Golden.GetProperty("regression").EnumerateArray())
        {
            Compare(golden, x, new Matrix(y.Length, 1, y), seeds: 4);
        }
    }

    [SharedFact]
    [Trait("speed", "slow")]
    public void PredictFolds_RealSpectra_AsAccurateAsScikitLearn()
    {
        foreach (JsonElement golden in Golden.GetProperty("spectra").EnumerateArray())
        {
            (Matrix x, Matrix y) = RealSpectra.Read(golden.GetProperty("file").GetString()!, golden.GetProperty("response").GetString()!);
            Assert.Equal(golden.GetProperty("samples").GetInt32(), x.Rows);
            Compare(golden, x, y, seeds: 3);
        }
    }

    /// <summary>Accuracy within 0.02 (two samples of 120 and their scatter over seeds), the Brier score, which is smooth, within 0.01.</summary>
    [Fact]
    public void PredictFolds_Classes_AsAccurateAsScikitLearn()
    {
        Matrix x = Golden.GetProperty("x").ToMatrix();
        int[] labels = Golden.GetProperty("label").ToIntegers();
        var y = new Matrix(labels.Length, 3);
        for (int i = 0; i < labels.Length; i++)
        {
            y[i, labels[i]] = 1;
        }

        foreach (JsonElement golden in Golden.GetProperty("classes").EnumerateArray())
        {
            const int Seeds = 5;
            double accuracy = 0;
            double brier = 0;
            for (int seed = 0; seed < Seeds; seed++)
            {
                double[] shares = OutOfFold(golden, x, y, seed);
                for (int i = 0; i < labels.Length; i++)
                {
                    double[] own = shares[(3 * i)..((3 * i) + 3)];
                    Assert.Equal(1, own.Sum(), 1e-12);
                    accuracy += Array.IndexOf(own, own.Max()) == labels[i] ? 1.0 / labels.Length / Seeds : 0;
                    brier += own.Select((share, c) => (share - y[i, c]) * (share - y[i, c])).Sum() / labels.Length / Seeds;
                }
            }

            Assert.Equal(Mean(golden, "accuracy"), accuracy, 0.02);
            Assert.Equal(Mean(golden, "brier"), brier, 0.01);
        }
    }

    /// <summary>Importance is a mean over trees and seeds; ours over ten seeds differs by a hundredth of all at most.</summary>
    [Fact]
    public void CopyImportance_SimulatedSpectra_AsScikitLearn()
    {
        Matrix x = Golden.GetProperty("x").ToMatrix();
        double[] y = Golden.GetProperty("y").ToDoubles();
        double[] expected = Golden.GetProperty("importance").ToDoubles();
        double[] mean = new double[expected.Length];
        for (ulong seed = 0; seed < 10; seed++)
        {
            double[] importance = new double[expected.Length];
            new RandomForest(new ForestRules(ResponseKind.Number, false, VariableShare.Third, seed), 200, int.MaxValue)
                .Fit(x.View, new Matrix(y.Length, 1, y).View).CopyImportance(importance);
            for (int j = 0; j < mean.Length; j++)
            {
                mean[j] += importance[j] / 10;
            }
        }

        for (int j = 0; j < mean.Length; j++)
        {
            Assert.Equal(expected[j], mean[j], 0.01);
        }
    }

    private static void Compare(JsonElement golden, Matrix x, Matrix y, int seeds)
    {
        double[] r2 = new double[seeds];
        for (int seed = 0; seed < seeds; seed++)
        {
            r2[seed] = R2(y.Values, OutOfFold(golden, x, y, seed));
        }

        double expected = Mean(golden, "r2");
        JsonElement reference = golden.GetProperty("r2");
        double deviation = reference.GetProperty("sd").GetDouble();
        double error = deviation * Math.Sqrt((1.0 / seeds) + (1.0 / reference.GetProperty("seeds").GetInt32()));
        Assert.True(
            Math.Abs(r2.Average() - expected) <= Math.Max(R2Tolerance, 4 * error),
            $"{golden}: ours {r2.Average():f4}, tolerance {Math.Max(R2Tolerance, 4 * error):f4}");
    }

    private static double[] OutOfFold(JsonElement golden, Matrix x, Matrix y, int seed)
    {
        string depth = golden.TryGetProperty("depth", out JsonElement some) && some.ValueKind == JsonValueKind.Number ? $"{some.GetInt32()}" : "none";
        ICandidateFamily family = Catalog.ParseFamily(
            $"{golden.GetProperty("model").GetString()}({golden.GetProperty("trees").GetInt32()}; depth {depth}; "
            + $"features {golden.GetProperty("share").GetString()}; seed {seed})");
        int folds = Golden.GetProperty("folds").GetInt32();
        SharedSpectra data = FoldContract.Shared(x, y, folds, autoscales: false, Pieces.InOrder);
        var cells = new CellTable(data.Folds, 1, 1, outputCount: y.Columns);
        family.PredictFolds(data, [.. Enumerable.Range(0, folds)], family.Settings, new FoldPredictions(cells, [0]), CancellationToken.None);
        return cells.Predictions(0).ToArray();
    }

    private static double Mean(JsonElement golden, string name) => golden.GetProperty(name).GetProperty("mean").GetDouble();

    private static double R2(ReadOnlySpan<double> y, double[] yHat)
    {
        double mean = 0;
        foreach (double value in y)
        {
            mean += value / y.Length;
        }

        (double residual, double total) = (0, 0);
        for (int i = 0; i < y.Length; i++)
        {
            residual += (y[i] - yHat[i]) * (y[i] - yHat[i]);
            total += (y[i] - mean) * (y[i] - mean);
        }

        return 1 - (residual / total);
    }
}
