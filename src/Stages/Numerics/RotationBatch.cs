using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics.Packed;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics;

/// <summary>Plane rotations of neighbouring rows that wait until many of them can be applied at once.</summary>
/// <remarks>
/// A sweep goes from row to row, upwards or downwards; each of its rotations turns the row p it has come to and the
/// next row q into (cp + sq, cq - sp), so q stays in registers from one rotation to the next. Where a sweep is followed
/// by one that runs the same way inside its bounds, as nearly all are, the second follows two rows behind the first,
/// and rows are read and written once for both. Columns are independent: a strip of 32 is copied beside, small enough
/// for a cache, takes all waiting sweeps, and is copied back. Strips are the pieces. Time 6 per rotation and column.
/// One thread.
/// </remarks>
internal sealed unsafe class RotationBatch
{
    private const int StripColumns = 32;

    /// <summary>Rotations that wait at most, but for the last sweep: 512 kB, half of the second cache.</summary>
    private const int RotationsMax = 1 << 15;

    private readonly Matrix _rows;
    private readonly PieceRunner _runner;
    private readonly double[] _rotations;
    private readonly List<Sweep> _sweeps = [];
    private int _count;

    /// <summary>Rotations of the rows of a matrix.</summary>
    public RotationBatch(Matrix rows, PieceRunner runner)
    {
        _rows = rows;
        _runner = runner;
        _rotations = new double[2 * (Math.Min(RotationsMax, rows.Rows * 64) + rows.Rows)];
    }

    /// <summary>Room for c and s of each rotation of a sweep.</summary>
    /// <param name="first">The row where it begins.</param>
    /// <param name="step">1 where it goes to higher rows, -1 where to lower ones.</param>
    /// <param name="count">Number of rotations.</param>
    public Span<double> Add(int first, int step, int count)
    {
        if (2 * (_count + count) > _rotations.Length)
        {
            Apply();
        }

        _sweeps.Add(new Sweep(first, step, count, _count));
        _count += count;
        return _rotations.AsSpan(2 * (_count - count), 2 * count);
    }

    /// <summary>Applies all that wait.</summary>
    public void Apply()
    {
        if (_count > 0)
        {
            _runner((_rows.Columns + StripColumns - 1) / StripColumns, ApplyToStrip);
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

            for (int i = 0; i < _sweeps.Count; i++)
            {
                Sweep sweep = _sweeps[i];
                double* row = beside + ((nint)sweep.First * StripColumns);
                if (i + 1 < _sweeps.Count && sweep.Holds(_sweeps[i + 1], out int behind))
                {
                    Sweep next = _sweeps[++i];
                    ApplyTwo(row, sweep.Step * StripColumns, rotations + (2 * sweep.Start), sweep.Count, rotations + (2 * next.Start), next.Count, behind);
                }
                else
                {
                    ApplyOne(row, sweep.Step * StripColumns, rotations + (2 * sweep.Start), sweep.Count);
                }
            }

            for (int i = 0; i < _rows.Rows; i++)
            {
                new Span<double>(beside + ((nint)i * StripColumns), columns).CopyTo(_rows.Row(i)[column..]);
            }
        }

        ArrayPool<double>.Shared.Return(borrowed);
    }

    private static void ApplyOne(double* row, nint step, double* rotation, int count) =>
        Walk(row, row, row + (count * step), step, rotation, count);

    /// <summary>Two sweeps, of which the second begins some rows behind the first.</summary>
    private static void ApplyTwo(double* row, nint step, double* rotation, int count, double* following, int followingCount, int behind)
    {
        // The rows that the sweeps carry, where they are not in registers.
        double* first = stackalloc double[2 * StripColumns];
        double* second = first + StripColumns;
        Walk(row, row, first, step, rotation, behind);
        row += behind * step;
        rotation += 2 * behind;

        // The second takes over the row that the first leaves for good.
        Rotate(first, row + step, second, rotation);
        row += step;
        rotation += 2;
        int together = Math.Min(followingCount, count - behind - 1);
        WalkTogether(row, step, first, second, rotation, following, together);
        row += together * step;
        rotation += 2 * together;
        if (together == followingCount)
        {
            Copy(second, row - step);
            int rest = count - behind - 1 - together;
            Walk(first, row, row + (rest * step), step, rotation, rest);
        }
        else
        {
            Rotate(second, first, row - step, following + (2 * together));
            Copy(second, row);
        }
    }

