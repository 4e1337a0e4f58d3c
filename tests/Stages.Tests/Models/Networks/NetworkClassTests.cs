using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Networks;

public sealed class NetworkClassTests
{
    /// <summary>
    /// Losses of every epoch and probabilities of other samples against scikit-learn's MLPClassifier: one output for two classes, one for
    /// each of more; batches; both solvers. 1e-8 over 40 epochs of Adam, 1e-9 after 8 steps of L-BFGS, where rounding grows faster.
    /// </summary>
    [Fact]
    public void Fit_Classes_TakesScikitLearnsSteps()
    {
        int compared = 0;
        foreach (JsonElement golden in NetworkCase.All("classes"))
        {
            (Matrix x, Matrix numbers) = NetworkCase.Data(golden, 11);
            Matrix y = NetworkCase.Indicators(numbers, golden.GetProperty("count").GetInt32());
            bool isAdam = golden.GetProperty("solver").GetString() == "adam";
            NetworkOptions options = NetworkCase.Options(golden, isAdam ? NetworkSolver.Adam : NetworkSolver.Lbfgs) with
            {
                Seed = 3,
                Rate = 1e-2,
                StopsEarly = false,
                EpochsMax = golden.GetProperty("epochs").GetInt32(),
            };
            double alpha = golden.GetProperty("alpha").GetDouble();
            if (isAdam)
            {
                var losses = new List<double>();
                NetworkTargets targets = NetworkModel.Calibrate(x.View, y.View, ResponseKind.Class, options).Targets;
                new AdamTraining(x, targets, options, alpha).Run(losses.Add);
                Tolerance.AssertClose(golden.GetProperty("losses").ToDoubles(), [.. losses], 1e-8, "losses");
            }

            (Matrix others, _) = NetworkCase.Data(12, 6, x.Columns);
            FittedNetworks fitted = new NetworkModel(ResponseKind.Class, options, alpha).Fit(x.View, y.View);
            double[] expected = [.. golden.GetProperty("others").EnumerateArray().SelectMany(row => row.ToDoubles())];
            Tolerance.AssertClose(expected, ModelContract.Predict(fitted, others), isAdam ? 1e-8 : 1e-9, "probabilities");
            compared++;
        }

        Assert.Equal(6, compared);
    }

    /// <summary>
    /// Aim: the gradient of every form of loss is its derivative. Method: central differences over every unknown, step 1e-6, error 1e-8
    /// of the largest derivative.
    /// </summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public void Gradient_OfAnyOutput_IsTheDerivativeOfTheLoss(int outputs, bool isOfClasses)
    {
        (Matrix x, Matrix numbers) = NetworkCase.Data(21, 19, 4);
        Matrix indicators = NetworkCase.Indicators(numbers, outputs == 1 ? 2 : outputs);
        double[] y = new double[outputs * x.Rows];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = indicators[i % x.Rows, outputs == 1 ? 1 : i / x.Rows];
        }

