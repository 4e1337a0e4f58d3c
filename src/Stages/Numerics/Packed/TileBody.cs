using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>The innermost loop of all products, for one vector width: a tile of the target held in registers.</summary>
/// <remarks>
/// An element of the target is a chain of its own: products are added by fused multiply-adds in the order of k, from
/// zero, and the sum is then added to the target. Lanes run along neighbouring elements of a row of the target, so
/// bodies differ in which elements they compute at once and in nothing else: all give the same bits.
/// Packed factors lie in panels: <see cref="Width"/> neighbouring rows of A, or columns of B, for one k after the
/// other, padded by zeros. Stateless, safe for several threads.
/// </remarks>
internal abstract unsafe class TileBody
{
    /// <summary>Rows of A or columns of B in one panel, whatever the body.</summary>
    public const int Width = 24;

    /// <summary>Multiple of items that every body takes without reading others: the vector and the rows of the widest.</summary>
    public const int WholeItems = 8;

    /// <summary>24 accumulators of eight lanes: 8 × 24.</summary>
    public static TileBody Wide { get; } = new WideTileBody();

    /// <summary>12 accumulators of four lanes: 4 × 12.</summary>
    public static TileBody Half { get; } = new NarrowTileBody<FourLanes, Vector256<double>>();

    /// <summary>12 accumulators of two lanes: 4 × 6. Without vector registers the runtime takes lane after lane.</summary>
    public static TileBody Portable { get; } = new NarrowTileBody<TwoLanes, Vector128<double>>();

    /// <summary>The fastest on this processor; with too few registers the wide body would keep its sums in memory.</summary>
    public static TileBody Best { get; } =
        Vector512.IsHardwareAccelerated ? Wide : Vector256.IsHardwareAccelerated ? Half : Portable;

    /// <summary>Doubles in one vector.</summary>
    public abstract int Lanes { get; }

    /// <summary>Rows of a tile; divides <see cref="Width"/>.</summary>
    public abstract int Rows { get; }

    /// <summary>Columns of a tile, three vectors; divides <see cref="Width"/>.</summary>
    public int Columns => 3 * Lanes;

    /// <summary>C += sign · A B for one whole tile, A packed: element (i, k) lies at a + k · aStep + i.</summary>
    /// <param name="vectors">How many vectors of each row of the tile are wanted: 1, 2 or 3.</param>
    /// <param name="depth">Number of k.</param>
    /// <param name="a">First element of A.</param>
    /// <param name="aStep">From one k of A to the next.</param>
    /// <param name="b">First element of B.</param>
    /// <param name="bStep">From one k of B to the next.</param>
    /// <param name="c">First element of the tile.</param>
    /// <param name="cStep">From one row of the tile to the next.</param>
    /// <param name="sign">1 or -1.</param>
    /// <param name="clears">Whether C counts as zero, whatever is there.</param>
    public abstract void Add(
        int vectors, nint depth, double* a, nint aStep, double* b, nint bStep, double* c, nint cStep, double sign, bool clears);

    /// <summary>The same with A as it lies: element (i, k) is at a + min(i, rows - 1) · aStep + k.</summary>
    public abstract void AddInPlace(
        int vectors, int rows, nint depth, double* a, nint aStep, double* b, nint bStep, double* c, nint cStep, double sign, bool clears);
}
