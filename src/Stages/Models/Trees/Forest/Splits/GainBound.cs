using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>The largest gain along an order of samples, in single precision, as if no two of them were equal.</summary>
/// <remarks>Sums are of integers, one sample after the other; gains are of sixteen positions at once. One thread.</remarks>
internal sealed class GainBound
{
    private const int Width = 16;

    private readonly int _columns;
    private readonly int _stride;
    private readonly long[] _pairs;
    private readonly int[] _sums;

    /// <summary>Room for orders of this many samples.</summary>
    public GainBound(int columns, int samples)
    {
        _columns = columns;
        _stride = samples + Width;
        _pairs = new long[_stride];
        _sums = new int[(columns - 1) * _stride];
    }

    /// <summary>Bytes of the room.</summary>
    public static long SizeBytes(long samples, long columns) => (samples + Width) * (sizeof(long) + (columns * sizeof(int)));

    /// <summary>The largest Σ s²/(w (W - w)) of scaled deviations.</summary>
    /// <param name="order">Places in order.</param>
    /// <param name="scaled">Deviations by place.</param>
    /// <param name="weight">W, that of all places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Of(ReadOnlySpan<ushort> order, ScaledDeviations scaled, int weight)
    {
        ref long pairs = ref MemoryMarshal.GetArrayDataReference(_pairs);
        Sum(order, ref MemoryMarshal.GetArrayDataReference(scaled.Pairs), ref pairs);
        for (int c = 1; c < _columns; c++)
        {
            Sum(order, scaled.Column(c), _sums.AsSpan((c - 1) * _stride, _stride));
        }

        ref int numbers = ref Unsafe.As<long, int>(ref pairs);
        Vector512<float> all = Vector512.Create((float)weight);
        Vector512<float> best = Vector512<float>.Zero;
        for (int i = 0; i < order.Length; i += Width)
        {
            Vector512<int> low = Vector512.LoadUnsafe(ref numbers, (nuint)(2 * i));
            Vector512<int> high = Vector512.LoadUnsafe(ref numbers, (nuint)((2 * i) + Width));
            Vector512<float> s = Vector512.ConvertToSingle(Halves(low, high, 1));
            Vector512<float> left = Vector512.ConvertToSingle(Halves(low, high, 0));
            Vector512<float> squares = s * s;
            for (int c = 1; c < _columns; c++)
            {
                s = Vector512.ConvertToSingle(Vector512.LoadUnsafe(ref _sums[((c - 1) * _stride) + i]));
                squares += s * s;
            }

            // At the end no weight is left on the right, and no deviation.
            Vector512<float> product = Vector512.MaxNative(left * (all - left), Vector512<float>.One);
            best = Vector512.MaxNative(best, squares * Reciprocal(product));
        }

        return Largest(best);
    }

    /// <summary>The largest lane; none is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector512<float> v)
    {
        Vector256<float> eight = Vector256.MaxNative(v.GetLower(), v.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>Sums along an order, and the last sum again to the end of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(ReadOnlySpan<ushort> order, ref long values, ref long sums)
    {
        ref ushort place = ref MemoryMarshal.GetReference(order);
        long sum = 0;
        nint length = order.Length;
        nint i = 0;
        for (; i + 4 <= length; i += 4)
        {
            long a = sum + Unsafe.Add(ref values, (nint)Unsafe.Add(ref place, i));
            long b = a + Unsafe.Add(ref values, (nint)Unsafe.Add(ref place, i + 1));
            long c = b + Unsafe.Add(ref values, (nint)Unsafe.Add(ref place, i + 2));
            sum = c + Unsafe.Add(ref values, (nint)Unsafe.Add(ref place, i + 3));
            Unsafe.Add(ref sums, i) = a;
            Unsafe.Add(ref sums, i + 1) = b;
            Unsafe.Add(ref sums, i + 2) = c;
            Unsafe.Add(ref sums, i + 3) = sum;
        }

        for (; i < length; i++)
        {
            sum += Unsafe.Add(ref values, (nint)Unsafe.Add(ref place, i));
            Unsafe.Add(ref sums, i) = sum;
        }

        Vector512<long> last = Vector512.Create(sum);
        last.StoreUnsafe(ref sums, (nuint)length);
        last.StoreUnsafe(ref sums, (nuint)length + 8);
    }

    private static void Sum(ReadOnlySpan<ushort> order, ReadOnlySpan<int> values, Span<int> sums)
    {
        int sum = 0;
        for (int i = 0; i < order.Length; i++)
        {
            sum += values[order[i]];
            sums[i] = sum;
        }

        sums.Slice(order.Length, Width).Fill(sum);
    }

    /// <summary>The lower (0) or upper (1) halves of sixteen pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Halves(Vector512<int> low, Vector512<int> high, int half)
    {
        Vector512<int> evens = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        if (Avx512F.IsSupported)
        {
            return Avx512F.PermuteVar16x32x2(low, evens + Vector512.Create(half), high);
        }

        Vector512<long> first = half == 0 ? (low.AsInt64() << 32) >> 32 : low.AsInt64() >> 32;
        Vector512<long> second = half == 0 ? (high.AsInt64() << 32) >> 32 : high.AsInt64() >> 32;
        return Vector512.Narrow(first, second);
    }

    /// <summary>1/v to 24 bits or so: bounds need no more, and which splits win does not depend on them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Reciprocal(Vector512<float> v)
    {
        if (!Avx512F.IsSupported)
        {
            return Vector512<float>.One / v;
        }

        Vector512<float> guess = Avx512F.Reciprocal14(v);
        return guess * (Vector512.Create(2f) - (v * guess));
    }
}
