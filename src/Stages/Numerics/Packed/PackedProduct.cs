using System.Buffers;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>One product C ± A B, cut into blocks of k, panels and tiles.</summary>
/// <remarks>
/// For each element of C the blocks of <see cref="DepthBlock"/> are added in order, whatever else is cut how; so the
/// pieces in which rows or columns of C are handed to a runner are free. Several blocks are packed at once where there
/// is a runner, so that it is called seldom. Where the other side is few panels wide, a plain factor is read where
/// it lies: packing it would cost as much as the product. One thread makes and runs it, once.
/// Goto and van de Geijn (2008), ACM Transactions on Mathematical Software 34, article 12 (the blocking).
/// </remarks>
internal sealed unsafe partial class PackedProduct
{
    /// <summary>Number of k that are summed before C is touched: the constant that the bits depend on.</summary>
    public const int DepthBlock = 256;

    /// <summary>Values packed at once for a runner: 8 MB, a part of the shared cache, and no more than the pool hands out for so many.</summary>
    private const int PackedValuesMax = (1 << 20) - Side.Alignment;

    /// <summary>Multiply-adds of a piece, about 10 µs: for less, calling a runner costs more than it gains.</summary>
    private const long PieceWork = 1 << 19;

    private const int PiecesMax = 16;

    /// <summary>Panels of the other side up to which a plain factor is not packed.</summary>
    private const int InPlacePanelsMax = 2;

    /// <summary>Values of a factor, half of the second cache, up to which it is not packed either: 80 to 91 % of the peak at n = 256.</summary>
    private const int InPlaceValuesMax = 1 << 16;

    /// <summary>Rows that are packed together, so that a source which does not fit into a cache is read in its order.</summary>
    private const int Strip = 16;

    private readonly TileBody _body;
    private readonly Factor _a;
    private readonly Factor _b;
    private readonly ProductShape _shape;
    private readonly bool _isLower;
    private readonly bool _isSelf;
    private readonly int _depth;
    private readonly double* _c;
    private readonly nint _cStep;
    private readonly ProductSum _sum;
    private readonly Side _sideA;
    private readonly Side _sideB;
    private readonly nint _blockStep;
    private double* _packed;
    private int _firstBlock;
    private int _blocks;

    /// <summary>C ± A B; factors that are one are packed once, and of a symmetric product only tiles that touch the lower half are computed.</summary>
    public PackedProduct(
        TileBody body, in Factor a, in Factor b, bool isSelf, ProductShape shape, int depth, double* c, nint cStep, ProductSum sum)
    {
        _body = body;
        _a = a;
        _b = b;
        _isLower = shape != ProductShape.General;
        _isSelf = isSelf;
        _shape = shape;
        _depth = depth;
        _c = c;
        _cStep = cStep;
        _sum = sum;
        int panelsA = Panels(a.Items);
        int panelsB = Panels(b.Items);
        nint panelValues = (nint)Math.Min(depth, DepthBlock) * TileBody.Width;
        bool isSmall = (long)depth * Math.Max(a.Items, b.Items) <= InPlaceValuesMax;
        bool isBInPlace = b.IsAcross && b.IsPlain && (isSmall || (panelsA <= InPlacePanelsMax && panelsB > panelsA));
        bool isAInPlace = a.IsPlain && (isSmall || panelsB <= InPlacePanelsMax);
        _sideB = new Side(b, panelsB, isBInPlace, 0);
        _sideA = isSelf ? _sideB : new Side(a, panelsA, isAInPlace, _sideB.PackedPanels * panelValues);
        _blockStep = panelValues * (_sideB.PackedPanels + (isSelf ? 0 : _sideA.PackedPanels));
    }

    /// <summary>Bytes that a product without runner borrows at most; with one it is 8 MB where that is more.</summary>
    public static long BorrowedBytes(long itemsA, long itemsB, long depth)
    {
        long width = TileBody.Width;
        long panels = ((itemsA + width - 1) / width) + ((itemsB + width - 1) / width);
        return ScratchMatrix.SizeBytes(1, (Math.Min(depth, DepthBlock) * width * panels) + Side.Alignment);
    }

