using System.Buffers;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>One product C ± A B, cut into blocks of k, panels and tiles.</summary>
/// <remarks>
/// For each element of C the blocks of <see cref="DepthBlock"/> are added in order, whatever else is cut how; so the
/// pieces in which rows or columns of C are handed to a runner are free. Several blocks are packed at once where there
/// is a runner, so that it is called seldom. Where the other side is a few panels wide a plain factor is read where
/// it lies: packing it would cost as much as the product.
/// Goto and van de Geijn (2008), ACM Transactions on Mathematical Software 34, article 12 (the blocking).
/// </remarks>
internal sealed unsafe class PackedProduct
{
    /// <summary>Number of k that are summed before C is touched: the constant that the bits depend on.</summary>
    public const int DepthBlock = 256;

    /// <summary>Rows of A whose panels stay in the second cache while B passes: 400 kB.</summary>
    private const int RowsInCache = 192;

    /// <summary>Values packed at once for a runner: 8 MB, a part of the shared cache.</summary>
    private const int PackedValuesMax = 1 << 20;

    /// <summary>Below so many multiply-adds, 10 µs, calling a runner costs more than it gains.</summary>
    private const long PieceWork = 1 << 19;

    private const int PiecesMax = 16;

    /// <summary>Panels of the other side up to which a plain factor is not packed.</summary>
    private const int InPlacePanelsMax = 2;

    private readonly TileBody _body;
    private readonly Factor _a;
    private readonly Factor _b;
    private readonly bool _isSymmetric;
    private readonly bool _aInPlace;
    private readonly bool _bInPlace;
    private readonly int _depth;
    private readonly double* _c;
    private readonly nint _cStep;
    private readonly ProductSum _sum;
    private readonly int _aPanels;
    private readonly int _bPanels;
    private double* _packedA;
    private double* _packedB;
    private nint _blockStep;
    private int _firstBlock;
    private int _blocks;

    /// <summary>C ± A B; of a symmetric product, A and B being one, only tiles that touch the lower half are computed.</summary>
    public PackedProduct(
        TileBody body, in Factor a, in Factor b, bool isSymmetric, int depth, double* c, nint cStep, ProductSum sum)
    {
        _body = body;
        _a = a;
        _b = b;
        _isSymmetric = isSymmetric;
        _depth = depth;
        _c = c;
        _cStep = cStep;
        _sum = sum;
        int width = body.Width;
        int aPanels = (a.Items + width - 1) / width;
        int bPanels = (b.Items + width - 1) / width;
        _aInPlace = !isSymmetric && !a.IsAcross && a.IsPlain && bPanels <= InPlacePanelsMax;
        _bInPlace = !isSymmetric && b.IsAcross && b.IsPlain && aPanels <= InPlacePanelsMax && bPanels > 1;
        _aPanels = isSymmetric || _aInPlace ? 0 : aPanels;
        _bPanels = _bInPlace ? 1 : bPanels;
    }

