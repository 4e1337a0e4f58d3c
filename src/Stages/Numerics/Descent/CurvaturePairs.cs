using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Numerics.Descent;

/// <summary>The last m steps and changes of gradient of a descent, which stand for the inverse of its second derivatives.</summary>
/// <remarks>
/// The two loops of Nocedal (1980), Math. Comput. 35, 773-782, on inner products alone: sᵀy and yᵀy of the pairs are kept, sᵀg and
/// yᵀg are taken anew in the pass that a new pair needs, the loops run on m numbers, and the direction is one combination of all
/// vectors. 4m products in one pass and one combination of 2m + 1 vectors replace 4m passes that wait for one another. Every sum is of
/// products, none a difference of earlier sums. N is a multiple of 8. Memory 2mN doubles. One thread.
/// </remarks>
internal sealed class CurvaturePairs
{
    private readonly int _length;
    private readonly int _countMax;

    // Pair t is row 2t, its step, and row 2t + 1, its change of gradient.
    private readonly double[] _rows;

    // Products of slot with slot, rows of a multiple of 8 numbers. Of a step with an older change there is none: what stands there is not read.
    private readonly int _pitch;
    private readonly double[] _sy;
    private readonly double[] _ys;
    private readonly double[] _yy;
    private readonly double[] _inverse;
    private readonly double[] _sg;
    private readonly double[] _yg;
    private readonly double[] _c;
    private double _scale = 1;
    private int _oldest;
    private bool _hasProducts;

