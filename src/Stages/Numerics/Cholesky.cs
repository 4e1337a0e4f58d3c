using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics.Packed;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>A = LLᵀ of a symmetric positive definite matrix, and solutions with it.</summary>
/// <remarks>
/// Matrices are halved at multiples of 24 until they are that small, so nearly all of the work are products of
/// <see cref="MatrixProducts"/>; the shape alone fixes every sum. Only lower halves are read; the upper half of what is
/// factorised is left undefined. Time n³/3 to factorise, 2n²m for m right-hand sides; no memory beyond that of products.
/// Backward stable: rows are solved by substitution, not by inverses of blocks.
/// Golub and Van Loan (2013), Matrix Computations, 4th edition, section 4.2.6; Gustavson (1997), IBM Journal of Research
/// and Development 41, 737-755 (recursion).
/// </remarks>
internal static unsafe class Cholesky
{
    /// <summary>Order that is not halved: the width of a tile.</summary>
    private const int Base = TileBody.Width;

    /// <summary>Columns of right-hand sides that are solved together: 24 rows of them stay in the first cache.</summary>
    private const int Strip = 128;

    /// <summary>Overwrites the lower half of a symmetric n × n matrix by L.</summary>
    /// <param name="A">The matrix.</param>
    /// <param name="pivot">The first row whose pivot is not positive, n where there is none.</param>
    /// <param name="runner">Who runs the pieces of large products.</param>
    /// <param name="body">The body of products, where it is not the best.</param>
    /// <returns>False where a pivot is not positive: A is then not positive definite to working precision, and destroyed.</returns>
    public static bool TryFactorise(MatrixSpan A, out int pivot, PieceRunner? runner = null, TileBody? body = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(A.Columns, A.Rows);
        pivot = Factorise(A, runner, body);
        return pivot == A.Rows;
    }

    /// <summary>Overwrites B, n × m, by the solution of LLᵀX = B.</summary>
    public static void Solve(MatrixView L, MatrixSpan B, PieceRunner? runner = null)
    {
        SolveLower(L, B, runner);
        SolveLowerTransposed(L, B, runner);
    }

