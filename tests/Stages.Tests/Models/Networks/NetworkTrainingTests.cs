using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Networks;

public sealed class NetworkTrainingTests
{
    /// <summary>
    /// Aim: the steps are those of scipy's L-BFGS-B. Method: the golden's start put in place of a random one; loss and gradient there,
    /// the loss after every step, and the weights after three. Rounding grows from step to step: 1e-14 at the start, 1e-12 in the first
    /// five, 1e-10 in the first ten and 1e-7 in twenty are allowed, relative to the loss.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Descent_OfTheGoldenStart_TakesScipysSteps(int index)
    {
        JsonElement golden = Goldens.Load("networks/lbfgs.json");
        JsonElement one = golden.GetProperty("lbfgs_start")[index];
        Matrix x = golden.GetProperty("X").ToMatrix();
        int h = one.GetProperty("hidden").GetInt32();
        NetworkInputs inputs = NetworkInputs.Of(x.View);
        var shape = new NetworkShape(x.Columns, [h], 1);
        var loss = new NetworkLoss(shape, inputs, NetworkCase.ActivationOf(one), one.GetProperty("alpha").GetDouble(), x.Rows);
        loss.Begin(golden.GetProperty("y").ToDoubles(), null);
        JsonElement init = one.GetProperty("init");
        double[] start = Place(shape, x.Columns, [
            .. init.GetProperty("W1").ToMatrix().Values, .. Flat(init.GetProperty("W2")), .. Flat(init.GetProperty("b1")), .. Flat(init.GetProperty("b2"))]);
        double[] gradient = new double[shape.Length];
        double atStart = one.GetProperty("loss_at_init").GetDouble();
        Assert.Equal(atStart, loss.Evaluate(start, gradient), 1e-14 * atStart);
        Tolerance.AssertClose(
            Place(shape, x.Columns, one.GetProperty("gradient_at_init").ToDoubles()), gradient, 1e-14, "gradient");

        double[] three = [.. start];
        new LimitedMemoryDescent(shape.Length).Run(loss, three, new DescentRules(3, 0));
        Tolerance.AssertClose(
            Place(shape, x.Columns, one.GetProperty("theta_after_3_iterations").ToDoubles()), three, 1e-13, "weights after 3 steps");

        var losses = new List<double>();
        DescentOutcome outcome = new LimitedMemoryDescent(shape.Length).Run(loss, start, new DescentRules(30, 0, ValueTolerance: 0), losses.Add);
        double[] expected = one.GetProperty("loss_per_iteration").ToDoubles();
        Assert.Equal(30, outcome.Iterations);
        AssertSteps(expected, losses, 20);
        Assert.InRange(outcome.Evaluations, one.GetProperty("function_evaluations").GetInt32() - 2, one.GetProperty("function_evaluations").GetInt32() + 2);
    }

    /// <summary>The same through scikit-learn, start included: one hidden layer and two, wide and tall.</summary>
    [Fact]
    public void Train_ByLbfgs_TakesScikitLearnsSteps()
    {
        foreach (JsonElement golden in NetworkCase.All("lbfgs"))
        {
            (Matrix x, Matrix y) = NetworkCase.Data(golden, 7);
            foreach (bool isReduced in (bool[])[false, true])
            {
                List<double> losses = Losses(golden, x, y, isReduced ? NetworkInputs.Reduced(x.View) : NetworkInputs.Of(x.View), 20);
                AssertSteps(golden.GetProperty("losses").ToDoubles(), losses, 15);
            }

            FittedNetworks fitted = new NetworkModel(
                ResponseKind.Number,
                NetworkCase.Options(golden, NetworkSolver.Lbfgs) with { Seed = 3, EpochsMax = 8 },
                golden.GetProperty("alpha").GetDouble()).Fit(x.View, y.View);
            (Matrix others, _) = NetworkCase.Data(8, 6, x.Columns);
            Tolerance.AssertClose(
                golden.GetProperty("others_after_8").ToDoubles(), ModelContract.Predict(fitted, others), 1e-10, "predictions after 8 steps");
            double[] importance = new double[x.Columns];
            fitted.CopyImportance(importance);
            Tolerance.AssertClose(golden.GetProperty("importance_after_8").ToDoubles(), importance, 1e-10, "importance after 8 steps");
        }
    }

