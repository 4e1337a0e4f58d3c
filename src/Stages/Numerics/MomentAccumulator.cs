using System.Buffers;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Numerics;

/// <summary>Sums from which the moments of every fold are made, taken up row by row and in bounded memory.</summary>
/// <remarks>
/// <para>
/// Each fold has running sums of products of its columns about a reference: p variables, q responses and a column of
/// ones, whose products are the plain sums and the count. The reference is the mean of the fold's first block, so
/// numbers with a large offset keep their digits, and nothing that another fold holds touches a bit.
/// </para>
/// <para>
/// The rows of a fold are cut into blocks of 128 in the order in which they come. A block that is not full waits for
/// the next rows: so the bits depend on the order of rows inside a fold alone, not on how rows came in chunks, how
/// folds lie among each other, or on the number of threads. Rows are packed fold by fold; then each fold's products
/// are computed in eight bands of the target. Both are pieces for the runner. n(p + q)² multiply-adds.
/// </para>
/// <para>
/// Memory: <see cref="SizeBytes(long, long, long)"/>, reached as soon as every fold has rows; the rows handed in are only read during
/// the call. One thread adds.
/// </para>
/// </remarks>
public sealed class MomentAccumulator
{
    /// <summary>Rows taken up at once, so that packed blocks stay in the shared cache.</summary>
    private const int RoundRows = 2048;

    /// <summary>Bands of columns in which a target is computed.</summary>
    private const int BandsMax = 8;

    private readonly int _variables;
    private readonly int _responses;
    private readonly int _panels;
    private readonly int _columns;
    private readonly int[] _bands;
    private readonly PieceRunner _runner;
    private readonly Fold[] _folds;
    private readonly Stack<double[]> _free = [];
    private readonly int[] _starts;
    private readonly int[] _rows = new int[RoundRows];
    private readonly List<Segment> _first = [];
    private readonly List<Segment> _later = [];
    private readonly List<Fold> _due = [];
    private bool _isComplete;

    /// <summary>Sums of no rows.</summary>
    /// <param name="folds">Number of folds, K.</param>
    /// <param name="variables">p.</param>
    /// <param name="responses">q, which may be 0.</param>
    /// <param name="runner">Who runs the pieces.</param>
    public MomentAccumulator(int folds, int variables, int responses, PieceRunner runner)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(folds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(variables);
        ArgumentOutOfRangeException.ThrowIfNegative(responses);
        _variables = variables;
        _responses = responses;
        _panels = PanelProducts.PanelsOf(variables + responses + 1);
        _columns = _panels * PanelProducts.PanelColumns;
        _bands = Bands(_panels);
        _runner = runner;
        _folds = [.. Enumerable.Range(0, folds).Select(_ => new Fold())];
        _starts = new int[folds + 1];
    }

    /// <summary>Rows taken up.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes held at most, however many rows come; the moments made in the end are not counted (<see cref="Moments.SizeBytes"/>
    /// for each fold).</summary>
    public static long SizeBytes(long folds, long variables, long responses) => SizeBytes(folds, variables, responses, RoundRows);

    /// <summary>The same where no more than so many rows come.</summary>
    public static long SizeBytes(long folds, long variables, long responses, long rows)
    {
        long panels = PanelProducts.PanelsOf(checked((int)(variables + responses + 1)));
        long columns = panels * PanelProducts.PanelColumns;
        long blocks = folds + (Math.Min(RoundRows, rows) / PanelProducts.BlockRows);
        return (folds * (TargetBytes(variables, responses) + (sizeof(double) * columns)))
            + (blocks * ScratchMatrix.SizeBytes(PanelProducts.BlockRows, columns));
    }

    /// <summary>Bytes of the sums of one fold, borrowed until its moments are made.</summary>
    internal static long TargetBytes(long variables, long responses)
    {
        long columns = PanelProducts.PanelsOf(checked((int)(variables + responses + 1))) * (long)PanelProducts.PanelColumns;
        return ScratchMatrix.SizeBytes(columns, columns);
    }

    /// <summary>Adds n × p spectra and n × q responses, all known; a fold below 0 leaves the row out.</summary>
    public void Add(ReadOnlySpan<int> foldOfRow, MatrixView x, MatrixView y) =>
        Add(foldOfRow, MemoryMarshal.AsBytes(x.Values), sizeof(double), x.Rows, x.Columns, x.Stride, y);