    /// <summary>Room for some pairs of vectors.</summary>
    public CurvaturePairs(int length, int countMax)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % Lanes.Width, 0, nameof(length));
        _length = length;
        _countMax = countMax;

        // One row more, because slots are looked at in twos.
        _rows = new double[checked(2 * (countMax + 1) * length)];
        _pitch = (countMax + Lanes.Width) / Lanes.Width * Lanes.Width;
        _sy = new double[countMax * _pitch];
        _ys = new double[countMax * _pitch];
        _yy = new double[countMax * _pitch];
        _inverse = new double[countMax];
        _sg = new double[_pitch];
        _yg = new double[_pitch];
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
        _hasProducts = false;
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

        // Products of all steps and changes with the new change, and in the same pass with the gradient that comes next.
        Span<double> sy = stackalloc double[_countMax + 1];
        Span<double> withChanges = stackalloc double[_countMax + 1];
        for (int t = 0; t < Count; t += 2)
        {
            EightProducts(
                ref _rows[2 * t * _length], (nuint)_length, ref MemoryMarshal.GetReference(y), ref MemoryMarshal.GetReference(after),
                ref sy[t], ref withChanges[t], ref _sg[t], ref _yg[t]);
        }

        _hasProducts = true;
        for (int t = 0; t < Count; t++)
        {
            _sy[(t * _pitch) + slot] = sy[t];
            _ys[(slot * _pitch) + t] = sy[t];
            _yy[(t * _pitch) + slot] = withChanges[t];
            _yy[(slot * _pitch) + t] = withChanges[t];
        }

        _inverse[slot] = 1 / product;
    }

    /// <summary>direction = -H g, where g is the gradient after the pair that was added last, if one was added since; its product with g.</summary>
    public double Direction(ReadOnlySpan<double> gradient, Span<double> direction)
    {
        int m = Count;
        if (!_hasProducts)
        {
            TimesAll(gradient);
        }

        _hasProducts = false;

        // Each coefficient is taken from all sums that still wait for theirs, and from those that do not, which are not read again.
        for (int i = m - 1; i >= 0; i--)
        {
            int own = Slot(i);
            double a = _sg[own] * _inverse[own];
            Subtract(a, ref _ys[own * _pitch], ref _sg[0], (nuint)_pitch);
            Subtract(a, ref _yy[own * _pitch], ref _yg[0], (nuint)_pitch);
            _c[2 * own] = -a;
            _c[(2 * own) + 1] = _scale * a;
        }

        foreach (ref double sum in _yg.AsSpan())
        {
            sum *= _scale;
        }

        for (int i = 0; i < m; i++)
        {
            int own = Slot(i);
            double c = (_yg[own] * _inverse[own]) + _c[2 * own];
            Subtract(c, ref _sy[own * _pitch], ref _yg[0], (nuint)_pitch);
            _c[2 * own] = c;
        }

        return Combine(
            -_scale, ref MemoryMarshal.GetReference(gradient), ref _c[0], ref _rows[0], (nuint)(2 * m), (nuint)_length,
            ref MemoryMarshal.GetReference(direction));
    }

    private int Slot(int age) => _oldest + age < _countMax ? _oldest + age : _oldest + age - _countMax;

    private Span<double> Row(int row) => _rows.AsSpan(row * _length, _length);

    /// <summary>Products of every step and every change with a gradient.</summary>
    private void TimesAll(ReadOnlySpan<double> gradient)
    {
        for (int t = 0; t < Count; t++)
        {
            _sg[t] = Products.Dot(Row(2 * t), gradient);
            _yg[t] = Products.Dot(Row((2 * t) + 1), gradient);
        }
    }

    /// <summary>sums -= c products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract(double c, ref double products, ref double sums, nuint count)
    {
        Vector less = Vector512.Create(-c);
        for (nuint t = 0; t < count; t += 8)
        {
            Vector512.FusedMultiplyAdd(less, Vector512.LoadUnsafe(ref products, t), Vector512.LoadUnsafe(ref sums, t)).StoreUnsafe(ref sums, t);
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

    /// <summary>Products of two pairs, which are four rows, with two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightProducts(
        ref double rows, nuint n, ref double u, ref double v, ref double su, ref double yu, ref double sv, ref double yv)
    {
        ref double row1 = ref Unsafe.Add(ref rows, n);
        ref double row2 = ref Unsafe.Add(ref row1, n);
        ref double row3 = ref Unsafe.Add(ref row2, n);
        Vector u0 = Vector.Zero, u1 = Vector.Zero, u2 = Vector.Zero, u3 = Vector.Zero;
        Vector v0 = Vector.Zero, v1 = Vector.Zero, v2 = Vector.Zero, v3 = Vector.Zero;
        for (nuint j = 0; j < n; j += 8)
        {
            Vector x = Vector512.LoadUnsafe(ref u, j);
            Vector z = Vector512.LoadUnsafe(ref v, j);
            Vector row = Vector512.LoadUnsafe(ref rows, j);
            u0 = Vector512.FusedMultiplyAdd(x, row, u0);
            v0 = Vector512.FusedMultiplyAdd(z, row, v0);
            row = Vector512.LoadUnsafe(ref row1, j);
            u1 = Vector512.FusedMultiplyAdd(x, row, u1);
            v1 = Vector512.FusedMultiplyAdd(z, row, v1);
            row = Vector512.LoadUnsafe(ref row2, j);
            u2 = Vector512.FusedMultiplyAdd(x, row, u2);
            v2 = Vector512.FusedMultiplyAdd(z, row, v2);
            row = Vector512.LoadUnsafe(ref row3, j);
            u3 = Vector512.FusedMultiplyAdd(x, row, u3);
            v3 = Vector512.FusedMultiplyAdd(z, row, v3);
        }

        su = Lanes.Sum(u0);
        yu = Lanes.Sum(u1);
        Unsafe.Add(ref su, 1) = Lanes.Sum(u2);
        Unsafe.Add(ref yu, 1) = Lanes.Sum(u3);
        sv = Lanes.Sum(v0);
        yv = Lanes.Sum(v1);
        Unsafe.Add(ref sv, 1) = Lanes.Sum(v2);
        Unsafe.Add(ref yv, 1) = Lanes.Sum(v3);
    }

    /// <summary>target = c₀g + Σ c rows; the product of target and g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Combine(double c0, ref double g, ref double c, ref double rows, nuint count, nuint n, ref double target)
    {
        Vector first = Vector512.Create(c0);
        Vector sum0 = Vector.Zero, sum1 = Vector.Zero;
        nuint j = 0;
        for (; j + 32 <= n; j += 32)
        {
            Vector even0 = first * Vector512.LoadUnsafe(ref g, j), odd0 = Vector.Zero;
            Vector even1 = first * Vector512.LoadUnsafe(ref g, j + 8), odd1 = Vector.Zero;
            Vector even2 = first * Vector512.LoadUnsafe(ref g, j + 16), odd2 = Vector.Zero;
            Vector even3 = first * Vector512.LoadUnsafe(ref g, j + 24), odd3 = Vector.Zero;
            ref double at = ref Unsafe.Add(ref rows, j);
            for (nuint r = 0; r < count; r += 2)
            {
                Vector times = Vector512.Create(Unsafe.Add(ref c, r));
                even0 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at), even0);
                even1 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, 8), even1);
                even2 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, 16), even2);
                even3 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, 24), even3);
                times = Vector512.Create(Unsafe.Add(ref c, r + 1));
                odd0 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, n), odd0);
                odd1 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, n + 8), odd1);
                odd2 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, n + 16), odd2);
                odd3 = Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref at, n + 24), odd3);
                at = ref Unsafe.Add(ref at, 2 * n);
            }

            sum0 = Store(even0 + odd0, ref target, ref g, j, sum0);
            sum1 = Store(even1 + odd1, ref target, ref g, j + 8, sum1);
            sum0 = Store(even2 + odd2, ref target, ref g, j + 16, sum0);
            sum1 = Store(even3 + odd3, ref target, ref g, j + 24, sum1);
        }

        for (; j < n; j += 8)
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

            sum0 = Store(even + odd, ref target, ref g, j, sum0);
        }

        return Lanes.Sum(sum0 + sum1);
    }

    /// <summary>Stores eight numbers; their products with as many of another vector, added to a sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector Store(Vector values, ref double target, ref double other, nuint at, Vector sum)
    {
        values.StoreUnsafe(ref target, at);
        return Vector512.FusedMultiplyAdd(values, Vector512.LoadUnsafe(ref other, at), sum);
    }
}
