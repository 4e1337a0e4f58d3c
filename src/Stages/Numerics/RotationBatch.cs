using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics.Packed;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Plane rotations of neighbouring rows that wait until many of them can be applied at once.</summary>
/// <remarks>
/// Rotation i turns rows (x, y) = (i, i + 1) into (sy + cx, cy - sx). A sweep is a run of rotations whose index goes up
/// or down by one, so a row stays in registers from one rotation to the next. Columns are independent: a strip of 32 is
/// copied beside, small enough for a cache, takes all waiting sweeps, and is copied back. Strips are the pieces.
/// Time 6 per rotation and column. One thread.
/// </remarks>
internal sealed unsafe class RotationBatch
{
    private const int StripColumns = 32;

    /// <summary>Rotations that wait at most, but for the last sweep: 512 kB, a part of the second cache.</summary>
    private const int RotationsMax = 1 << 15;

    private readonly Matrix _rows;
    private readonly PieceRunner _runner;
    private readonly double[] _rotations;
    private readonly List<(int First, int Count, int Step)> _sweeps = [];
    private int _count;

    /// <summary>Rotations of the rows of a matrix.</summary>
    public RotationBatch(Matrix rows, PieceRunner runner)
    {
        _rows = rows;
        _runner = runner;
        _rotations = new double[2 * (Math.Min(RotationsMax, rows.Rows * 64) + rows.Rows)];
    }

    /// <summary>Begins a sweep with rotation <paramref name="first"/>; further ones follow at <paramref name="step"/>, 1 or -1.</summary>
    public void Begin(int first, int step)
    {
        if (2 * (_count + _rows.Rows) > _rotations.Length)
        {
            Apply();
        }

        _sweeps.Add((first, 0, step));
    }

    /// <summary>The next rotation of the sweep.</summary>
    public void Add(double c, double s)
    {
        (int first, int count, int step) = _sweeps[^1];
        _sweeps[^1] = (first, count + 1, step);
        _rotations[2 * _count] = c;
        _rotations[(2 * _count) + 1] = s;
        _count++;
    }

    /// <summary>Applies all that wait.</summary>
    public void Apply()
    {
        int strips = (_rows.Columns + StripColumns - 1) / StripColumns;
        if (_count > 0)
        {
            _runner(strips, ApplyToStrip);
        }

        _sweeps.Clear();
        _count = 0;
    }

    private void ApplyToStrip(int strip)
    {
        int column = strip * StripColumns;
        int columns = Math.Min(StripColumns, _rows.Columns - column);
        double[] borrowed = ArrayPool<double>.Shared.Rent((_rows.Rows * StripColumns) + Side.Alignment);
        fixed (double* memory = borrowed)
        fixed (double* rotations = _rotations)
        {
            double* beside = (double*)(((nuint)memory + 63) & ~(nuint)63);
            for (int i = 0; i < _rows.Rows; i++)
            {
                var target = new Span<double>(beside + ((nint)i * StripColumns), StripColumns);
                _rows.Row(i).Slice(column, columns).CopyTo(target);
                target[columns..].Clear();
            }

            double* next = rotations;
            foreach ((int first, int count, int step) in _sweeps)
            {
                if (step < 0)
                {
                    Down(beside, first, count, next);
                }
                else
                {
                    Up(beside, first, count, next);
                }

                next += 2 * count;
            }

            for (int i = 0; i < _rows.Rows; i++)
            {
                new Span<double>(beside + ((nint)i * StripColumns), columns).CopyTo(_rows.Row(i)[column..]);
            }
        }

        ArrayPool<double>.Shared.Return(borrowed);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Down(double* rows, int first, int count, double* rotation)
    {
        double* x = rows + ((nint)first * StripColumns);
        double* y = x + StripColumns;
        Vector y0 = Vector512.Load(y);
        Vector y1 = Vector512.Load(y + 8);
        Vector y2 = Vector512.Load(y + 16);
        Vector y3 = Vector512.Load(y + 24);
        for (int i = 0; i < count; i++)
        {
            Vector c = Vector512.Create(rotation[0]);
            Vector s = Vector512.Create(rotation[1]);
            y0 = Lower(Vector512.Load(x), y0, c, s, y);
            y1 = Lower(Vector512.Load(x + 8), y1, c, s, y + 8);
            y2 = Lower(Vector512.Load(x + 16), y2, c, s, y + 16);
            y3 = Lower(Vector512.Load(x + 24), y3, c, s, y + 24);
            y = x;
            x -= StripColumns;
            rotation += 2;
        }

        y0.Store(y);
        y1.Store(y + 8);
        y2.Store(y + 16);
        y3.Store(y + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Up(double* rows, int first, int count, double* rotation)
    {
        double* x = rows + ((nint)first * StripColumns);
        double* y = x + StripColumns;
        Vector x0 = Vector512.Load(x);
        Vector x1 = Vector512.Load(x + 8);
        Vector x2 = Vector512.Load(x + 16);
        Vector x3 = Vector512.Load(x + 24);
        for (int i = 0; i < count; i++)
        {
            Vector c = Vector512.Create(rotation[0]);
            Vector s = Vector512.Create(rotation[1]);
            x0 = Upper(x0, Vector512.Load(y), c, s, x);
            x1 = Upper(x1, Vector512.Load(y + 8), c, s, x + 8);
            x2 = Upper(x2, Vector512.Load(y + 16), c, s, x + 16);
            x3 = Upper(x3, Vector512.Load(y + 24), c, s, x + 24);
            x = y;
            y += StripColumns;
            rotation += 2;
        }

        x0.Store(x);
        x1.Store(x + 8);
        x2.Store(x + 16);
        x3.Store(x + 24);
    }

    /// <summary>Writes what y becomes, gives what x becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Lower(Vector x, Vector y, Vector c, Vector s, double* target)
    {
        Vector512.FusedMultiplyAdd(c, y, -(s * x)).Store(target);
        return Vector512.FusedMultiplyAdd(s, y, c * x);
    }

    /// <summary>Writes what x becomes, gives what y becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Upper(Vector x, Vector y, Vector c, Vector s, double* target)
    {
        Vector512.FusedMultiplyAdd(s, y, c * x).Store(target);
        return Vector512.FusedMultiplyAdd(c, y, -(s * x));
    }
}
