using System.Runtime.CompilerServices;

namespace Pipeline.Stages.Numerics.Packed;

/// <summary>The loops over tiles.</summary>
internal sealed unsafe partial class PackedProduct
{
    /// <summary>Rows of A whose panels stay in the second cache while B passes: 400 kB.</summary>
    private const int RowsInCache = 192;

    /// <summary>Adds all packed blocks to the part of C that belongs to one piece.</summary>
    private void AddPart(int piece, int pieces)
    {
        bool byRows = _isLower || _a.Items >= _b.Items;
        int panels = byRows ? _sideA.Panels : _sideB.Panels;
        int start = Bound(panels, piece, pieces);
        int end = Bound(panels, piece + 1, pieces);
        for (int block = 0; block < _blocks; block++)
        {
            if (byRows)
            {
                AddBlock(block, start, end, 0, _sideB.Panels);
            }
            else
            {
                AddBlock(block, 0, _sideA.Panels, start, end);
            }
        }
    }

    /// <summary>The first panel of a piece. Pieces are equal work: below the diagonal that grows with the square of the row.</summary>
    private int Bound(int panels, int piece, int pieces) =>
        piece == pieces ? panels
        : _isLower ? (int)(panels * Math.Sqrt((double)piece / pieces))
        : (int)((long)panels * piece / pieces);

    private void AddBlock(int block, int rowStart, int rowEnd, int columnStart, int columnEnd)
    {
        int inCache = RowsInCache / TileBody.Width;
        for (int start = rowStart; start < rowEnd; start += inCache)
        {
            int end = Math.Min(rowEnd, start + inCache);
            int last = _isLower ? Math.Min(columnEnd, end) : columnEnd;
            for (int panel = columnStart; panel < last; panel++)
            {
                AddPanel(block, _isLower ? Math.Max(start, panel) : start, end, panel);
            }
        }
    }

    /// <summary>All tiles of some panels of A with one panel of B.</summary>
    private void AddPanel(int block, int rowStart, int rowEnd, int columnPanel)
    {
        int firstK = (_firstBlock + block) * DepthBlock;
        var tile = new Tile
        {
            Depth = Math.Min(DepthBlock, _depth - firstK),
            Sign = _sum == ProductSum.Subtract ? -1 : 1,
            Clears = firstK == 0 && _sum == ProductSum.Set,
            Mirrors = _shape == ProductShape.Mirrored && MirrorsTiles && firstK + DepthBlock >= _depth,
        };
        for (int offset = 0; offset < TileBody.Width; offset += _body.Columns)
        {
            int column = (columnPanel * TileBody.Width) + offset;
            int columns = Math.Min(_body.Columns, _b.Items - column);
            if (columns <= 0)
            {
                break;
            }

            LocateB(block, columnPanel, offset, firstK, ref tile);
            for (int panel = rowStart; panel < rowEnd; panel++)
            {
                LocateA(block, panel, firstK, ref tile);
                int first = panel * TileBody.Width;
                int end = Math.Min(_a.Items, first + TileBody.Width);
                for (int row = first; row < end; row += _body.Rows)
                {
                    int wanted = _isLower ? Math.Min(columns, row + _body.Rows - column) : columns;
                    if (wanted > 0)
                    {
                        tile.Rows = end - row;
                        AddTile(tile, row, column, wanted);
                    }

                    tile.A += _body.Rows * tile.ItemStepA;
                }
            }
        }
    }

    private void LocateA(int block, int panel, int firstK, ref Tile tile)
    {
        tile.IsInPlace = false;
        tile.ItemStepA = 1;
        if (panel >= _sideA.FirstPacked)
        {
            tile.A = Packed(_sideA, block, panel - _sideA.FirstPacked, tile.Depth);
            tile.StepA = TileBody.Width;
            return;
        }

        nint stride = _a.Stride;
        if (_a.IsAcross)
        {
            tile.A = (double*)_a.Start + (firstK * stride) + (panel * TileBody.Width);
            tile.StepA = stride;
            return;
        }

        tile.IsInPlace = true;
        tile.A = (double*)_a.Start + ((nint)panel * TileBody.Width * stride) + firstK;
        tile.StepA = stride;
        tile.ItemStepA = stride;
    }

    private void LocateB(int block, int panel, int offset, int firstK, ref Tile tile)
    {
        if (panel >= _sideB.FirstPacked)
        {
            tile.B = Packed(_sideB, block, panel - _sideB.FirstPacked, tile.Depth) + offset;
            tile.StepB = TileBody.Width;
            return;
        }

        tile.B = (double*)_b.Start + (firstK * _b.Stride) + (panel * TileBody.Width) + offset;
        tile.StepB = _b.Stride;
    }

    private void AddTile(in Tile tile, int row, int column, int columns)
    {
        int vectors = (columns + _body.Lanes - 1) / _body.Lanes;
        double* c = _c + (row * _cStep) + column;
        int room = _b.Items - column;
        if (tile.Rows >= _body.Rows && vectors * _body.Lanes <= room)
        {
            Compute(tile, vectors, c, _cStep);
        }
        else
        {
            AddEdge(tile, vectors, c, Math.Min(tile.Rows, _body.Rows), Math.Min(room, vectors * _body.Lanes));
        }

        if (tile.Mirrors)
        {
            // While it is in the first cache.
            Turning.Copy(
                c, _cStep, Math.Min(tile.Rows, _body.Rows), Math.Min(room, vectors * _body.Lanes), _c + (column * _cStep) + row, _cStep);
        }
    }

    /// <summary>At the edges the whole tile is computed beside C, from and into the values that exist.</summary>
    [SkipLocalsInit]
    private void AddEdge(in Tile tile, int vectors, double* c, int rows, int columns)
    {
        double* edge = stackalloc double[8 * TileBody.Width];
        nint step = _body.Columns;
        for (int i = 0; i < rows && !tile.Clears; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                edge[(i * step) + j] = c[(i * _cStep) + j];
            }
        }

        Compute(tile, vectors, edge, step);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                c[(i * _cStep) + j] = edge[(i * step) + j];
            }
        }
    }

    private void Compute(in Tile tile, int vectors, double* c, nint cStep)
    {
        if (tile.IsInPlace)
        {
            _body.AddInPlace(vectors, tile.Rows, tile.Depth, tile.A, tile.StepA, tile.B, tile.StepB, c, cStep, tile.Sign, tile.Clears);
        }
        else
        {
            _body.Add(vectors, tile.Depth, tile.A, tile.StepA, tile.B, tile.StepB, c, cStep, tile.Sign, tile.Clears);
        }
    }

    /// <summary>Where the factors of a tile lie.</summary>
    private struct Tile
    {
        public double* A;
        public nint StepA;
        public nint ItemStepA;
        public bool IsInPlace;
        public double* B;
        public nint StepB;
        public int Depth;
        public int Rows;
        public double Sign;
        public bool Clears;
        public bool Mirrors;
    }
}