    /// <summary>Computes the whole product.</summary>
    public void Run(PieceRunner runner)
    {
        int blocks = (_depth + DepthBlock - 1) / DepthBlock;
        int pieces = ReferenceEquals(runner, Pieces.InOrder) ? 1 : PieceCount();
        int together = pieces > 1 ? (int)Math.Clamp(PackedValuesMax / Math.Max(1, _blockStep), 1, blocks) : 1;
        double[] packed = _blockStep == 0 ? [] : ArrayPool<double>.Shared.Rent(checked((int)(together * _blockStep) + Side.Alignment));
        fixed (double* values = packed)
        {
            _packed = (double*)(((nuint)values + 63) & ~(nuint)63);
            for (_firstBlock = 0; _firstBlock < blocks; _firstBlock += together)
            {
                _blocks = Math.Min(together, blocks - _firstBlock);
                if (pieces > 1)
                {
                    RunPieces(runner, pieces);
                }
                else
                {
                    PackPart(0, 1);
                    AddPart(0, 1);
                }
            }
        }

        if (_shape == ProductShape.Mirrored && !MirrorsTiles)
        {
            Turning.Mirror(_c, _cStep, _a.Items);
        }

        // Not in a finally: a failure is rare, and the collector takes the array then.
        if (packed.Length > 0)
        {
            ArrayPool<double>.Shared.Return(packed);
        }
    }

    /// <summary>Whether tiles may be mirrored one by one: those that touch the diagonal must not reach above it beyond their own rows.</summary>
    private bool MirrorsTiles => _body.Columns % _body.Rows == 0;

    private void RunPieces(PieceRunner runner, int pieces)
    {
        runner(pieces, piece => PackPart(piece, pieces));
        runner(pieces, piece => AddPart(piece, pieces));
    }

    private static int Panels(int items) => (items + TileBody.Width - 1) / TileBody.Width;

    private int PieceCount()
    {
        long work = (long)_a.Items * _b.Items * _depth / (_isLower ? 2 : 1);
        return (int)Math.Min(Math.Min(work / PieceWork, PiecesMax), Panels(Math.Max(_a.Items, _b.Items)));
    }

    private void PackPart(int piece, int pieces)
    {
        Pack(_b, _sideB, piece, pieces);
        if (!_isSelf)
        {
            Pack(_a, _sideA, piece, pieces);
        }
    }

    /// <summary>Packs a part of one factor: some strips of rows, or some panels.</summary>
    private void Pack(in Factor factor, in Side side, int piece, int pieces)
    {
        int unitsPerBlock = factor.IsAcross ? (DepthBlock + Strip - 1) / Strip : side.PackedPanels;
        long units = side.PackedPanels == 0 ? 0 : (long)unitsPerBlock * _blocks;
        int end = (int)(units * (piece + 1) / pieces);
        for (int unit = (int)(units * piece / pieces); unit < end; unit++)
        {
            (int block, int part) = Math.DivRem(unit, unitsPerBlock);
            int firstK = (_firstBlock + block) * DepthBlock;
            int depth = Math.Min(DepthBlock, _depth - firstK);
            if (!factor.IsAcross)
            {
                Packing.Pack(factor, (side.FirstPacked + part) * TileBody.Width, firstK, depth, Packed(side, block, part, depth));
                continue;
            }

            int strip = part * Strip;
            int rows = Math.Min(Strip, depth - strip);
            for (int panel = 0; panel < side.PackedPanels && rows > 0; panel++)
            {
                double* target = Packed(side, block, panel, depth) + ((nint)strip * TileBody.Width);
                Packing.Pack(factor, (side.FirstPacked + panel) * TileBody.Width, firstK + strip, rows, target);
            }
        }
    }

    private double* Packed(in Side side, int block, int panel, int depth) =>
        _packed + (block * _blockStep) + side.Start + ((nint)panel * depth * TileBody.Width);
}
