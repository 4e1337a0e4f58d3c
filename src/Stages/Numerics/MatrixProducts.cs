using Pipeline.Stages.Numerics.Packed;

namespace Pipeline.Stages.Numerics;

/// <summary>Products of matrices with matrices, in one fixed order of summation.</summary>
/// <remarks>
/// <para>
/// Every element of a target is a chain of its own: the index k that is summed over runs upwards in blocks of
/// <see cref="RowBlock"/>; inside a block each product is added by a fused multiply-add, from zero; block sums are
/// added to the target in order. So the bits depend neither on the vector width, nor on stride or neighbours, nor on
/// the runner; and rows added chunk by chunk, each chunk but the last a multiple of <see cref="RowBlock"/> rows, give
/// the bits of all rows added at once.
/// </para>
/// <para>
/// Factors are doubles or singles, each about a reference of its own where one is given (<see cref="RowSource.About"/>):
/// no centred copy is made. Symmetric products cost half, compute the lower half (and some of the upper), and are
/// symmetric to the bit once mirrored. Targets must not overlap factors. A product of two finite matrices with
/// neither rows nor columns in common is zero. Work below some 10 µs stays on the caller's thread.
/// Memory: packed panels, borrowed, 2 kB per row and column of the target, with a runner up to 8 MB instead.
/// </para>
/// </remarks>
internal static unsafe class MatrixProducts
{
    /// <summary>Number of k whose products are summed before the target is touched.</summary>
    public const int RowBlock = PackedProduct.DepthBlock;

    /// <summary>
    /// Operations per second on one core, rounded down: n²p of a product of a matrix with itself, 2snp of one with s rows; feeds estimates
    /// alone.
    /// </summary>
    public const double FlopsPerSecond = 6e10;

    /// <summary>Bytes that a product of two factors borrows at most on one thread; a symmetric one has one factor, and 0 for the other.</summary>
    public static long BorrowedBytes(long rows, long columns, long depth) => PackedProduct.BorrowedBytes(rows, columns, depth);

    /// <summary>XᵀX for X n × p, both halves of the target p × p filled. Time np².</summary>
    public static void TransposedTimesSelf(RowSource x, MatrixSpan target, PieceRunner? runner = null, TileBody? body = null)
    {
        TimesSelf(x, isAcross: true, target, ProductShape.Mirrored, ProductSum.Set, runner, body);
    }

    /// <summary>XXᵀ for X n × p, both halves of the target n × n filled. Time n²p.</summary>
    public static void TimesSelfTransposed(RowSource x, MatrixSpan target, PieceRunner? runner = null, TileBody? body = null)
    {
        TimesSelf(x, isAcross: false, target, ProductShape.Mirrored, ProductSum.Set, runner, body);
    }

    /// <summary>XXᵀ for X n × p into the lower half of the target n × n; the upper half is left undefined. Time n²p.</summary>
    public static void AddTimesSelfTransposed(
        RowSource x, MatrixSpan target, ProductSum sum = ProductSum.Add, PieceRunner? runner = null, TileBody? body = null)
    {
        TimesSelf(x, isAcross: false, target, ProductShape.Lower, sum, runner, body);
    }

    /// <summary>XᵀY for X n × p and Y n × q, target p × q. Time 2npq.</summary>
    public static void TransposedTimes(
        RowSource x,
        RowSource y,
        MatrixSpan target,
        ProductSum sum = ProductSum.Set,
        PieceRunner? runner = null,
        TileBody? body = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        Run(x, true, y, true, ProductShape.General, x.Rows, target, sum, runner, body);
    }

    /// <summary>XB for X n × k and B k × m, target n × m. Time 2nkm.</summary>
    public static void Times(
        RowSource x,
        RowSource b,
        MatrixSpan target,
        ProductSum sum = ProductSum.Set,
        PieceRunner? runner = null,
        TileBody? body = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Rows, x.Columns);
        Run(x, false, b, true, ProductShape.General, b.Rows, target, sum, runner, body);
    }

    /// <summary>XYᵀ for X n × k and Y m × k, target n × m. Time 2nkm.</summary>
    public static void TimesTransposed(
        RowSource x,
        RowSource y,
        MatrixSpan target,
        ProductSum sum = ProductSum.Set,
        PieceRunner? runner = null,
        TileBody? body = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Columns, x.Columns);
        Run(x, false, y, false, ProductShape.General, x.Columns, target, sum, runner, body);
    }

    /// <summary>
    /// XᵀY for X and Y n × p with a symmetric product, as [A B]ᵀ[B A] has, into the lower half of the target p × p; the
    /// upper half is left undefined. Time np².
    /// </summary>
    public static void AddTransposedTimesLower(
        RowSource x, RowSource y, MatrixSpan target, ProductSum sum = ProductSum.Add, PieceRunner? runner = null, TileBody? body = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Columns, x.Columns);
        Run(x, true, y, true, ProductShape.Lower, x.Rows, target, sum, runner, body);
    }

    /// <summary>Copies the lower half of a square matrix into its upper half.</summary>
    public static void Mirror(MatrixSpan target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Columns, target.Rows);
        if (target.Rows == 0)
        {
            return;
        }

        fixed (double* values = &target[0, 0])
        {
            Turning.Mirror(values, target.Stride, target.Rows);
        }
    }

    private static void TimesSelf(
        RowSource x,
        bool isAcross,
        MatrixSpan target,
        ProductShape shape,
        ProductSum sum,
        PieceRunner? runner,
        TileBody? body)
    {
        fixed (byte* start = x)
        fixed (double* reference = x.Reference)
        {
            var factor = new Factor(start, x.Stride, x.IsSingle, reference, isAcross ? x.Columns : x.Rows, isAcross);
            Run(factor, factor, isSelf: true, shape, isAcross ? x.Rows : x.Columns, target, sum, runner, body);
        }
    }

    private static void Run(
        RowSource x,
        bool isXAcross,
        RowSource y,
        bool isYAcross,
        ProductShape shape,
        int depth,
        MatrixSpan target,
        ProductSum sum,
        PieceRunner? runner,
        TileBody? body)
    {
        fixed (byte* xStart = x)
        fixed (double* xReference = x.Reference)
        fixed (byte* yStart = y)
        fixed (double* yReference = y.Reference)
        {
            var a = new Factor(xStart, x.Stride, x.IsSingle, xReference, isXAcross ? x.Columns : x.Rows, isXAcross);
            var b = new Factor(yStart, y.Stride, y.IsSingle, yReference, isYAcross ? y.Columns : y.Rows, isYAcross);
            Run(a, b, isSelf: false, shape, depth, target, sum, runner, body);
        }
    }

    private static void Run(
        in Factor a,
        in Factor b,
        bool isSelf,
        ProductShape shape,
        int depth,
        MatrixSpan target,
        ProductSum sum,
        PieceRunner? runner,
        TileBody? body)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Rows, a.Items);
        ArgumentOutOfRangeException.ThrowIfNotEqual(target.Columns, b.Items);
        if (target.Rows == 0 || target.Columns == 0)
        {
            return;
        }

        if (depth == 0)
        {
            for (int i = 0; i < target.Rows && sum == ProductSum.Set; i++)
            {
                target.Row(i).Clear();
            }

            return;
        }

        fixed (double* c = &target[0, 0])
        {
            new PackedProduct(body ?? TileBody.Best, a, b, isSelf, shape, depth, c, target.Stride, sum)
                .Run(runner ?? Pieces.InOrder);
        }
    }
}
