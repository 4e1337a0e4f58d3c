using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Bounds on the gains of many variables in a node of few samples.</summary>
/// <remarks>
/// A lane is a variable: the ranks of a sample, with its number in the low bits, are a register of 32 variables, a sorting
/// network (Batcher 1968, AFIPS 32, 307-314) orders the samples of all 32 at once, and sums run down the registers. No
/// orders need be kept for such nodes. Equal ranks are told apart from different ones, so a bound is exact but for the
/// rounding of <see cref="ScaledDeviations"/>. One thread.
/// </remarks>
internal sealed class SmallNodes
{
    /// <summary>Most samples of a small node, whatever the number of all samples.</summary>
    public const int Most = 1 << NumberBitsMax;

    private const int NumberBitsMax = 5;
    private const int NumberBitsMin = 2;
    private const int KeyBits = 16;
    private const int Lanes = 32;
    private const int WeightsInTable = 64;

    private static readonly byte[][] Networks = [.. Enumerable.Range(0, Most + 1).Select(Network)];

    private readonly ushort[] _keys = new ushort[Most * Lanes];
    private readonly int[] _scaled;
    private readonly int[] _weights = new int[Most];
    private readonly float[] _inverses = new float[WeightsInTable];
    private readonly int _numberBits;

    /// <summary>Room for nodes with columns of deviations, out of so many samples.</summary>
    public SmallNodes(int columns, int samples)
    {
        _scaled = new int[columns * Most];
        _numberBits = NumberBits(samples);
    }

    /// <summary>Most samples of a small node: a rank and a number share 16 bits. 0 where there is no room for four.</summary>
    public static int SamplesMax(int samples) => NumberBits(samples) < NumberBitsMin ? 0 : 1 << NumberBits(samples);

    /// <summary>Writes a bound for each variable asked; -1 where a variable is constant.</summary>
    /// <param name="node">At most as many samples as a small node has.</param>
    /// <param name="scaled">Their scaled deviations.</param>
    /// <param name="ranks">Ranks of all samples, p for each, with room for 32 more.</param>
    /// <param name="p">Variables.</param>
    /// <param name="drawn">The variables asked; empty for all.</param>
    /// <param name="bounds">One for each, with room for 32 more.</param>
    public void Bound(NodeSamples node, ScaledDeviations scaled, ushort[] ranks, int p, ReadOnlySpan<int> drawn, float[] bounds)
    {
        ReadOnlySpan<ushort> places = node.Places;
        Prepare(places, node, scaled);
        int count = drawn.IsEmpty ? p : drawn.Length;
        ref ushort keys = ref MemoryMarshal.GetArrayDataReference(_keys);
        for (int first = 0; first < count; first += Lanes)
        {
            for (int i = 0; i < places.Length; i++)
            {
                ref ushort row = ref ranks[places[i] * p];
                ref ushort target = ref Unsafe.Add(ref keys, i * Lanes);
                if (drawn.IsEmpty)
                {
                    Vector512.LoadUnsafe(ref row, (nuint)first).StoreUnsafe(ref target);
                }
                else
                {
                    ReadOnlySpan<int> some = drawn.Slice(first, Math.Min(Lanes, count - first));
                    for (int lane = 0; lane < some.Length; lane++)
                    {
                        Unsafe.Add(ref target, lane) = Unsafe.Add(ref row, some[lane]);
                    }
                }

                Vector512<ushort> key = (Vector512.LoadUnsafe(ref target) << _numberBits) | Vector512.Create((ushort)i);
                key.StoreUnsafe(ref target);
            }

            Sort(Networks[places.Length], ref keys);
            Scan(places.Length, node.Weight, scaled.Columns, ref keys, ref bounds[first]);
        }
    }