    /// <summary>Computes the whole product.</summary>
    public void Run(PieceRunner runner)
    {
        int blocks = (_depth + DepthBlock - 1) / DepthBlock;
        int pieces = PieceCount();
        bool isWide = pieces > 1 && !ReferenceEquals(runner, Pieces.InOrder);
        nint blockValues = (nint)Math.Min(_depth, DepthBlock) * _body.Width * (_aPanels + _bPanels);
        int together = isWide ? (int)Math.Clamp(PackedValuesMax / blockValues, 1, blocks) : 1;
        double[] packed = ArrayPool<double>.Shared.Rent(checked((int)(together * blockValues) + 8));
        try
        {
            fixed (double* values = packed)
            {
                _packedA = (double*)(((nuint)values + 63) & ~(nuint)63);
                _packedB = _packedA + ((nint)Math.Min(_depth, DepthBlock) * _body.Width * _aPanels);
                _blockStep = blockValues;
                for (_firstBlock = 0; _firstBlock < blocks; _firstBlock += together)
                {
                    _blocks = Math.Min(together, blocks - _firstBlock);
                    if (isWide)
                    {
                        runner(pieces, piece => PackPart(piece, pieces));
                        runner(pieces, piece => AddPart(piece, pieces));
                    }
                    else
                    {
                        PackPart(0, 1);
                        AddPart(0, 1);
                    }
                }
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(packed);
        }
    }

    private int PieceCount()
    {
        long work = (long)_a.Items * _b.Items * _depth / (_isSymmetric ? 2 : 1);
        int panels = _isSymmetric ? _bPanels : (Math.Max(_a.Items, _b.Items) + _body.Width - 1) / _body.Width;
        return (int)Math.Min(Math.Min(work / PieceWork, PiecesMax), panels);
    }

    private void PackPart(int piece, int pieces)
    {
        int panels = _aPanels + _bPanels;
        int units = panels * _blocks;
        int end = (int)((long)units * (piece + 1) / pieces);
        for (int unit = (int)((long)units * piece / pieces); unit < end; unit++)
        {
            int block = unit / panels;
            int panel = unit % panels;
            int firstK = (_firstBlock + block) * DepthBlock;
            int depth = Math.Min(DepthBlock, _depth - firstK);
            if (panel < _aPanels)
            {
                Packing.Pack(_a, panel * _body.Width, firstK, depth, _body.Width, PanelOfA(block, panel, depth));
            }
            else
            {
                int ofB = panel - _aPanels;
                int first = (_bInPlace ? (_b.Items - 1) / _body.Width : ofB) * _body.Width;
                Packing.Pack(_b, first, firstK, depth, _body.Width, PanelOfB(block, ofB, depth));
            }
        }
    }

    private double* PanelOfA(int block, int panel, int depth) =>
        _packedA + (block * _blockStep) + ((nint)panel * depth * _body.Width);

    private double* PanelOfB(int block, int panel, int depth) =>
        _packedB + (block * _blockStep) + ((nint)panel * depth * _body.Width);

    /// <summary>Adds all packed blocks to the part of C that belongs to one piece.</summary>
    private void AddPart(int piece, int pieces)
    {
        bool byRows = _isSymmetric || _a.Items >= _b.Items;
        (int start, int end) = Part(byRows ? _a.Items : _b.Items, piece, pieces);
        for (int block = 0; block < _blocks; block++)
        {
            if (byRows)
            {
                AddBlock(block, start, end, 0, _b.Items);
            }
            else
            {
                AddBlock(block, 0, _a.Items, start, end);
            }
        }
    }

    /// <summary>Whole panels, of equal work: below the diagonal that grows with the square of the row.</summary>
    private (int Start, int End) Part(int items, int piece, int pieces)
    {
        int panels = (items + _body.Width - 1) / _body.Width;
        return (Bound(piece) * _body.Width, Math.Min(items, Bound(piece + 1) * _body.Width));

        int Bound(int before) => before == pieces ? panels
            : _isSymmetric ? (int)(panels * Math.Sqrt((double)before / pieces))
            : (int)((long)panels * before / pieces);
    }

    private void AddBlock(int block, int rowStart, int rowEnd, int columnStart, int columnEnd)
    {
        int firstK = (_firstBlock + block) * DepthBlock;
        int depth = Math.Min(DepthBlock, _depth - firstK);
        bool clears = firstK == 0 && _sum == ProductSum.Set;
        for (int start = rowStart; start < rowEnd; start += RowsInCache)
        {
            int end = Math.Min(rowEnd, start + RowsInCache);
            int lastColumn = _isSymmetric ? Math.Min(columnEnd, end) : columnEnd;
            for (int column = columnStart; column < lastColumn; column += _body.Columns)
            {
                int row = start;
                if (_isSymmetric && column > start)
                {
                    row += (column - start) / _body.Rows * _body.Rows;
                }

                for (; row < end; row += _body.Rows)
                {
                    AddTile(block, firstK, depth, row, column, clears);
                }
            }
        }
    }

    private void AddTile(int block, int firstK, int depth, int row, int column, bool clears)
    {
        int rows = Math.Min(_body.Rows, _a.Items - row);
        int columns = Math.Min(_body.Columns, _b.Items - column);
        int wanted = _isSymmetric ? Math.Min(columns, row + _body.Rows - column) : columns;
        int vectors = _body.VectorsOf(wanted);
        columns = Math.Min(columns, vectors * _body.Lanes);
        double* c = _c + (row * _cStep) + column;
        if (clears)
        {
            Clear(c, rows, columns);
        }

        if (rows == _body.Rows && columns == vectors * _body.Lanes)
        {
            AddTile(block, firstK, depth, row, column, vectors, rows, c, _cStep);
            return;
        }

        // At the edges the whole tile is computed beside C, from and into the values that exist.
        double* edge = stackalloc double[_body.Rows * _body.Columns];
        Copy(c, _cStep, edge, _body.Columns, rows, columns);
        AddTile(block, firstK, depth, row, column, vectors, rows, edge, _body.Columns);
        Copy(edge, _body.Columns, c, _cStep, rows, columns);
    }

    private void AddTile(int block, int firstK, int depth, int row, int column, int vectors, int rows, double* c, nint cStep)
    {
        int width = _body.Width;
        double sign = _sum == ProductSum.Subtract ? -1 : 1;
        bool packedColumns = !_bInPlace || column - (column % width) + width > _b.Items;
        double* b = packedColumns
            ? PanelOfB(block, _bInPlace ? 0 : column / width, depth) + (column % width)
            : (double*)_b.First.Start + (firstK * _b.First.Stride) + column;
        nint bStep = packedColumns ? width : _b.First.Stride;
        if (_aInPlace)
        {
            double* start = (double*)_a.First.Start + (row * _a.First.Stride) + firstK;
            _body.AddInPlace(vectors, rows, depth, start, _a.First.Stride, b, bStep, c, cStep, sign);
            return;
        }

        double* a = (_isSymmetric ? PanelOfB(block, row / width, depth) : PanelOfA(block, row / width, depth)) + (row % width);
        _body.Add(vectors, depth, a, width, b, bStep, c, cStep, sign);
    }

    private void Clear(double* c, int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            new Span<double>(c + (i * _cStep), columns).Clear();
        }
    }

    private static void Copy(double* source, nint sourceStep, double* target, nint targetStep, int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            new ReadOnlySpan<double>(source + (i * sourceStep), columns).CopyTo(new Span<double>(target + (i * targetStep), columns));
        }
    }
}
