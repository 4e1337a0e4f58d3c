using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.MicroBench;

/// <summary>A square matrix times a few columns: what cross-validated PLS asks for, once per component.</summary>
internal sealed class SkinnyBench(double seconds, RowFile rows)
{
    public void Print(IReadOnlyList<(int N, int K)> shapes)
    {
        Console.WriteLine("| n × n times n × K | XB, µs best | median | of peak | XᵀB, of peak | BᵀX, of peak |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach ((int n, int k) in shapes)
        {
            PrintLine(n, k);
        }
    }

    private void PrintLine(int n, int k)
    {
        var rng = new Pcg64(8);
        var x = new Matrix(n, n);
        var b = new Matrix(n, k);
        foreach (ref double value in x.Values)
        {
            value = rng.NextNormal();
        }

        foreach (ref double value in b.Values)
        {
            value = rng.NextNormal();
        }

        var c = new Matrix(n, k);
        var turned = new Matrix(k, n);
        var contest = new Contest();
        int peak = contest.Add(Peak.Wide);
        int times = contest.Add(() => MatrixProducts.Times(x.View, b.View, c.Span));
        int transposed = contest.Add(() => MatrixProducts.TransposedTimes(x.View, b.View, c.Span));
        int from = contest.Add(() => MatrixProducts.TransposedTimes(b.View, x.View, turned.Span));
        (double Best, double Median)[] found = contest.Run(seconds);
        rows.Append(
            $"XB {n} K {k}", $"{n} × {n} doubles times {n} × {k}, one thread", "ms", contest.Milliseconds(times), found[times].Median, Bits.Hash(c.Values));
        double gigaPeak = Peak.WideOperations / found[peak].Best;
        string Share(int candidate) =>
            string.Create(CultureInfo.InvariantCulture, $"{200.0 * n * n * k / found[candidate].Best / gigaPeak:0} %");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {n} × {n}, K = {k} | {1e6 * found[times].Best:0.0} | {1e6 * found[times].Median:0.0} | {Share(times)} | {Share(transposed)} | {Share(from)} |"));
    }
}
