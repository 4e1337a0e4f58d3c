using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Boosted;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Networks;

public sealed class NeuralBoostedTests
{
    /// <summary>
    /// Aim: the original's boosting, which does not repeat its own digits on another machine. Method: the golden's data, folds and eight
    /// seeds (42 to 49); the mean over seeds of the mean fold RMSE must lie within 4 standard errors, √(s₁²/8 + s₂²/8), of the golden's,
    /// every seed within the golden's range widened by 3 standard deviations, and the mean number of networks within a quarter.
    /// </summary>
    [Fact]
    public void Fit_AsTheOriginal_LiesWithinItsSpread()
    {
        JsonElement golden = Goldens.Load("networks/lbfgs.json");
        Matrix x = golden.GetProperty("X").ToMatrix();
        double[] y = golden.GetProperty("y").ToDoubles();
        int[][] folds = [.. golden.GetProperty("folds").EnumerateArray().Select(Goldens.ToIntegers)];
        foreach (JsonElement one in golden.GetProperty("statistical").EnumerateArray())
        {
            var rmse = new List<double>();
            double networks = 0;
            for (uint seed = 42; seed < 50; seed++)
            {
                var options = new NeuralBoostedOptions
                {
                    IsOriginal = true,
                    Seed = seed,
                    Hidden = one.GetProperty("hidden").GetInt32(),
                    Rate = one.GetProperty("learning_rate").GetDouble(),
                    Activation = NetworkCase.ActivationOf(one),
                };
                double sum = 0;
                foreach (int[] heldOut in folds)
                {
                    int[] rows = [.. Enumerable.Range(0, x.Rows).Except(heldOut)];
                    var responses = new Matrix(rows.Length, 1, [.. rows.Select(i => y[i])]);
                    FittedNetworks fitted = new NeuralBoostedModel(ResponseKind.Number, options, 100).Fit(x.SelectRows(rows).View, responses.View);
                    networks += fitted.NetworkCount / 24.0;
                    double[] yHat = ModelContract.Predict(fitted, x.SelectRows(heldOut));
                    sum += Math.Sqrt(heldOut.Select((row, i) => (y[row] - yHat[i]) * (y[row] - yHat[i])).Average()) / 3;
                }

                rmse.Add(sum);
            }

            JsonElement spread = one.GetProperty("mean_fold_rmse");
            double expected = spread.GetProperty("mean").GetDouble();
            double deviation = spread.GetProperty("sd").GetDouble();
            double mean = rmse.Average();
            double ours = Math.Sqrt(rmse.Sum(value => (value - mean) * (value - mean)) / 7);
            Assert.InRange(mean, expected - (4 * Math.Sqrt(((deviation * deviation) + (ours * ours)) / 8)), expected + (4 * Math.Sqrt(((deviation * deviation) + (ours * ours)) / 8)));
            Assert.All(rmse, value => Assert.InRange(
                value, spread.GetProperty("min").GetDouble() - (3 * deviation), spread.GetProperty("max").GetDouble() + (3 * deviation)));
            double expectedNetworks = one.GetProperty("learners_used").GetProperty("mean").GetDouble();
            Assert.InRange(networks, 0.75 * expectedNetworks, 1.25 * expectedNetworks);
        }
    }

    [Theory]
    [InlineData("neuralboosted(8; 0.2; 3; tanh)")]
    [InlineData("neuralboosted(original; 8; 0.2; 2; identity)")]
    [InlineData("neuralboosted(huber; 8; 0.2; 5; relu)")]
    public void Contract_AnyShape_Holds(string notation)
    {
        foreach ((int n, int p) in ((int, int)[])[(24, 30), (40, 6), (5, 1), (2, 3)])
        {
            (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 3, 1e-2, 95);
            ICandidateFamily family = Catalog.ParseFamily(notation);
            IModel model = family.Model(family.Settings[0]);
            ModelContract.LeavesInputsUnchanged(model, x, y);
            ModelContract.FitsTwiceToTheBit(model, x, y);
            ModelContract.FitsSideBySideToTheBit(model, x, y);
            ModelContract.PredictsSubsetsToTheBit(model, x, y);
            ModelContract.IgnoresTheStrideOfItsInputs(model, x, y);
            NetworkContract.RestoresToTheBit(family, x, y);
        }
    }