        var shape = new NetworkShape(4, [5, 3], outputs);
        var loss = new NetworkLoss(shape, NetworkInputs.Of(x.View), Activation.Tanh, 1e-2, x.Rows, isOfClasses);
        var random = new Pcg64(5);
        double[] weights = [.. Enumerable.Range(0, x.Rows).Select(_ => 0.5 + random.NextDouble())];
        loss.Begin(y, null, isOfClasses ? weights : null);
        double[] place = new NetworkStart(shape, NetworkInputs.Room(0, 4), 4).Draw(new Mt19937(2)).Unknowns.ToArray();
        double[] gradient = new double[shape.Length];
        double[] ignored = new double[shape.Length];
        loss.Evaluate(place, gradient);
        double largest = gradient.Max(Math.Abs);
        for (int j = 0; j < shape.OutsideAt; j++)
        {
            if (j < shape.ConstantsAt(0) && j % shape.Stride(0) >= 4)
            {
                continue;
            }

            const double step = 1e-6;
            double before = place[j];
            place[j] = before + step;
            double above = loss.Evaluate(place, ignored);
            place[j] = before - step;
            double below = loss.Evaluate(place, ignored);
            place[j] = before;
            Assert.Equal((above - below) / (2 * step), gradient[j], 1e-8 * Math.Max(1, largest));
        }
    }

    /// <summary>The log loss of probabilities that are all but nothing comes from the scores, and goes on without a step.</summary>
    [Fact]
    public void Loss_OfHopelessScores_StaysALine()
    {
        double Two(double score) => OutputErrors.OfClasses([score], [1], [], 1, 1, new double[1]);
        double Three(double score) => OutputErrors.OfClasses([score, 0, 0], [1, 0, 0], [], 1, 1, new double[3]);
        foreach (double score in (double[])[3, -10, -40, -600, -680, -800])
        {
            Assert.Equal(Math.Log(1 + Math.Exp(-Math.Abs(score))) - Math.Min(0, score), Two(score), 1e-12 * Math.Abs(score));
            Assert.Equal(Math.Log(2 + Math.Exp(score)) - score, Three(score), 1e-12 * Math.Abs(score));
        }
    }

    [Theory]
    [InlineData("mlpclass(4, 5x3; 1e-3, 1; 1e-2)")]
    [InlineData("mlpclass(5; 1e-3, 1; tanh, lbfgs, balanced)")]
    [InlineData("neuralboostedclass(8, 12; 0.3; 3; tanh)")]
    [InlineData("neuralboostedclass(6; 0.3; 2; tanh, identity; balanced)")]
    public void ClassContract_SmallShape_Holds(string notation)
    {
        ICandidateFamily family = Catalog.ParseFamily(notation);
        foreach (int count in (int[])[2, 3])
        {
            (Matrix x, Matrix y) = Separable(36, 20, count, 92);
            ClassContract.LeavesInputsUnchanged(family, x, y);
            ClassContract.PathEqualsNaive(family, x, y, 0);
            ClassContract.RestoresToTheBit(family, x, y);
            ClassContract.FoldsEqualNaive(family, x, y, 4, 0);
            ClassContract.KeepsBitsForAnyRunner(family, x, y, 4);
            ClassContract.SeesNothingHeldOut(family, x, y, 4);
            ClassContract.EstimateBoundsMemory(family, x, y, 4);
        }
    }

    /// <summary>Networks tell apart what can be told apart: classes by the sign of a product of two variables, which no line separates.</summary>
    [Theory]
    [InlineData("mlpclass(16; 1e-3; 1e-2; tanh, full)")]
    [InlineData("neuralboostedclass(100; 0.3; 5; tanh)")]
    public void Fit_ClassesByAProduct_IsLearnt(string notation)
    {
        var random = new Pcg64(33);
        var x = new Matrix(300, 3);
        var y = new Matrix(300, 2);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                x[i, j] = random.NextNormal();
            }

            y[i, x[i, 0] * x[i, 1] > 0 ? 1 : 0] = 1;
        }

        ICandidateFamily family = Catalog.ParseFamily(notation);
        int[] all = [.. Enumerable.Range(0, 300)];
        IFittedModel fitted = family.Model(family.Settings[0]).Fit(x.SelectRows(all.AsSpan(0, 200)).View, y.SelectRows(all.AsSpan(0, 200)).View);
        double[] probabilities = ModelContract.Predict(fitted, x.SelectRows(all.AsSpan(200)));
        int[] classes = [.. all.Skip(200).Select(i => y[i, 1] == 1 ? 1 : 0)];
        Assert.InRange(ClassMetrics.Of(classes, probabilities, 2).Accuracy, 0.85, 1);
    }

    /// <summary>Balanced: with nine samples of ten in one class and nothing to tell them apart, neither class is likelier.</summary>
    [Fact]
    public void Fit_BalancedWithoutSignal_StartsFromEqualShares()
    {
        (Matrix x, _) = NetworkCase.Data(44, 80, 5);
        var y = new Matrix(80, 2);
        for (int i = 0; i < 80; i++)
        {
            y[i, i % 10 == 0 ? 1 : 0] = 1;
        }

        x.Values.Clear();
        foreach ((string notation, double expected) in ((string, double)[])[("neuralboostedclass(5; 0.1; 2; tanh)", 0.1), ("neuralboostedclass(5; 0.1; 2; tanh; balanced)", 0.5)])
        {
            ICandidateFamily family = Catalog.ParseFamily(notation);
            Assert.Equal(expected, ModelContract.Predict(family.Model(family.Settings[0]).Fit(x.View, y.View), x)[1], 0.03);
        }
    }

    /// <summary>A class that calibration has no sample of has the probability 0; one class alone is refused; so are samples of a class each.</summary>
    [Theory]
    [InlineData("mlpclass(4; 1e-3; lbfgs)")]
    [InlineData("neuralboostedclass(5; 0.3; 3; tanh)")]
    public void Fit_ClassesWithoutSamples_AreRefusedOrNothing(string notation)
    {
        ICandidateFamily family = Catalog.ParseFamily(notation);
        (Matrix x, Matrix two) = Separable(24, 10, 2, 4);
        var y = new Matrix(24, 4);
        var same = new Matrix(24, 2);
        for (int i = 0; i < 24; i++)
        {
            y[i, two[i, 0] == 1 ? 3 : 1] = 1;
            same[i, 1] = 1;
        }

        double[] probabilities = ModelContract.Predict(family.Model(family.Settings[0]).Fit(x.View, y.View), x);
        for (int i = 0; i < 24; i++)
        {
            Assert.Equal(0, probabilities[4 * i]);
            Assert.Equal(0, probabilities[(4 * i) + 2]);
            Assert.Equal(1, probabilities[(4 * i) + 1] + probabilities[(4 * i) + 3], 1e-15);
        }

        StageException refused = Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, same.View));
        Assert.Contains("one class", refused.Message, StringComparison.Ordinal);
        (Matrix few, Matrix each) = (x.View.RowBand(0, 2).ToMatrix(), new Matrix(2, 2));
        each[0, 0] = each[1, 1] = 1;
        if (family.Name == "neuralboostedclass")
        {
            Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(few.View, each.View));
        }
    }

    /// <summary>Judges of classes: each class has its share, none loses its last sample, everyone is asked once.</summary>
    [Fact]
    public void Split_Classes_GivesEachItsShare()
    {
        int[] classes = [.. Enumerable.Range(0, 40).Select(i => i < 20 ? 0 : i < 39 ? 1 : 2)];
        NetworkTargets targets = NetworkTargets.OfClasses(classes, 3, []);
        (int[] judges, int[] learners) = targets.Split(new Mt19937(7).Permutation(40), 6);
        Assert.Equal([3, 3, 0], targets.Some(judges).Counts());
        Assert.Equal([17, 16, 1], targets.Some(learners).Counts());
        Assert.Equal(Enumerable.Range(0, 40), judges.Concat(learners).Order());
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        Assert.Equal("64 relu, rate 0.001, balanced, α=1e-3", Describe("mlpclass(64; 1e-3; 1e-3; balanced)"));
        Assert.Equal("5 tanh, α=1e-3", Describe("mlpclass(5; 1e-3; lbfgs, tanh)"));
        Assert.Equal("100 networks of 3 tanh, rate 0.1, balanced", Describe("neuralboostedclass(100; 0.1; 3; tanh, balanced)"));
        foreach (string wrong in (string[])["mlp(64; balanced)", "neuralboosted(5; balanced)", "neuralboostedclass(original)", "neuralboostedclass(huber)", "mlpclass(mse)"])
        {
            StageException refused = Assert.Throws<StageException>(() => Catalog.ParseFamily(wrong));
            Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        }
    }

    private static string Describe(string notation)
    {
        ICandidateFamily family = Catalog.ParseFamily(notation);
        return family.Describe(family.Settings[0]);
    }

    private static (Matrix X, Matrix Y) Separable(int n, int p, int count, uint seed)
    {
        (Matrix x, Matrix numbers) = NetworkCase.Data(seed, n, p);
        return (x, NetworkCase.Indicators(numbers, count));
    }
}