    /// <summary>Adds n × p spectra of single precision and n × q responses; every single is widened, which is exact.</summary>
    public void Add(ReadOnlySpan<int> foldOfRow, SingleView x, MatrixView y) =>
        Add(foldOfRow, MemoryMarshal.AsBytes(x.Values), sizeof(float), x.Rows, x.Columns, x.Stride, y);

    /// <summary>Adds n spectra that are made while they are taken up, and n × q responses; the same bits as if they had been made before.</summary>
    public unsafe void Add(ReadOnlySpan<int> foldOfRow, RowMaker make, MatrixView y)
    {
        ArgumentNullException.ThrowIfNull(make);
        RefuseShapes(foldOfRow, foldOfRow.Length, y);
        fixed (double* yStart = y.Values)
        {
            for (int start = 0; start < foldOfRow.Length; start += RoundRows)
            {
                int count = Math.Min(RoundRows, foldOfRow.Length - start);
                var source = new RowPacking(make, start, yStart + ((long)start * y.Stride), y.Stride, _variables, _responses, _panels);
                AddRound(foldOfRow.Slice(start, count), source);
            }
        }
    }

    /// <summary>The moments of each fold; afterwards nothing can be added.</summary>
    /// <exception cref="InvalidOperationException">A fold has no row.</exception>
    public Moments[] Complete()
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        _isComplete = true;
        var moments = new Moments[_folds.Length];
        _runner(moments.Length, k => moments[k] = Complete(_folds[k], k));
        while (_free.TryPop(out double[]? block))
        {
            ArrayPool<double>.Shared.Return(block);
        }

