using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Packed;
using Pipeline.Stages.Numerics.Random;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.MicroBench;

/// <summary>Products of square matrices: XᵀX and XXᵀ at half the operations, XᵀY and XB.</summary>
internal sealed class ProductBench(PieceRunner twoThreads, double seconds, RowFile rows)
{
    /// <summary>The library takes seconds beyond this.</summary>
    private const int LibraryOrderMax = 512;

    /// <summary>One line per form and order; a hash of all results.</summary>
    public long Print(IReadOnlyList<int> orders)
    {
        Console.WriteLine("| form | n | Vector512, GF/s best | median | of peak, best | median | singles, of peak | Vector256, of its peak | two threads, of twice the peak | OpenBLAS, of peak | MathNet, of peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        long hash = 0;
        foreach (string form in (string[])["XᵀX", "XXᵀ", "XᵀY", "XB"])
        {
            foreach (int n in orders)
            {
                hash = (hash * 31) ^ PrintLine(form, n);
            }
        }

        return hash;
    }

    private long PrintLine(string form, int n)
    {
        var rng = new Pcg64(7);
        Matrix x = Random(n, rng);
        Matrix b = Random(n, rng);
        var c = new Matrix(n, n);
        float[] singles = [.. x.Values.ToArray().Select(value => (float)value)];
        double operations = (form[^1] is 'X' || form == "XXᵀ" ? 1.0 : 2.0) * n * n * n;

        var contest = new Contest();
        int peak = contest.Add(Peak.Wide);
        int halfPeak = contest.Add(Peak.Half);
        int wide = contest.Add(() => Multiply(form, x.View, b, c, Pieces.InOrder, TileBody.Wide));
        int single = contest.Add(() => Multiply(form, new SingleView(singles, n, n, n), b, c, Pieces.InOrder, TileBody.Wide));
        int half = contest.Add(() => Multiply(form, x.View, b, c, Pieces.InOrder, TileBody.Half));
        int two = contest.Add(() => Multiply(form, x.View, b, c, twoThreads, TileBody.Wide), hasThreads: true);
        int blas = OpenBlas.IsThere ? contest.Add(Peer(form, x, b, new double[n * n], n)) : -1;
        int library = n <= LibraryOrderMax ? contest.Add(Library(form, x, b, n)) : -1;
        (double Best, double Median)[] times = contest.Run(seconds);

        double GigaPeak(int candidate, double factor) => factor * Peak.WideOperations / times[candidate].Best / 1e9;
        string Share(int candidate, int of, double factor) => candidate < 0
            ? ""
            : Percent(operations / times[candidate].Best / 1e9 / GigaPeak(of, factor));
        double best = operations / times[wide].Best / 1e9;
        double median = operations / times[wide].Median / 1e9;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {form} | {n} | {best:0.0} | {median:0.0} | {Percent(best / GigaPeak(peak, 1))} | {Percent(median / GigaPeak(peak, 1))} | {Share(single, peak, 1)} | {Share(half, halfPeak, 0.5)} | {Share(two, peak, 2)} | {Share(blas, peak, 1)} | {Share(library, peak, 1)} |"));
        Multiply(form, x.View, b, c, Pieces.InOrder, TileBody.Best);
        long hash = Bits.Hash(c.Values);
        rows.Append(
            $"{form} {n}", $"{n} × {n} doubles, one thread", "ms", contest.Milliseconds(wide), times[wide].Median, hash,
            peers: [.. contest.Beside("OpenBLAS", blas), .. contest.Beside("MathNet", library)]);
        return hash;
    }

    private static void Multiply(string form, RowSource x, Matrix b, Matrix c, PieceRunner runner, TileBody body)
    {
        switch (form)
        {
            case "XᵀX":
                MatrixProducts.TransposedTimesSelf(x, c.Span, runner, body);
                break;
            case "XXᵀ":
                MatrixProducts.TimesSelfTransposed(x, c.Span, runner, body);
                break;
            case "XᵀY":
                MatrixProducts.TransposedTimes(x, b.View, c.Span, ProductSum.Set, runner, body);
                break;
            default:
                MatrixProducts.Times(x, b.View, c.Span, ProductSum.Set, runner, body);
                break;
        }
    }

    private static Action Peer(string form, Matrix x, Matrix b, double[] c, int n)
    {
        double[] first = x.Values.ToArray();
        double[] second = b.Values.ToArray();
        return form switch
        {
            "XᵀX" => () => OpenBlas.MultiplySelf(first, true, c, n),
            "XXᵀ" => () => OpenBlas.MultiplySelf(first, false, c, n),
            "XᵀY" => () => OpenBlas.Multiply(first, true, second, c, n),
            _ => () => OpenBlas.Multiply(first, false, second, c, n),
        };
    }

    private static Action Library(string form, Matrix x, Matrix b, int n)
    {
        MathNetMatrix first = MathNetMatrix.Build.Dense(n, n, x.Values.ToArray());
        MathNetMatrix second = MathNetMatrix.Build.Dense(n, n, b.Values.ToArray());
        MathNetMatrix target = MathNetMatrix.Build.Dense(n, n);
        return form switch
        {
            "XᵀX" => () => first.TransposeThisAndMultiply(first, target),
            "XXᵀ" => () => first.TransposeAndMultiply(first, target),
            "XᵀY" => () => first.TransposeThisAndMultiply(second, target),
            _ => () => first.Multiply(second, target),
        };
    }

    private static Matrix Random(int n, Pcg64 rng)
    {
        var matrix = new Matrix(n, n);
        foreach (ref double value in matrix.Values)
        {
            value = rng.NextNormal();
        }

        return matrix;
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
