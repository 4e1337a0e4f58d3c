using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.MicroBench;

/// <summary>Pretreatments applied to spectra that lie in the caches, beside a plain copy of the same spectra.</summary>
internal sealed class PretreatmentBench(double seconds, RowFile rows)
{
    private const int Samples = 100;

    private static readonly string[] Notations =
        ["snv", "msc", "autoscale", "detrend(1)", "sg(15,2,0)", "sg(15,2,1)", "sg(15,3,2)", "snv + sg(15,2,1)", "sg(15,2,1) + snv"];

    public void Print(IReadOnlyList<int> variables)
    {
        Console.WriteLine("| p | pretreatment | ns per spectrum best | median | GB/s read | copies |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (int p in variables)
        {
            var random = new Pcg64(10);
            var x = new Matrix(Samples, p);
            foreach (ref double value in x.Values)
            {
                value = 0.5 + (0.1 * random.NextNormal());
            }

            var y = new Matrix(Samples, 1);
            var axis = new SpectralAxis([.. Enumerable.Range(0, p).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre);
            foreach (string notation in Notations)
            {
                PrintLine(notation, x, y, axis);
            }
        }
    }

    private void PrintLine(string notation, Matrix x, Matrix y, SpectralAxis axis)
    {
        PretreatmentChain chain = PretreatmentChain.Parse(notation);
        IFittedPretreatment fitted = chain.Fit(x.View, y.View, axis);
        var target = new Matrix(x.Rows, chain.OutputAxis(axis).Count);
        var copy = new Matrix(x.Rows, x.Columns);
        var contest = new Contest();
        int ours = contest.Add(() => fitted.Apply(x.View, target.Span));
        int plain = contest.Add(() => x.Values.CopyTo(copy.Values));
        (double Best, double Median)[] found = contest.Run(seconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {x.Columns} | `{notation}` | {1e9 * found[ours].Best / x.Rows:0} | {1e9 * found[ours].Median / x.Rows:0} | {x.Values.Length * sizeof(double) / found[ours].Best / 1e9:0.0} | {found[ours].Best / found[plain].Best:0.0} |"));
        rows.Append(
            $"{notation} {x.Columns}", $"{x.Rows} spectra of {x.Columns}, one thread", "ms", contest.Milliseconds(ours), found[ours].Median,
            Bits.Hash(target.Values), peers: [.. contest.Beside("a plain copy", plain)]);
    }
}