    private void Prepare(ReadOnlySpan<ushort> places, NodeSamples node, ScaledDeviations scaled)
    {
        for (int i = 0; i < places.Length; i++)
        {
            _weights[i] = node.Weights[places[i]];
            for (int c = 0; c < scaled.Columns; c++)
            {
                _scaled[(c * Most) + i] = scaled.Column(c)[places[i]];
            }
        }

        for (int w = 0; w < WeightsInTable; w++)
        {
            _inverses[w] = 1 / Math.Max((float)w * (node.Weight - w), 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(byte[] network, ref ushort keys)
    {
        for (int i = 0; i < network.Length; i += 2)
        {
            ref ushort first = ref Unsafe.Add(ref keys, network[i] * Lanes);
            ref ushort second = ref Unsafe.Add(ref keys, network[i + 1] * Lanes);
            Vector512<ushort> a = Vector512.LoadUnsafe(ref first);
            Vector512<ushort> b = Vector512.LoadUnsafe(ref second);
            Vector512.Min(a, b).StoreUnsafe(ref first);
            Vector512.Max(a, b).StoreUnsafe(ref second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(int samples, int weight, int columns, ref ushort keys, ref float bounds)
    {
        Vector512<ushort> oneRank = Vector512.Create((ushort)((1 << _numberBits) - 1));
        Vector512<int> numberMask = Vector512.Create((1 << _numberBits) - 1);
        var deviations = new Table(ref _scaled[0]);
        var weights = new Table(ref _weights[0]);
        var inverses = new Inverses(ref _inverses[0], weight);
        for (int half = 0; half < 2; half++)
        {
            if (columns > 1)
            {
                ScanColumns(samples, weight, columns, half, ref keys).StoreUnsafe(ref bounds, (nuint)(half * Vector512<float>.Count));
                continue;
            }

            Vector512<float> best = Vector512.Create(-1f);
            Vector512<int> sum = Vector512<int>.Zero;
            Vector512<int> left = Vector512<int>.Zero;
            Vector512<ushort> key = Vector512.LoadUnsafe(ref keys);
            for (int i = 0; i + 1 < samples; i++)
            {
                Vector512<ushort> next = Vector512.LoadUnsafe(ref keys, (nuint)((i + 1) * Lanes));
                Vector512<int> numbers = Half(key, half) & numberMask;
                sum += deviations.Look(numbers);
                left += weights.Look(numbers);
                Vector512<float> s = Vector512.ConvertToSingle(sum);
                Vector512<ushort> differs = Vector512.GreaterThan(key ^ next, oneRank);
                Vector512<float> gain = Vector512.ConditionalSelect(Mask(differs, half), s * s * inverses.Look(left), best);
                best = Vector512.MaxNative(best, gain);
                key = next;
            }

            best.StoreUnsafe(ref bounds, (nuint)(half * Vector512<float>.Count));
        }
    }

    private Vector512<float> ScanColumns(int samples, int weight, int columns, int half, ref ushort keys)
    {
        Vector512<ushort> oneRank = Vector512.Create((ushort)((1 << _numberBits) - 1));
        Vector512<int> numberMask = Vector512.Create((1 << _numberBits) - 1);
        Span<Vector512<float>> squares = stackalloc Vector512<float>[Most];
        squares.Clear();
        for (int c = 0; c < columns; c++)
        {
            var deviations = new Table(ref _scaled[c * Most]);
            Vector512<int> sum = Vector512<int>.Zero;
            for (int i = 0; i + 1 < samples; i++)
            {
                sum += deviations.Look(Half(Vector512.LoadUnsafe(ref keys, (nuint)(i * Lanes)), half) & numberMask);
                Vector512<float> s = Vector512.ConvertToSingle(sum);
                squares[i] += s * s;
            }
        }

        Vector512<float> best = Vector512.Create(-1f);
        Vector512<int> left = Vector512<int>.Zero;
        var weights = new Table(ref _weights[0]);
        var inverses = new Inverses(ref _inverses[0], weight);
        for (int i = 0; i + 1 < samples; i++)
        {
            Vector512<ushort> key = Vector512.LoadUnsafe(ref keys, (nuint)(i * Lanes));
            left += weights.Look(Half(key, half) & numberMask);
            Vector512<ushort> differs = Vector512.GreaterThan(key ^ Vector512.LoadUnsafe(ref keys, (nuint)((i + 1) * Lanes)), oneRank);
            Vector512<float> gain = Vector512.ConditionalSelect(Mask(differs, half), squares[i] * inverses.Look(left), best);
            best = Vector512.MaxNative(best, gain);
        }

        return best;
    }

    private static int NumberBits(int samples) =>
        Math.Min(NumberBitsMax, KeyBits - (32 - System.Numerics.BitOperations.LeadingZeroCount((uint)Math.Max(1, samples - 1))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Half(Vector512<ushort> keys, int half) =>
        (half == 0 ? Vector512.WidenLower(keys) : Vector512.WidenUpper(keys)).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mask(Vector512<ushort> lanes, int half) =>
        (half == 0 ? Vector512.WidenLower(lanes.AsInt16()) : Vector512.WidenUpper(lanes.AsInt16())).AsSingle();

    /// <summary>Batcher's network by odd-even merges for any number of inputs, as pairs.</summary>
    private static byte[] Network(int n)
    {
        var pairs = new List<byte>();
        for (int p = 1; p < n; p *= 2)
        {
            for (int k = p; k >= 1; k /= 2)
            {
                for (int j = k % p; j <= n - 1 - k; j += 2 * k)
                {
                    for (int i = 0; i <= Math.Min(k - 1, n - j - k - 1); i++)
                    {
                        if ((i + j) / (2 * p) == (i + j + k) / (2 * p))
                        {
                            pairs.Add((byte)(i + j));
                            pairs.Add((byte)(i + j + k));
                        }
                    }
                }
            }
        }

        return [.. pairs];
    }

    /// <summary>Thirty-two integers in two registers.</summary>
    private readonly struct Table(ref int values)
    {
        private readonly Vector512<int> _low = Vector512.LoadUnsafe(ref values);
        private readonly Vector512<int> _high = Vector512.LoadUnsafe(ref values, 16);

        /// <summary>The entries of numbers from 0 to 31.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<int> Look(Vector512<int> numbers) => Avx512F.IsSupported
            ? Avx512F.PermuteVar16x32x2(_low, numbers, _high)
            : Vector512.ConditionalSelect(
                Vector512.LessThan(numbers, Vector512.Create(16)),
                Vector512.Shuffle(_low, numbers & Vector512.Create(15)),
                Vector512.Shuffle(_high, numbers & Vector512.Create(15)));
    }

    /// <summary>1 / (w (W - w)) for each weight w, from four registers where W is below 64.</summary>
    private readonly struct Inverses(ref float values, int weight)
    {
        private readonly Vector512<float> _first = Vector512.LoadUnsafe(ref values);
        private readonly Vector512<float> _second = Vector512.LoadUnsafe(ref values, 16);
        private readonly Vector512<float> _third = Vector512.LoadUnsafe(ref values, 32);
        private readonly Vector512<float> _fourth = Vector512.LoadUnsafe(ref values, 48);
        private readonly int _weight = weight;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Look(Vector512<int> w)
        {
            if (Avx512F.IsSupported && _weight < 32)
            {
                return Avx512F.PermuteVar16x32x2(_first, w, _second);
            }

            if (Avx512F.IsSupported && _weight < WeightsInTable)
            {
                return Vector512.ConditionalSelect(
                    Vector512.LessThan(w, Vector512.Create(32)).AsSingle(),
                    Avx512F.PermuteVar16x32x2(_first, w, _second),
                    Avx512F.PermuteVar16x32x2(_third, w, _fourth));
            }

            Vector512<float> left = Vector512.ConvertToSingle(w);
            return Vector512<float>.One / Vector512.MaxNative(left * (Vector512.Create((float)_weight) - left), Vector512<float>.One);
        }
    }
}
