using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.MicroBench;

/// <summary>Small networks in the row space of 500 variables: one loss with gradient, one whole training, and the tangent alone.</summary>
internal sealed class NetworkBench(double seconds, RowFile rows)
{
    private const int Variables = 500;
    private const int Repeats = 64;

    public void Print(IReadOnlyList<int> samples)
    {
        Console.WriteLine("| n, h, activation | loss and gradient, ns best | median | training, µs | evaluations | steps | µs per step beside its evaluations |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (int n in samples)
        {
            foreach (Activation activation in (Activation[])[Activation.Tanh, Activation.Identity])
            {
                foreach (int h in (int[])[3, 5])
                {
                    PrintLine(n, h, activation);
                }
            }
        }

        Console.WriteLine();
        double[] values = new double[4096];
        var contest = new Contest();
        int tangent = contest.Add(() =>
        {
            values.AsSpan().Fill(0.7);
            HyperbolicTangent.Apply(values);
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"tanh: {values.Length / (1e9 * contest.Run(seconds)[tangent].Best):0.00} values per ns"));
    }

    private void PrintLine(int n, int h, Activation activation)
    {
        var random = new Mt19937(1);
        var x = new Matrix(n, Variables);
        foreach (ref double value in x.Values)
        {
            value = random.NextUniform(-0.3, 0.3);
        }

        double[] y = new double[n];
        for (int i = 0; i < n; i++)
        {
            y[i] = 20 * (x[i, 0] - x[i, 1] + (0.3 * random.NextUniform(-1, 1)));
        }

        NetworkInputs inputs = NetworkInputs.Reduced(x.View);
        var shape = new NetworkShape(inputs.Variables, [h], 1);
        NetworkStart start = new NetworkStart(shape, inputs, Variables).Draw(random);
        var loss = new NetworkLoss(shape, inputs, activation, 1e-4, n);
        loss.Begin(y, start);
        double[] gradient = new double[shape.Length];
        var descent = new LimitedMemoryDescent(shape.Length);
        double[] place = new double[shape.Length];
        DescentOutcome outcome = default;
        var contest = new Contest();
        int evaluation = contest.Add(() =>
        {
            for (int i = 0; i < Repeats; i++)
            {
                loss.Evaluate(start.Unknowns, gradient);
            }
        });
        int training = contest.Add(() =>
        {
            start.Unknowns.CopyTo(place);
            outcome = descent.Run(loss, place, new DescentRules(100, 5e-4));
        });
        (double Best, double Median)[] found = contest.Run(seconds);
        rows.Append(
            $"network {n}, {h}, {NetworkNotation.Text(activation)}", $"one training, {n} samples, {h} nodes", "ms",
            contest.Milliseconds(training), found[training].Median, Bits.Hash(place));
        double beside = (found[training].Best - (outcome.Evaluations * found[evaluation].Best / Repeats)) / outcome.Iterations;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {n}, {h}, {NetworkNotation.Text(activation)} | {1e9 * found[evaluation].Best / Repeats:0} | {1e9 * found[evaluation].Median / Repeats:0} | {1e6 * found[training].Best:0} | {outcome.Evaluations} | {outcome.Iterations} | {1e6 * beside:0.00} |"));
    }
}
