using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

// Several right-hand sides with a shift each, eight to a vector: reflections and eliminations then need neither sums
// over lanes nor tails, which took nine tenths of the time at n = 80.
internal sealed partial class Tridiagonal
{
    /// <summary>Writes (A + λI)⁻¹b for one b and several λ into the rows of an s × n matrix. Time 2n² + s(2n² + 5n).</summary>
    /// <param name="lambdas">s shifts.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="rows">The solutions; a row without answer becomes 0.</param>
    /// <param name="answered">Set to false where A + λI is singular to working precision, else left as it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SolveShifts(ReadOnlySpan<double> lambdas, ReadOnlySpan<double> b, MatrixSpan rows, Span<bool> answered)
    {
        double[] z = b.ToArray();
        ApplyQTransposed(new MatrixSpan(z, 1, z.Length, z.Length));
        var lanes = new Vector[Order];
        for (int start = 0; start < lambdas.Length; start += Lanes.Width)
        {
            for (int i = 0; i < lanes.Length; i++)
            {
                lanes[i] = Vector512.Create(z[i]);
            }

            Solve(lambdas, start, lanes, rows, answered);
        }
    }

    /// <summary>Overwrites each row b of an s × n matrix by (A + λI)⁻¹b with a λ of its own. Time s(4n² + 5n).</summary>
    /// <param name="lambdas">s shifts.</param>
    /// <param name="rows">s right-hand sides; a row without answer becomes 0.</param>
    /// <param name="answered">Set to false where A + λI is singular to working precision, else left as it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SolveShifts(ReadOnlySpan<double> lambdas, MatrixSpan rows, Span<bool> answered)
    {
        var lanes = new Vector[Order];
        Span<double> eight = stackalloc double[Lanes.Width];
        for (int start = 0; start < lambdas.Length; start += Lanes.Width)
        {
            int count = Math.Min(Lanes.Width, lambdas.Length - start);
            eight.Clear();
            for (int i = 0; i < lanes.Length; i++)
            {
                for (int s = 0; s < count; s++)
                {
                    eight[s] = rows[start + s, i];
                }

                lanes[i] = Vector512.Create<double>(eight);
            }

            for (int m = Order - 1; m >= 2; m--)
            {
                Reflect(m, lanes);
            }

            Solve(lambdas, start, lanes, rows, answered);
        }
    }

    /// <summary>From QᵀB to the solutions of up to eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Solve(ReadOnlySpan<double> lambdas, int start, Vector[] lanes, MatrixSpan rows, Span<bool> answered)
    {
        int count = Math.Min(Lanes.Width, lambdas.Length - start);
        Span<double> eight = stackalloc double[Lanes.Width];
        eight.Fill(lambdas[start]);
        lambdas.Slice(start, count).CopyTo(eight);
        Vector positive = Eliminate(Vector512.Create<double>(eight), lanes);
        for (int m = 2; m < Order; m++)
        {
            Reflect(m, lanes);
        }

        for (int s = 0; s < count; s++)
        {
            bool isAnswered = positive.AsInt64()[s] != 0;
            answered[start + s] &= isAnswered;
            Span<double> row = rows.Row(start + s);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = isAnswered ? lanes[i][s] : 0;
            }
        }
    }

    /// <summary>z becomes (T + λI)⁻¹z in every lane, by the LDLᵀ of <see cref="TrySolve"/>; ones in lanes whose pivots are clearly positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector Eliminate(Vector lambda, Vector[] z)
    {
        var factors = new Vector[z.Length];
        Vector least = (Vector512.Create(_norm) + lambda) * PivotMin;
        Vector pivot = Vector512.Create(_diagonal[0]) + lambda;
        Vector positive = Vector512<double>.AllBitsSet;
        for (int i = 0; i < z.Length; i++)
        {
            positive &= Vector512.GreaterThan(pivot, least);
            Vector solved = z[i] / pivot;
            if (i < z.Length - 1)
            {
                Vector beside = Vector512.Create(_offDiagonal[i]);
                factors[i] = beside / pivot;
                z[i + 1] = Vector512.FusedMultiplyAdd(-factors[i], z[i], z[i + 1]);
                pivot = Vector512.FusedMultiplyAdd(-factors[i], beside, Vector512.Create(_diagonal[i + 1]) + lambda);
            }

            z[i] = solved;
        }

        for (int i = z.Length - 2; i >= 0; i--)
        {
            z[i] = Vector512.FusedMultiplyAdd(-factors[i], z[i + 1], z[i]);
        }

        return positive;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reflect(int m, Vector[] lanes)
    {
        if (_tau[m] == 0)
        {
            return;
        }

        ReadOnlySpan<double> v = _reflectors.Row(m)[..m];
        Span<Vector> z = lanes.AsSpan(0, m);
        Vector even = Vector.Zero;
        Vector odd = Vector.Zero;
        Vector evenNext = Vector.Zero;
        Vector oddNext = Vector.Zero;
        int i = 0;
        for (; i + 4 <= m; i += 4)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Create(v[i]), z[i], even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(v[i + 1]), z[i + 1], odd);
            evenNext = Vector512.FusedMultiplyAdd(Vector512.Create(v[i + 2]), z[i + 2], evenNext);
            oddNext = Vector512.FusedMultiplyAdd(Vector512.Create(v[i + 3]), z[i + 3], oddNext);
        }

        for (; i < m; i++)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Create(v[i]), z[i], even);
        }

        Vector along = ((even + odd) + (evenNext + oddNext)) * -_tau[m];
        for (i = 0; i < m; i++)
        {
            z[i] = Vector512.FusedMultiplyAdd(Vector512.Create(v[i]), along, z[i]);
        }
    }
}