    /// <summary>Overwrites n values b by the solution of LLᵀx = b. Time 2n², each row of L read twice as it lies.</summary>
    /// <remarks>For many solutions with the same factor: products of matrices would pack it for each.</remarks>
    public static void Solve(MatrixView L, Span<double> b)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, L.Rows);
        for (int i = 0; i < b.Length; i++)
        {
            ReadOnlySpan<double> row = L.Row(i);
            b[i] = (b[i] - Products.Dot(row[..i], b[..i])) / row[i];
        }

        for (int i = b.Length - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = L.Row(i);
            b[i] /= row[i];
            Products.Axpy(-b[i], row[..i], b[..i]);
        }
    }

    /// <summary>Overwrites B, n × m, by the solution of LX = B.</summary>
    public static void SolveLower(MatrixView L, MatrixSpan B, PieceRunner? runner = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(B.Rows, L.Rows);
        int n = L.Rows;
        if (n <= Base)
        {
            SolveLowerBase(L, B);
            return;
        }

        int half = Half(n);
        MatrixSpan upper = B.Block(0, 0, half, B.Columns);
        MatrixSpan lower = B.Block(half, 0, n - half, B.Columns);
        SolveLower(L.Block(0, 0, half, half), upper, runner);
        MatrixProducts.Times(L.Block(half, 0, n - half, half), upper, lower, ProductSum.Subtract, runner);
        SolveLower(L.Block(half, half, n - half, n - half), lower, runner);
    }

    /// <summary>Overwrites B, n × m, by the solution of LᵀX = B.</summary>
    public static void SolveLowerTransposed(MatrixView L, MatrixSpan B, PieceRunner? runner = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(B.Rows, L.Rows);
        int n = L.Rows;
        if (n <= Base)
        {
            SolveLowerTransposedBase(L, B);
            return;
        }

        int half = Half(n);
        MatrixSpan upper = B.Block(0, 0, half, B.Columns);
        MatrixSpan lower = B.Block(half, 0, n - half, B.Columns);
        SolveLowerTransposed(L.Block(half, half, n - half, n - half), lower, runner);
        MatrixProducts.TransposedTimes(L.Block(half, 0, n - half, half), lower, upper, ProductSum.Subtract, runner);
        SolveLowerTransposed(L.Block(0, 0, half, half), upper, runner);
    }

    /// <summary>About half of an order, in whole bases.</summary>
    private static int Half(int n) => ((n / Base) + 1) / 2 * Base;

    private static int Factorise(MatrixSpan A, PieceRunner? runner, TileBody? body)
    {
        int n = A.Rows;
        if (n <= Base)
        {
            return FactoriseBase(A);
        }

        int half = Half(n);
        MatrixSpan first = A.Block(0, 0, half, half);
        int pivot = Factorise(first, runner, body);
        if (pivot < half)
        {
            return pivot;
        }

        MatrixSpan below = A.Block(half, 0, n - half, half);
        SolveRows(first, below, runner, body);
        MatrixSpan rest = A.Block(half, half, n - half, n - half);
        MatrixProducts.AddTimesSelfTransposed(below, rest, ProductSum.Subtract, runner, body);
        return half + Factorise(rest, runner, body);
    }

    /// <summary>Overwrites each row x of X by the solution z of Lz = x.</summary>
    private static void SolveRows(MatrixView L, MatrixSpan X, PieceRunner? runner, TileBody? body)
    {
        int n = L.Rows;
        if (n <= Base)
        {
            SolveRowsBase(L, X);
            return;
        }

        int half = Half(n);
        MatrixSpan left = X.Block(0, 0, X.Rows, half);
        MatrixSpan right = X.Block(0, half, X.Rows, n - half);
        SolveRows(L.Block(0, 0, half, half), left, runner, body);
        MatrixProducts.TimesTransposed(left, L.Block(half, 0, n - half, half), right, ProductSum.Subtract, runner, body);
        SolveRows(L.Block(half, half, n - half, n - half), right, runner, body);
    }

    /// <summary>Row after row of U = Lᵀ, in which what is taken off lies side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FactoriseBase(MatrixSpan A)
    {
        int n = A.Rows;
        double* u = stackalloc double[Base * Base];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = A.Row(i);
            for (int j = 0; j <= i; j++)
            {
                u[(j * Base) + i] = row[j];
            }
        }

        for (int j = 0; j < n; j++)
        {
            double* pivotRow = u + (j * Base);
            double square = pivotRow[j];
            if (!(square > 0))
            {
                return j;
            }

            double root = Math.Sqrt(square);
            double scale = 1 / root;
            for (int k = j & ~7; k < n; k += 8)
            {
                (Vector512.Load(pivotRow + k) * scale).Store(pivotRow + k);
            }

            pivotRow[j] = root;
            for (int i = j + 1; i < n; i++)
            {
                Vector factor = Vector512.Create(-pivotRow[i]);
                double* row = u + (i * Base);
                for (int k = i & ~7; k < n; k += 8)
                {
                    Vector512.FusedMultiplyAdd(factor, Vector512.Load(pivotRow + k), Vector512.Load(row + k)).Store(row + k);
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            Span<double> row = A.Row(i);
            for (int j = 0; j <= i; j++)
            {
                row[j] = u[(j * Base) + i];
            }
        }

        return n;
    }

    /// <summary>Eight rows at a time, one in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SolveRowsBase(MatrixView L, MatrixSpan X)
    {
        int n = L.Rows;
        double* lanes = stackalloc double[Base * Lanes.Width];
        double* columns = stackalloc double[Base * Base];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                columns[(j * Base) + i] = -L[i, j];
            }

            columns[(i * Base) + i] = 1 / L[i, i];
        }

        fixed (double* start = &X[0, 0])
        {
            for (int first = 0; first < X.Rows; first += Lanes.Width)
            {
                int rows = Math.Min(Lanes.Width, X.Rows - first);
                double* x = start + ((nint)first * X.Stride);
                Turning.Copy(x, X.Stride, rows, n, lanes, Lanes.Width);
                for (int j = 0; j < n; j++)
                {
                    double* column = columns + (j * Base);
                    Vector solved = Vector512.Load(lanes + (j * Lanes.Width)) * column[j];
                    solved.Store(lanes + (j * Lanes.Width));
                    for (int i = j + 1; i < n; i++)
                    {
                        double* rest = lanes + (i * Lanes.Width);
                        Vector512.FusedMultiplyAdd(Vector512.Create(column[i]), solved, Vector512.Load(rest)).Store(rest);
                    }
                }

                Turning.Copy(lanes, Lanes.Width, n, rows, x, X.Stride);
            }
        }
    }

    private static void SolveLowerBase(MatrixView L, MatrixSpan B)
    {
        for (int start = 0; start < B.Columns; start += Strip)
        {
            MatrixSpan strip = B.Block(0, start, B.Rows, Math.Min(Strip, B.Columns - start));
            for (int i = 0; i < L.Rows; i++)
            {
                for (int k = 0; k < i; k++)
                {
                    Products.Axpy(-L[i, k], strip.Row(k), strip.Row(i));
                }

                Products.Scale(1 / L[i, i], strip.Row(i));
            }
        }
    }

    private static void SolveLowerTransposedBase(MatrixView L, MatrixSpan B)
    {
        for (int start = 0; start < B.Columns; start += Strip)
        {
            MatrixSpan strip = B.Block(0, start, B.Rows, Math.Min(Strip, B.Columns - start));
            for (int i = L.Rows - 1; i >= 0; i--)
            {
                for (int k = i + 1; k < L.Rows; k++)
                {
                    Products.Axpy(-L[k, i], strip.Row(k), strip.Row(i));
                }

                Products.Scale(1 / L[i, i], strip.Row(i));
            }
        }
    }
}