        return moments;
    }

    private static int[] Bands(int panels)
    {
        // Panel J costs J + 1 tiles, so bands end where the sum of these is an equal part of all.
        int count = Math.Min(BandsMax, panels);
        int[] bands = new int[count + 1];
        long all = (long)panels * (panels + 1) / 2;
        int panel = 0;
        for (int band = 1; band <= count; band++)
        {
            while ((long)panel * (panel + 1) / 2 * count < all * band)
            {
                panel++;
            }

            bands[band] = panel;
        }

        return bands;
    }

    private unsafe void Add(
        ReadOnlySpan<int> foldOfRow, ReadOnlySpan<byte> x, int size, int rows, int columns, int stride, MatrixView y)
    {
        RefuseShapes(foldOfRow, rows, y);
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns, _variables, nameof(x));
        fixed (byte* xStart = x)
        {
            fixed (double* yStart = y.Values)
            {
                for (int start = 0; start < rows; start += RoundRows)
                {
                    int count = Math.Min(RoundRows, rows - start);
                    var source = new RowPacking(
                        xStart + ((long)start * stride * size), size, stride, yStart + ((long)start * y.Stride), y.Stride, _variables, _responses, _panels);
                    AddRound(foldOfRow.Slice(start, count), source);
                }
            }
        }
    }

    private void RefuseShapes(ReadOnlySpan<int> foldOfRow, int rows, MatrixView y)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(foldOfRow.Length, rows, nameof(foldOfRow));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, rows, nameof(y));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Columns, _responses, nameof(y));
    }

    private void AddRound(ReadOnlySpan<int> foldOfRow, RowPacking source)
    {
        SortByFold(foldOfRow);
        for (int k = 0; k < _folds.Length; k++)
        {
            Plan(_folds[k], _starts[k], _starts[k + 1]);
        }

        // The first block of a fold gives the reference that its later rows are packed about.
        _runner(_first.Count, i => PackFirst(_first[i], source));
        _runner(_later.Count, i => Pack(_later[i], source));
        int bands = _bands.Length - 1;
        _runner(_due.Count * bands, i => Multiply(_due[i / bands], i % bands));
        foreach (Fold fold in _due)
        {
            fold.Full.ForEach(_free.Push);
            fold.Full.Clear();
        }

        _first.Clear();
        _later.Clear();
        _due.Clear();
    }

    private void SortByFold(ReadOnlySpan<int> foldOfRow)
    {
        Array.Clear(_starts);
        foreach (int fold in foldOfRow)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fold, _folds.Length, nameof(foldOfRow));
            if (fold >= 0)
            {
                _starts[fold + 1]++;
                Count++;
            }
        }

        for (int k = 0; k < _folds.Length; k++)
        {
            _starts[k + 1] += _starts[k];
            _folds[k].Next = _starts[k];
        }

        for (int i = 0; i < foldOfRow.Length; i++)
        {
            if (foldOfRow[i] >= 0)
            {
                _rows[_folds[foldOfRow[i]].Next++] = i;
            }
        }
    }

    private void Plan(Fold fold, int start, int end)
    {
        while (start < end)
        {
            fold.Open ??= _free.TryPop(out double[]? free)
                ? free
                : ArrayPool<double>.Shared.Rent(PanelProducts.BlockLength(_panels));
            int count = Math.Min(PanelProducts.BlockRows - fold.Filled, end - start);
            var segment = new Segment(fold, fold.Open, fold.Filled, start, count);
            (fold.HasFirst ? _later : _first).Add(segment);
            fold.Filled += count;
            start += count;
            if (fold.Filled == PanelProducts.BlockRows)
            {
                fold.HasFirst = true;
                fold.Full.Add(fold.Open);
                fold.Open = null;
                fold.Filled = 0;
            }
        }

        if (fold.Full.Count > 0)
        {
            fold.Target ??= RentTarget();
            _due.Add(fold);
        }
    }

    private void PackFirst(Segment segment, RowPacking source)
    {
        source.Pack(_rows.AsSpan(segment.Start, segment.Count), segment.Block, segment.FirstRow, default);
        if (segment.FirstRow + segment.Count == PanelProducts.BlockRows)
        {
            segment.Fold.Reference = RowPacking.Centre(segment.Block, PanelProducts.BlockRows, _variables + _responses, _panels);
        }
    }

    private void Pack(Segment segment, RowPacking source) =>
        source.Pack(_rows.AsSpan(segment.Start, segment.Count), segment.Block, segment.FirstRow, segment.Fold.Reference);

    private void Multiply(Fold fold, int band)
    {
        foreach (double[] block in fold.Full)
        {
            PanelProducts.Add(block, PanelProducts.BlockRows, fold.Target, _panels, _bands[band], _bands[band + 1]);
        }
    }

    private Moments Complete(Fold fold, int k)
    {
        if (!fold.HasFirst && fold.Filled == 0)
        {
            throw new InvalidOperationException($"Fold {k + 1} of {_folds.Length} has no rows, so it has no moments.");
        }

        double[] target = fold.Target ??= RentTarget();
        if (fold.Open is { } open)
        {
            fold.Reference ??= RowPacking.Centre(open, fold.Filled, _variables + _responses, _panels);
            PanelProducts.Add(open, fold.Filled, target, _panels, 0, _panels);
            fold.Open = null;
            ArrayPool<double>.Shared.Return(open);
        }

        var moments = new Moments(_variables, _responses);
        moments.SetToSums(fold.Reference, new MatrixView(target, _columns, _columns, _columns));
        fold.Target = null;
        ArrayPool<double>.Shared.Return(target);
        return moments;
    }

    private double[] RentTarget()
    {
        int length = checked(_columns * _columns);
        double[] target = ArrayPool<double>.Shared.Rent(length);
        target.AsSpan(0, length).Clear();
        return target;
    }

    /// <summary>Rows of one fold that go into one block.</summary>
    private readonly record struct Segment(Fold Fold, double[] Block, int FirstRow, int Start, int Count);

    /// <summary>What is known of one fold.</summary>
    private sealed class Fold
    {
        public double[]? Target { get; set; }

        public double[]? Reference { get; set; }

        public bool HasFirst { get; set; }

        public double[]? Open { get; set; }

        public int Filled { get; set; }

        public int Next { get; set; }

        public List<double[]> Full { get; } = [];
    }
}

/// <summary>Makes some rows of a matrix, a few at a time; several threads make different rows at once.</summary>
/// <param name="rows">The rows wanted.</param>
/// <param name="target">A row for each of them, to be written in full.</param>
public delegate void RowMaker(ReadOnlySpan<int> rows, MatrixSpan target);
