using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>The samples ordered by each variable, and the rank of each sample in each variable.</summary>
/// <remarks>
/// Made once for all folds, trees and settings: a fold's calibration samples keep their order when others are left out,
/// so nothing of those reaches them. Equal values have equal ranks; missing values come last and share the rank after
/// the others. Time O(np) by counting digits; memory 4np bytes. Immutable, safe for several threads.
/// </remarks>
internal sealed class VariableOrders
{
    /// <summary>Variables sorted by one piece, so that ranks are written in whole cache lines.</summary>
    public const int Block = 32;

    private const int Digits = 8;
    private const int DigitBits = 8;

    /// <summary>Sorts every variable.</summary>
    public VariableOrders(TreeSpectra spectra, PieceRunner runner)
    {
        (int n, int p) = (spectra.Count, spectra.Variables);
        Stride = p;
        Orders = new ushort[checked(((long)n * p) + Block)];
        Ranks = new ushort[checked(((long)n * p) + Block)];
        HasTies = new bool[p];
        runner((p + Block - 1) / Block, block =>
        {
            var scratch = new Scratch(n);
            for (int j = block * Block; j < Math.Min(p, (block + 1) * Block); j++)
            {
                Sort(spectra, j, scratch);
            }
        });
    }

    /// <summary>Places in ascending order of the variable, n for each of p variables; padded by one block.</summary>
    public ushort[] Orders { get; }

    /// <summary>Ranks of p variables for each of n places; padded by one block.</summary>
    public ushort[] Ranks { get; }

    /// <summary>Whether some samples have equal values.</summary>
    public bool[] HasTies { get; }

    /// <summary>Ranks of one place, p.</summary>
    public int Stride { get; }

    /// <summary>Bytes of the orders and ranks.</summary>
    public static long SizeBytes(long samples, long variables) =>
        (2 * sizeof(ushort) * ((samples * variables) + Block)) + variables + (samples * Scratch.BytesPerSample);

    /// <summary>The places in ascending order of one variable.</summary>
    public ReadOnlySpan<ushort> Order(int variable, int count) => Orders.AsSpan(variable * count, count);

    private void Sort(TreeSpectra spectra, int variable, Scratch scratch)
    {
        int n = spectra.Count;
        ulong[] keys = scratch.Keys;
        Span<int> counts = scratch.Counts;
        counts.Clear();
        for (int i = 0; i < n; i++)
        {
            ulong key = Key(spectra.Value(i, variable));
            keys[i] = key;
            scratch.Places[i] = (ushort)i;
            for (int digit = 0; digit < Digits; digit++)
            {
                counts[(digit << DigitBits) + (int)((key >> (digit * DigitBits)) & 0xFF)]++;
            }
        }

        ushort[] source = scratch.Places;
        ushort[] target = scratch.Other;
        for (int digit = 0; digit < Digits; digit++)
        {
            Span<int> starts = counts.Slice(digit << DigitBits, 1 << DigitBits);
            int shift = digit * DigitBits;
            if (starts[(int)((keys[0] >> shift) & 0xFF)] == n)
            {
                continue;
            }

            int start = 0;
            foreach (ref int count in starts)
            {
                (count, start) = (start, start + count);
            }

            for (int i = 0; i < n; i++)
            {
                ushort place = source[i];
                target[starts[(int)((keys[place] >> shift) & 0xFF)]++] = place;
            }

            (source, target) = (target, source);
        }

        source.AsSpan(0, n).CopyTo(Orders.AsSpan(variable * n, n));
        int rank = 0;
        for (int i = 0; i < n; i++)
        {
            if (i > 0 && keys[source[i]] != keys[source[i - 1]])
            {
                rank++;
            }
            else if (i > 0)
            {
                HasTies[variable] = true;
            }

            Ranks[(source[i] * Stride) + variable] = (ushort)rank;
        }
    }

    /// <summary>An integer that orders as the number does; both zeros are equal, and so are all missing values, after everything else.</summary>
    private static ulong Key(double value)
    {
        if (double.IsNaN(value))
        {
            return ulong.MaxValue;
        }

        ulong bits = BitConverter.DoubleToUInt64Bits(value + 0.0);
        return (long)bits < 0 ? ~bits : bits | (1UL << 63);
    }

    private sealed class Scratch(int samples)
    {
        public const long BytesPerSample = sizeof(ulong) + (2 * sizeof(ushort));

        public readonly ulong[] Keys = new ulong[samples];
        public readonly ushort[] Places = new ushort[samples];
        public readonly ushort[] Other = new ushort[samples];
        public readonly int[] Counts = new int[Digits << DigitBits];
    }
}