    /// <summary>The row p becomes what the next one does, and is written as what it has become itself.</summary>
    private static void Rotate(double* p, double* q, double* target, double* rotation)
    {
        Vector c = Vector512.Create(rotation[0]);
        Vector s = Vector512.Create(rotation[1]);
        for (int j = 0; j < StripColumns; j += 8)
        {
            Vector x = Vector512.Load(p + j);
            Vector y = Vector512.Load(q + j);
            Left(x, y, c, s).Store(target + j);
            Right(x, y, c, s).Store(p + j);
        }
    }

    private static void Copy(double* source, double* target) =>
        new ReadOnlySpan<double>(source, StripColumns).CopyTo(new Span<double>(target, StripColumns));

    /// <summary>Carries a row from one place along some rows to another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Walk(double* from, double* row, double* to, nint step, double* rotation, int count)
    {
        Vector a = Vector512.Load(from);
        Vector b = Vector512.Load(from + 8);
        Vector d = Vector512.Load(from + 16);
        Vector e = Vector512.Load(from + 24);
        for (int i = 0; i < count; i++)
        {
            Vector c = Vector512.Create(rotation[0]);
            Vector s = Vector512.Create(rotation[1]);
            double* next = row + step;
            a = Turn(a, Vector512.Load(next), c, s, row);
            b = Turn(b, Vector512.Load(next + 8), c, s, row + 8);
            d = Turn(d, Vector512.Load(next + 16), c, s, row + 16);
            e = Turn(e, Vector512.Load(next + 24), c, s, row + 24);
            row = next;
            rotation += 2;
        }

        a.Store(to);
        b.Store(to + 8);
        d.Store(to + 16);
        e.Store(to + 24);
    }

    /// <summary>The first sweep from row to next row, the second one row behind it; both carried rows stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WalkTogether(
        double* row, nint step, double* first, double* second, double* rotation, double* following, int count)
    {
        Vector a = Vector512.Load(first);
        Vector b = Vector512.Load(first + 8);
        Vector d = Vector512.Load(first + 16);
        Vector e = Vector512.Load(first + 24);
        Vector f = Vector512.Load(second);
        Vector g = Vector512.Load(second + 8);
        Vector h = Vector512.Load(second + 16);
        Vector k = Vector512.Load(second + 24);
        for (int i = 0; i < count; i++)
        {
            Vector c = Vector512.Create(rotation[0]);
            Vector s = Vector512.Create(rotation[1]);
            Vector cFollowing = Vector512.Create(following[0]);
            Vector sFollowing = Vector512.Create(following[1]);
            double* next = row + step;
            double* last = row - step;
            Vector y = Vector512.Load(next);
            f = Turn(f, Left(a, y, c, s), cFollowing, sFollowing, last);
            a = Right(a, y, c, s);
            y = Vector512.Load(next + 8);
            g = Turn(g, Left(b, y, c, s), cFollowing, sFollowing, last + 8);
            b = Right(b, y, c, s);
            y = Vector512.Load(next + 16);
            h = Turn(h, Left(d, y, c, s), cFollowing, sFollowing, last + 16);
            d = Right(d, y, c, s);
            y = Vector512.Load(next + 24);
            k = Turn(k, Left(e, y, c, s), cFollowing, sFollowing, last + 24);
            e = Right(e, y, c, s);
            row = next;
            rotation += 2;
            following += 2;
        }

        a.Store(first);
        b.Store(first + 8);
        d.Store(first + 16);
        e.Store(first + 24);
        f.Store(second);
        g.Store(second + 8);
        h.Store(second + 16);
        k.Store(second + 24);
    }

    /// <summary>Writes what the carried row p leaves behind, gives what it becomes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Turn(Vector p, Vector q, Vector c, Vector s, double* target)
    {
        Left(p, q, c, s).Store(target);
        return Right(p, q, c, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Left(Vector p, Vector q, Vector c, Vector s) => Vector512.FusedMultiplyAdd(c, p, s * q);

    /// <summary>One step from carried row to carried row: q comes first, because the chain of p is what takes time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Right(Vector p, Vector q, Vector c, Vector s) => Vector512.FusedMultiplyAdd(-s, p, c * q);

    /// <summary>One sweep; its rotations start at a place in the list of all.</summary>
    private readonly record struct Sweep(int First, int Step, int Count, int Start)
    {
        /// <summary>Whether the next sweep runs the same way inside the bounds of this one, and how many rows behind its start.</summary>
        public bool Holds(Sweep next, out int behind)
        {
            behind = (next.First - First) * Step;
            return next.Step == Step && behind >= 0 && behind + next.Count <= Count;
        }
    }
}
