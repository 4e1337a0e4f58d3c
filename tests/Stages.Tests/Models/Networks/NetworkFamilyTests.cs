using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Networks;

public sealed class NetworkFamilyTests
{
    /// <summary>
    /// Losses of every epoch and predictions of other samples against scikit-learn: 1e-8 of the first loss over 30 epochs, batches, two layers
    /// and early stopping included; 1e-6 to the end of training.
    /// </summary>
    [Fact]
    public void Fit_ByAdam_TakesScikitLearnsSteps()
    {
        foreach (JsonElement golden in NetworkCase.All("adam"))
        {
            (Matrix x, Matrix y) = NetworkCase.Data(golden, 9);
            NetworkOptions options = NetworkCase.Options(golden, NetworkSolver.Adam) with
            {
                Seed = 5,
                Rate = golden.GetProperty("rate").GetDouble(),
                StopsEarly = golden.GetProperty("early").GetBoolean(),
                EpochsMax = golden.GetProperty("epochs").GetInt32(),
            };
            double alpha = golden.GetProperty("alpha").GetDouble();
            var losses = new List<double>();
            new AdamTraining(x, NetworkTargets.OfNumbers(y.Values.ToArray()), options, alpha).Run(losses.Add);
            double[] expected = golden.GetProperty("losses").ToDoubles();
            Assert.Equal(expected.Length, losses.Count);
            for (int epoch = 0; epoch < expected.Length; epoch++)
            {
                Tolerance.AssertClose(expected[epoch], losses[epoch], epoch < 30 ? 1e-8 : 1e-6, expected[0], $"loss of epoch {epoch + 1}");
            }

            (Matrix others, _) = NetworkCase.Data(10, 6, x.Columns);
            FittedNetworks fitted = new NetworkModel(ResponseKind.Number, options, alpha).Fit(x.View, y.View);
            Tolerance.AssertClose(golden.GetProperty("others").ToDoubles(), ModelContract.Predict(fitted, others), 1e-6, "predictions");
        }
    }

    [Theory]
    [InlineData("mlp(4; 1e-3; 1e-2)")]
    [InlineData("mlp(5x3; 1e-3; tanh, lbfgs)")]
    [InlineData("mlp(4; 1e-3; 1e-2; original)")]
    public void Contract_AnyShape_Holds(string notation)
    {
        foreach ((int n, int p) in ((int, int)[])[(24, 30), (40, 6), (5, 1), (2, 3)])
        {
            (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 3, 1e-2, 91);
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

    [Theory]
    [InlineData("mlp(4, 5x3; 1e-3, 1; 1e-2)")]
    [InlineData("mlp(5; 1e-3, 1; tanh, lbfgs)")]
    public void FamilyContract_SmallShape_Holds(string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(24, 30, 4, 1e-2, 92);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        FamilyContract.Holds(family, x, y, 4, 0);
        FoldContract.EqualsNaive(family, x, y, 4, autoscales: false, 0);
        FoldContract.EqualsNaive(family, x, y, 4, autoscales: true, 0);
        FoldContract.KeepsBitsForAnyRunner(family, x, y, 4, autoscales: false);
    }

    /// <summary>Standardised: the unit of spectra and response does not matter, but for powers of two not even for rounding.</summary>
    [Theory]
    [InlineData("mlp(4; 1e-3; 1e-2)")]
    [InlineData("mlp(4; 1e-3; tanh, lbfgs)")]
    public void Fit_OtherUnits_FollowsThem(string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(24, 30, 4, 1e-2, 93);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        NetworkContract.FollowsUnits(family.Model(family.Settings[0]), x, y);
    }

    [Fact]
    public void Fit_ConstantResponseAndVariables_GivesTheResponse()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(12, 8, 3, 1e-2, 94);
        foreach (string notation in (string[])["mlp(4; 1e-3; 1e-2)", "mlp(4; 1e-3; lbfgs)"])
        {
            ICandidateFamily family = Catalog.ParseFamily(notation);
            NetworkContract.EdgesHold(family.Model(family.Settings[0]), x, y);
        }
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("mlp(64, 128x64; 1e-3, 1e-1; 1e-3)");
        Assert.Equal(
            ["64 relu, rate 0.001, α=1e-1", "64 relu, rate 0.001, α=1e-3", "128x64 relu, rate 0.001, α=1e-1", "128x64 relu, rate 0.001, α=1e-3"],
            family.Settings.Select(family.Describe));
        Assert.Equal(new ModelSetting("alpha at 64 relu, rate 0.001", 0.1), family.Settings[0]);
        Assert.Equal(8, Catalog.ParseFamily("mlp(original)").Settings.Length);
        Assert.Equal(6, Catalog.ParseFamily("mlp").Settings.Length);
        Assert.Equal("5 tanh, α=0", Catalog.ParseFamily("mlp(5; 0; lbfgs, tanh, seed 3)").Describe(Catalog.ParseFamily("mlp(5; 0; lbfgs, tanh)").Settings[0]));
        Assert.Empty(family.SettingsFor(1, 5));
        Assert.Throws<ArgumentException>(() => family.Model(new ModelSetting("alpha", 1)));
        foreach (string wrong in (string[])[
            "mlp(0)", "mlp(64, 64)", "mlp(1001)", "mlp(3x3x3)", "mlp(4; -1)", "mlp(4; 1; 0)", "mlp(4; 1; 1; 1)", "mlp(4; 1; 1; lbfgs)", "mlp(sgd)",
            "mlp(seed x)", "mlp(;)"])
        {
            StageException refused = Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong));
            Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
            Assert.StartsWith($"'{wrong}', character", refused.Message, StringComparison.Ordinal);
        }
    }
}