    /// <summary>Numbers of networks are read from one run: its beginning is the shorter run, to the bit.</summary>
    [Theory]
    [InlineData("neuralboosted(3, 9, 15; 0.1, 0.5; 3; tanh, identity)")]
    [InlineData("neuralboosted(original; 3, 9, 15; 0.5; 3; tanh)")]
    public void FamilyContract_SmallShape_Holds(string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(24, 30, 4, 1e-2, 96);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        FamilyContract.Holds(family, x, y, 4, 0);
        FoldContract.EqualsNaive(family, x, y, 4, autoscales: false, 0);
        FoldContract.EqualsNaive(family, x, y, 4, autoscales: true, 0);
        FoldContract.KeepsBitsForAnyRunner(family, x, y, 4, autoscales: false);
    }

    [Fact]
    public void Fit_OtherUnits_FollowsThem()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(24, 30, 4, 1e-2, 97);
        NetworkContract.FollowsUnits(new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions { Rate = 0.5 }, 10), x, y);
    }

    /// <summary>From 2 samples on there is one to learn from and one to judge; one sample is refused.</summary>
    [Fact]
    public void Fit_FewSamplesAndConstants_GivesNumbers()
    {
        for (int n = 2; n <= 20; n++)
        {
            (Matrix x, Matrix y) = SimulatedSpectra.Make(n, 8, 3, 1e-2, 98);
            NetworkContract.EdgesHold(new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions(), 12), x, y);
            FittedNetworks original = new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions { IsOriginal = true }, 12).Fit(x.View, y.View);
            Assert.All(ModelContract.Predict(original, x), value => Assert.True(double.IsFinite(value)));
        }

        (Matrix one, Matrix response) = SimulatedSpectra.Make(2, 8, 3, 1e-2, 98);
        StageException failure = Assert.Throws<StageException>(() => new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions(), 12)
            .Fit(one.View.RowBand(0, 1), response.View.RowBand(0, 1)));
        Assert.Contains("at least 2", failure.Message, StringComparison.Ordinal);
        one[1, 2] = double.NaN;
        Assert.Contains("variable 3", Assert.Throws<StageException>(
            () => new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions(), 12).Fit(one.View, response.View)).Message, StringComparison.Ordinal);
    }

    /// <summary>Without anything to learn the honest arithmetic stays at the mean; the original keeps all networks of its patience.</summary>
    [Fact]
    public void Fit_Noise_StaysNearTheMean()
    {
        (Matrix x, Matrix y) = NetworkCase.Data(21, 60, 12);
        (Matrix other, _) = NetworkCase.Data(22, 60, 12);
        FittedNetworks honest = new NeuralBoostedModel(ResponseKind.Number, new NeuralBoostedOptions { Activation = Activation.Identity }, 100).Fit(other.View, y.View);
        FittedNetworks original = new NeuralBoostedModel(
            ResponseKind.Number, new NeuralBoostedOptions { Activation = Activation.Identity, IsOriginal = true }, 100).Fit(other.View, y.View);
        Assert.True(honest.NetworkCount < original.NetworkCount, $"{honest.NetworkCount} and {original.NetworkCount} networks");
        Assert.True(original.NetworkCount > 10);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("neuralboosted(50, 100; 0.1; 3, 5; tanh)");
        Assert.Equal(
            ["50 networks of 3 tanh, rate 0.1", "100 networks of 3 tanh, rate 0.1", "50 networks of 5 tanh, rate 0.1", "100 networks of 5 tanh, rate 0.1"],
            family.Settings.Select(family.Describe));
        Assert.Equal(new ModelSetting("networks of 3 tanh at rate 0.1", 50), family.Settings[0]);
        Assert.Equal(8, Catalog.ParseFamily("neuralboosted").Settings.Length);
        Assert.Equal(24, Catalog.ParseFamily("neuralboosted(original; 50, 100; 0.05, 0.1, 0.2)").Settings.Length);
        Assert.Empty(family.SettingsFor(1, 5));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("networks", 1)));
        foreach (string wrong in (string[])[
            "neuralboosted(0)", "neuralboosted(1001)", "neuralboosted(5; 0)", "neuralboosted(5; 1.5)", "neuralboosted(5; 0.1; 0)", "neuralboosted(5, 5)",
            "neuralboosted(5; 0.1; 3; sine)", "neuralboosted(5; 0.1; 3; tanh, tanh)", "neuralboosted(seed 4294967295)", "neuralboosted(5; 0.1; 3; 4)"])
        {
            StageException refused = Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong));
            Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
            Assert.StartsWith($"'{wrong}', character", refused.Message, StringComparison.Ordinal);
        }
    }
}