    /// <summary>
    /// Aim: training in the row space is training in all variables. Method: the losses of both, step by step, for spectra with a large offset
    /// in common and for scattered ones: 1e-12 at step 5 and 1e-10 at step 10, relative to the loss at the start.
    /// </summary>
    [Theory]
    [InlineData(57, 500, 3, Activation.Tanh, 0)]
    [InlineData(57, 500, 5, Activation.Identity, 0)]
    [InlineData(33, 300, 5, Activation.Relu, 0)]
    [InlineData(30, 31, 4, Activation.Tanh, 0)]
    [InlineData(40, 200, 3, Activation.Tanh, 1)]
    public void Train_InTheRowSpace_TakesTheStepsOfTheWholeSpace(int n, int p, int h, Activation activation, double offset)
    {
        (Matrix x, Matrix y) = NetworkCase.Data(11, n, p);
        foreach (ref double value in x.Values)
        {
            value = (0.1 * value) + offset;
        }

        double[][] losses = [.. new[] { NetworkInputs.Of(x.View), NetworkInputs.Reduced(x.View) }.Select(inputs =>
        {
            var seen = new List<double>();
            new NetworkTraining(inputs, p, [h], activation, 1e-4, new DescentRules(12, 0)).Train(new Mt19937(4), y.Values, seen.Add);
            return seen.ToArray();
        })];
        for (int step = 0; step < losses[0].Length; step++)
        {
            double allowed = step < 5 ? 1e-12 : step < 10 ? 1e-10 : 1e-8;
            Assert.Equal(losses[0][step], losses[1][step], allowed * losses[0][0]);
        }
    }

    /// <summary>Where the largest derivative decides, both spaces end at the same step.</summary>
    [Theory]
    [InlineData(0.2)]
    [InlineData(0.05)]
    [InlineData(0.01)]
    public void Train_UntilFlat_EndsAtTheSameStepInBothSpaces(double tolerance)
    {
        (Matrix x, Matrix y) = NetworkCase.Data(12, 25, 90);
        int[] steps = [.. new[] { NetworkInputs.Of(x.View), NetworkInputs.Reduced(x.View) }.Select(inputs =>
        {
            int count = 0;
            new NetworkTraining(inputs, 90, [4], Activation.Tanh, 1e-4, new DescentRules(100, tolerance))
                .Train(new Mt19937(4), y.Values, _ => count++);
            return count;
        })];
        Assert.InRange(steps[0], 1, 30);
        Assert.Equal(steps[0], steps[1]);
    }

    [Fact]
    public void Train_SpectraThatAreAllZero_FitsTheMean()
    {
        (Matrix x, Matrix y) = NetworkCase.Data(13, 9, 20);
        x.Values.Clear();
        FittedNetworks fitted = new NetworkModel(
            ResponseKind.Number, new NetworkOptions { Solver = NetworkSolver.Lbfgs, Activation = Activation.Tanh, IsStandardised = false }, 1e-3).Fit(x.View, y.View);
        double mean = y.Values.ToArray().Average();
        Assert.All(ModelContract.Predict(fitted, x), value => Assert.Equal(mean, value, 1e-2));
    }

    private static List<double> Losses(JsonElement golden, Matrix x, Matrix y, NetworkInputs inputs, int steps)
    {
        var losses = new List<double>();
        new NetworkTraining(
            inputs, x.Columns, NetworkCase.Hidden(golden), NetworkCase.ActivationOf(golden), golden.GetProperty("alpha").GetDouble(),
            new DescentRules(steps, 5e-4)).Train(new Mt19937(3), y.Values, losses.Add);
        return losses;
    }

    private static void AssertSteps(double[] expected, List<double> actual, int steps)
    {
        for (int step = 0; step < Math.Min(steps, expected.Length); step++)
        {
            double allowed = step < 5 ? 1e-12 : step < 10 ? 1e-10 : 1e-7;
            Tolerance.AssertClose(expected[step], actual[step], allowed, expected[0], $"loss after step {step + 1}");
        }
    }

    private static IEnumerable<double> Flat(JsonElement array) =>
        array.EnumerateArray().SelectMany(value => value.ValueKind == JsonValueKind.Array ? value.ToDoubles() : [value.GetDouble()]);

    /// <summary>The golden's order (first layer by variable, then second, then constants) in ours.</summary>
    private static double[] Place(NetworkShape shape, int p, double[] golden)
    {
        int h = shape.Nodes[1];
        double[] place = new double[shape.Length];
        for (int k = 0; k < h; k++)
        {
            for (int j = 0; j < p; j++)
            {
                place[(k * shape.Stride(0)) + j] = golden[(j * h) + k];
            }

            place[shape.WeightsAt(1) + k] = golden[(p * h) + k];
            place[shape.ConstantsAt(0) + k] = golden[(p * h) + h + k];
        }

        place[shape.ConstantsAt(1)] = golden[^1];
        return place;
    }
}
