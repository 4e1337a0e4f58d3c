using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Original;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration.Original;

/// <summary>
/// NeuralBoosted rows of the seed profile against the original's, which do not repeat their own digits on another machine: the same data,
/// folds and eight seeds.
/// </summary>
public sealed class BoostedRowsTests
{
    private const int Seeds = 8;

    /// <summary>The chance of a false alarm, shared by all comparisons.</summary>
    private const double Level = 0.01;

    /// <summary>
    /// Aim: the rows are the original's within chance. Method: each of the eight configurations has a mean RMSE over seeds and its standard
    /// error on both sides; Welch's t of none may pass the point of 1 % over eight, nor may the mean of the relative differences pass that
    /// of 1 % with errors as if all configurations, which share data and seeds, erred together: 12 to 19 % in one configuration, or
    /// 14 % in all, is noticed. What it must notice is that rounds end after 5 networks. It cannot tell 10 networks from 100, nor the
    /// honest profile's boosting, whose errors are the same within chance.
    /// </summary>
    [Theory]
    [InlineData(100, true)]
    [InlineData(5, false)]
    public void Run_EveryConfiguration_IsTheOriginalsWithinChance(int networks, bool isOriginal)
    {
        JsonElement golden = Goldens.Load("networks/lbfgs.json");
        var rmse = new Dictionary<string, List<double>>();
        for (int seed = 42; seed < 42 + Seeds; seed++)
        {
            foreach (OriginalRow row in Run(golden, $"neuralboosted(original; {networks}; 0.1, 0.2; 3, 5; tanh, identity; seed {seed})"))
            {
                Assert.Null(row.Failure);
                rmse.TryAdd(row.Setting, []);
                rmse[row.Setting].Add(row.Rmse);
            }
        }

        var ts = new List<string>();
        double worst = 0;
        double relative = 0;
        double error = 0;
        foreach (JsonElement one in golden.GetProperty("statistical").EnumerateArray())
        {
            string setting = string.Create(
                CultureInfo.InvariantCulture,
                $"{networks} networks of {one.GetProperty("hidden").GetInt32()} {one.GetProperty("activation").GetString()}, rate "
                    + $"{one.GetProperty("learning_rate").GetDouble()}");
            double[] ours = [.. rmse[setting]];
            Assert.Equal(Seeds, ours.Length);
            JsonElement spread = one.GetProperty("mean_fold_rmse");
            double expected = spread.GetProperty("mean").GetDouble();
            double theirs = spread.GetProperty("sd").GetDouble() * spread.GetProperty("sd").GetDouble() / Seeds;
            double own = ours.Sum(value => (value - ours.Average()) * (value - ours.Average())) / (Seeds - 1) / Seeds;
            double t = (ours.Average() - expected) / Math.Sqrt(theirs + own);
            double freedom = (theirs + own) * (theirs + own) * (Seeds - 1) / ((theirs * theirs) + (own * own));
            worst = Math.Max(worst, Math.Abs(t) / Limit(Level / 8, freedom));
            relative += (ours.Average() - expected) / expected / 8;
            error += Math.Sqrt(theirs + own) / expected / 8;
            ts.Add(FormattableString.Invariant($"{setting}: {ours.Average():f4} for {expected:f4}, t {t:f2} of {freedom:f1}"));
        }

        double together = Math.Abs(relative) / error / Limit(Level, Seeds - 1);
        Assert.True(
            isOriginal == (worst <= 1 && together <= 1),
            FormattableString.Invariant($"of the limits {worst:f2} and {together:f2}; {string.Join("; ", ts)}"));
    }

    /// <summary>Student's t that chance passes, on either side together, with this probability.</summary>
    private static double Limit(double level, double freedom) => Math.Sqrt(Quantiles.FisherF(1 - level, 1, freedom));

    private static ImmutableArray<OriginalRow> Run(JsonElement golden, string model)
    {
        double[] y = golden.GetProperty("y").ToDoubles();
        Matrix x = golden.GetProperty("X").ToMatrix();
        int[][] folds = [.. golden.GetProperty("folds").EnumerateArray().Select(Goldens.ToIntegers)];
        var seeded = new OriginalFolds(y.Length, folds.Length, 42);
        Assert.All(Enumerable.Range(0, folds.Length), k => Assert.Equal(folds[k].Order(), seeded.HeldOut(k)));
        var study = new Study
        {
            Profile = Study.SeedProfile, Pretreatments = ["raw"], Models = [model], Subsets = ["full"], Folds = "random(3, seed 42)",
        };
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => (double)j)], AxisUnit.Channel);
        return new OriginalSearch(OriginalStudy.Of(study), x, new Matrix(y.Length, 1, y), axis, Pieces.InOrder).Run(null, CancellationToken.None);
    }
}
