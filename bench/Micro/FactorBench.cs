using System.Globalization;
using Pipeline.Figures;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;

namespace Pipeline.MicroBench;

/// <summary>Cholesky and the symmetric eigendecomposition with all vectors, on one thread.</summary>
internal sealed class FactorBench(double seconds, RowFile rows)
{
    public void Print(IReadOnlyList<int> orders)
    {
        Console.WriteLine("| | n | ours, ms best | median | OpenBLAS, ms best | MathNet, ms best | ours : OpenBLAS |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (bool isEigen in (bool[])[false, true])
        {
            foreach (int n in orders)
            {
                PrintLine(isEigen, n);
            }
        }
    }

    private void PrintLine(bool isEigen, int n)
    {
        Matrix matrix = PositiveDefinite(n);
        double[] a = matrix.Values.ToArray();
        var copy = new Matrix(n, n);
        double[] peerCopy = new double[n * n];
        double[] values = new double[n];
        MathNetMatrix library = MathNetMatrix.Build.Dense(n, n, a);
        Matrix result = copy;
        var contest = new Contest();
        int ours = contest.Add(() =>
        {
            a.CopyTo(copy.Values);
            if (isEigen)
            {
                result = SymmetricEigen.Of(copy).Vectors;
            }
            else
            {
                _ = Cholesky.TryFactorise(copy.Span, out _);
            }
        });
        int peer = !OpenBlas.IsThere ? -1 : contest.Add(() =>
        {
            a.CopyTo(peerCopy, 0);
            if (isEigen)
            {
                OpenBlas.Decompose(peerCopy, values, n);
            }
            else
            {
                OpenBlas.Factorise(peerCopy, n);
            }
        });
        int managed = n > 500 ? -1 : contest.Add(() => _ = isEigen ? (object)library.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric) : library.Cholesky());
        (double Best, double Median)[] times = contest.Run(seconds);
        rows.Append(
            $"{(isEigen ? "eigen" : "Cholesky")} {n}", $"order {n}, one thread", "ms", contest.Milliseconds(ours), times[ours].Median, Bits.Hash(result.Values),
            peers: [.. contest.Beside("OpenBLAS", peer), .. contest.Beside("MathNet", managed)]);
        string Milliseconds(int candidate) =>
            candidate < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{1e3 * times[candidate].Best:0.000}");
        string ratio = peer < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{times[ours].Best / times[peer].Best:0.00}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {(isEigen ? "eigen" : "Cholesky")} | {n} | {Milliseconds(ours)} | {1e3 * times[ours].Median:0.000} | {Milliseconds(peer)} | {Milliseconds(managed)} | {ratio} |"));
    }

    private static Matrix PositiveDefinite(int n)
    {
        var rng = new Pcg64(9);
        var x = new Matrix(2 * n, n);
        foreach (ref double value in x.Values)
        {
            value = rng.NextNormal();
        }

        var a = new Matrix(n, n);
        MatrixProducts.TransposedTimesSelf(x.View, a.Span);
        return a;
    }
}
