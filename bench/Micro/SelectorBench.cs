using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Spectra;

namespace Pipeline.MicroBench;

/// <summary>One choice of variables inside one calibration set, beside one inner cross-validation of PLS on all variables.</summary>
internal sealed class SelectorBench(double seconds, RowFile rows)
{
    private const int Bands = 12;

    private static readonly string[] Notations =
        ["ipls(20)", "ipls(20; backward)", "cars(50)", "uve(100)", "spa(30)", "pairs(1)", "regions(50,25;5)"];

    public void Print(IReadOnlyList<(int N, int P)> shapes)
    {
        Console.WriteLine("| n × p | choice | ms best | median | inner cross-validations of PLS | variables |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach ((int n, int p) in shapes)
        {
            (Matrix x, Matrix y) = Spectra(n, p);
            var axis = new SpectralAxis([.. Enumerable.Range(0, p).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre);
            var pls = new InnerPls(SelectorSamples.Of("bench", x.View, y.View, axis, 42), 10);
            int[] all = [.. Enumerable.Range(0, p)];
            var contest = new Contest();
            int plain = contest.Add(() => pls.Score(all));
            int[] places = [.. Notations.Select(notation =>
            {
                ISubset selector = Catalog.ParseSubset(notation);
                return contest.Add(() => selector.Select(x.View, y.View, axis, []));
            })];
            (double Best, double Median)[] found = contest.Run(seconds);
            Line(n, p, "inner PLS, 5 folds, 10 components", found[plain], found[plain].Best, p);
            for (int i = 0; i < places.Length; i++)
            {
                int[] choice = Catalog.ParseSubset(Notations[i]).Select(x.View, y.View, axis, []);
                Line(n, p, $"`{Notations[i]}`", found[places[i]], found[plain].Best, choice.Length);
                rows.Append(
                    $"{Notations[i]} {n} × {p}", $"one choice of variables, {choice.Length} chosen", "ms", contest.Milliseconds(places[i]), found[places[i]].Median,
                    Bits.Hash(choice), peers: [.. contest.Beside("one inner PLS", plain)]);
            }
        }
    }

    private static void Line(int n, int p, string what, (double Best, double Median) time, double plain, int count) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {n} × {p} | {what} | {1e3 * time.Best:0.00} | {1e3 * time.Median:0.00} | {time.Best / plain:0.0} | {count} |"));

    /// <summary>Overlapping bands of falling strength with noise of 1e-3, the response of some of them.</summary>
    private static (Matrix X, Matrix Y) Spectra(int n, int p)
    {
        var random = new Pcg64(1);
        var x = new Matrix(n, p);
        var y = new Matrix(n, 1);
        double[] content = new double[Bands];
        for (int i = 0; i < n; i++)
        {
            y[i, 0] = 0.05 * random.NextNormal();
            for (int b = 0; b < Bands; b++)
            {
                content[b] = random.NextNormal() * Math.Pow(0.8, b);
                y[i, 0] += b % 3 == 0 ? content[b] : 0;
            }

            for (int j = 0; j < p; j++)
            {
                x[i, j] = 0.5 + (1e-3 * random.NextNormal());
                for (int b = 0; b < Bands; b++)
                {
                    double distance = ((j / (double)p) - ((b + 0.5) / Bands)) / 0.08;
                    x[i, j] += 0.1 * content[b] * Math.Exp(-distance * distance);
                }
            }
        }

        return (x, y);
    }
}
