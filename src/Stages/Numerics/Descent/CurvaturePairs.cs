using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics.Descent;

/// <summary>The last m steps and changes of gradient of a descent, which stand for the inverse of its second derivatives.</summary>
/// <remarks>
/// The two loops of Nocedal (1980), Math. Comput. 35, 773-782, on inner products alone: sᵀy and yᵀy of the pairs are kept, sᵀg and
/// yᵀg are taken anew in one pass, the loops run on m numbers, and the direction is one combination of all vectors. 4m products
/// and one combination of 2m + 1 vectors replace 4m passes that wait for one another. Every sum is of products, none a difference
/// of earlier sums. N is a multiple of 8. Memory 2mN doubles. One thread.
/// </remarks>
internal sealed class CurvaturePairs
{
    private readonly int _length;
    private readonly int _countMax;

    // Pair t is row 2t, its step, and row 2t + 1, its change of gradient.
    private readonly double[] _rows;
    private readonly double[] _sy;
    private readonly double[] _yy;
    private readonly double[] _sg;
    private readonly double[] _yg;
    private readonly double[] _a;
    private readonly double[] _c;
    private double _scale = 1;
    private int _oldest;

    /// <summary>Room for some pairs of vectors.</summary>
    public CurvaturePairs(int length, int countMax)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % Lanes.Width, 0, nameof(length));
        _length = length;
        _countMax = countMax;

        // One row more, because slots are looked at in twos.
        _rows = new double[checked(2 * (countMax + 1) * length)];
        _sy = new double[countMax * countMax];
        _yy = new double[countMax * countMax];
        _sg = new double[countMax + 1];
        _yg = new double[countMax + 1];
        _a = new double[countMax];
        _c = new double[2 * countMax];
    }

    /// <summary>Pairs held.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the vectors.</summary>
    public static long SizeBytes(long length, int countMax) => 2 * sizeof(double) * (countMax + 1) * length;

    /// <summary>Forgets all pairs.</summary>
    public void Clear()
    {
        Count = 0;
        _oldest = 0;
        _scale = 1;
    }

    /// <summary>Adds a pair in place of the oldest one where there is no room.</summary>
    /// <param name="direction">The direction of the step.</param>
    /// <param name="step">How many times the direction was gone.</param>
    /// <param name="before">The gradient before.</param>
    /// <param name="after">The gradient after.</param>
    /// <param name="product">sᵀy, above 0.</param>
    public void Add(ReadOnlySpan<double> direction, double step, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double product)
    {
        int slot = Count < _countMax ? Count : _oldest;
        if (Count < _countMax)
        {
            Count++;
        }
        else
        {
            _oldest = (_oldest + 1) % _countMax;
        }

        Span<double> s = Row(2 * slot);
        Span<double> y = Row((2 * slot) + 1);
        double yy = Differences(
            ref MemoryMarshal.GetReference(direction), step, ref MemoryMarshal.GetReference(before),
            ref MemoryMarshal.GetReference(after), ref MemoryMarshal.GetReference(s), ref MemoryMarshal.GetReference(y), (nuint)_length);
        _scale = product / yy;

        // Products of all steps and changes with the new change.
        Span<double> sy = stackalloc double[_countMax + 1];
        Span<double> withChanges = stackalloc double[_countMax + 1];
        TimesAll(y, sy, withChanges);
        for (int t = 0; t < Count; t++)
        {
            _sy[(t * _countMax) + slot] = sy[t];
            _yy[(t * _countMax) + slot] = withChanges[t];
            _yy[(slot * _countMax) + t] = withChanges[t];
        }

        _sy[(slot * _countMax) + slot] = product;
    }

    /// <summary>direction = -H g.</summary>
    public void Direction(ReadOnlySpan<double> gradient, Span<double> direction)
    {
        int m = Count;
        TimesAll(gradient, _sg, _yg);
        for (int i = m - 1; i >= 0; i--)
        {
            int own = Slot(i);
            double sum = _sg[own];
            for (int j = i + 1; j < m; j++)
            {
                sum -= _a[j] * _sy[(own * _countMax) + Slot(j)];
            }

            _a[i] = sum / _sy[(own * _countMax) + own];
        }

        for (int i = 0; i < m; i++)
        {
            int own = Slot(i);
            double sum = _yg[own];
            for (int j = 0; j < m; j++)
            {
                sum -= _a[j] * _yy[(own * _countMax) + Slot(j)];
            }

            sum *= _scale;
            for (int j = 0; j < i; j++)
            {
                sum -= _c[2 * Slot(j)] * _sy[(Slot(j) * _countMax) + own];
            }

            _c[2 * own] = (sum / _sy[(own * _countMax) + own]) - _a[i];
            _c[(2 * own) + 1] = _scale * _a[i];
        }

        Combine(
            -_scale, ref MemoryMarshal.GetReference(gradient), ref _c[0], ref _rows[0], (nuint)(2 * m), (nuint)_length,
            ref MemoryMarshal.GetReference(direction));
    }

    private int Slot(int age) => _oldest + age < _countMax ? _oldest + age : _oldest + age - _countMax;

    private Span<double> Row(int row) => _rows.AsSpan(row * _length, _length);

    /// <summary>Products of every step and every change with a vector.</summary>
    private void TimesAll(ReadOnlySpan<double> v, Span<double> withSteps, Span<double> withChanges)
    {
        for (int t = 0; t < Count; t += 2)
        {
            FourProducts(
                ref _rows[2 * t * _length], (nuint)_length, ref MemoryMarshal.GetReference(v),
                ref withSteps[t], ref withChanges[t], ref withSteps[t + 1], ref withChanges[t + 1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Differences(
        ref double direction, double step, ref double before, ref double after, ref double s, ref double y, nuint n)
    {
        Vector times = Vector512.Create(step);
        Vector sum = Vector.Zero;
        for (nuint j = 0; j < n; j += 8)
        {
            (times * Vector512.LoadUnsafe(ref direction, j)).StoreUnsafe(ref s, j);
            Vector change = Vector512.LoadUnsafe(ref after, j) - Vector512.LoadUnsafe(ref before, j);
            change.StoreUnsafe(ref y, j);
            sum = Vector512.FusedMultiplyAdd(change, change, sum);
        }

        return Lanes.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourProducts(
        ref double rows, nuint n, ref double v, ref double p0, ref double p1, ref double p2, ref double p3)
    {
        ref double row1 = ref Unsafe.Add(ref rows, n);
        ref double row2 = ref Unsafe.Add(ref row1, n);
        ref double row3 = ref Unsafe.Add(ref row2, n);
        Vector s0 = Vector.Zero;
        Vector s1 = Vector.Zero;
        Vector s2 = Vector.Zero;
        Vector s3 = Vector.Zero;
        for (nuint j = 0; j < n; j += 8)
        {
            Vector x = Vector512.LoadUnsafe(ref v, j);
            s0 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref rows, j), s0);
            s1 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref row1, j), s1);
            s2 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref row2, j), s2);
            s3 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref row3, j), s3);
        }

        p0 = Lanes.Sum(s0);
        p1 = Lanes.Sum(s1);
        p2 = Lanes.Sum(s2);
        p3 = Lanes.Sum(s3);
    }

    /// <summary>target = c₀g + Σ c rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(double c0, ref double g, ref double c, ref double rows, nuint count, nuint n, ref double target)
    {
        Vector first = Vector512.Create(c0);
        for (nuint j = 0; j < n; j += 8)
        {
            Vector even = first * Vector512.LoadUnsafe(ref g, j);
            Vector odd = Vector.Zero;
            ref double at = ref Unsafe.Add(ref rows, j);
            for (nuint r = 0; r < count; r += 2)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref c, r)), Vector512.LoadUnsafe(ref at), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref c, r + 1)), Vector512.LoadUnsafe(ref at, n), odd);
                at = ref Unsafe.Add(ref at, 2 * n);
            }

            (even + odd).StoreUnsafe(ref target, j);
        }
    }
}
