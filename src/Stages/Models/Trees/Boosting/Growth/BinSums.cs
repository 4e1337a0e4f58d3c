using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>Sums over the bins of a block of eight variables.</summary>
/// <remarks>
/// Layout: bins × 8 words (<see cref="FixedPoint"/>), a bin of all variables side by side, so that eight variables are scanned
/// as one vector; where curvatures count, the same again for them after 256 bins. 16 KiB, or 32 KiB with curvatures: they
/// stay in the first level of the cache while the samples of a node pass by.
/// </remarks>
internal static class BinSums
{
    /// <summary>Words from the sums of gradients to those of curvatures.</summary>
    public const int Plane = 256 * BinnedSpectra.Lanes;

    private const int Lanes = BinnedSpectra.Lanes;

    /// <summary>Words of a block.</summary>
    public static int Length(bool hasCurvatures) => hasCurvatures ? 2 * Plane : Plane;

    /// <summary>Clears the bins that a block uses.</summary>
    public static void Clear(Span<long> sums, int bins, bool hasMissing, bool hasCurvatures)
    {
        for (int plane = 0; plane < (hasCurvatures ? 2 : 1); plane++)
        {
            sums.Slice(plane * Plane, bins * Lanes).Clear();
            if (hasMissing)
            {
                sums.Slice((plane * Plane) + (BinnedSpectra.MissingBin * Lanes), Lanes).Clear();
            }
        }
    }

    /// <summary>Adds the words of some samples to their bins.</summary>
    /// <param name="bins">The m × 8 bins of the block.</param>
    /// <param name="samples">Samples of the node, below m.</param>
    /// <param name="words">A word for each of the m samples.</param>
    /// <param name="sums">At least 256 × 8 words.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(ReadOnlySpan<byte> bins, ReadOnlySpan<int> samples, ReadOnlySpan<long> words, Span<long> sums)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sums.Length, Plane);
        ref byte firstBin = ref MemoryMarshal.GetReference(bins);
        ref long firstWord = ref MemoryMarshal.GetReference(words);
        ref long sum = ref MemoryMarshal.GetReference(sums);
        for (int i = 0; i < samples.Length; i++)
        {
            nuint sample = (uint)samples[i];
            ulong eight = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref firstBin, sample * Lanes));
            long word = Unsafe.Add(ref firstWord, sample);

            // Eight times the bin of a lane: its byte shifted to the bits 3 to 10.
            Unsafe.Add(ref sum, (nuint)((eight << 3) & 0x7F8)) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 5) & 0x7F8) + 1) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 13) & 0x7F8) + 2) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 21) & 0x7F8) + 3) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 29) & 0x7F8) + 4) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 37) & 0x7F8) + 5) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 45) & 0x7F8) + 6) += word;
            Unsafe.Add(ref sum, (nuint)((eight >> 53) & 0x7F8) + 7) += word;
        }
    }

    /// <summary>Difference of two blocks of sums, which may lie in the memory of the first.</summary>
    public static void Subtract(Span<long> whole, ReadOnlySpan<long> part, int bins, bool hasMissing, bool hasCurvatures)
    {
        for (int plane = 0; plane < (hasCurvatures ? 2 : 1); plane++)
        {
            Subtract(whole.Slice(plane * Plane, bins * Lanes), part.Slice(plane * Plane, bins * Lanes));
            if (hasMissing)
            {
                int start = (plane * Plane) + (BinnedSpectra.MissingBin * Lanes);
                Subtract(whole.Slice(start, Lanes), part.Slice(start, Lanes));
            }
        }
    }

    private static void Subtract(Span<long> whole, ReadOnlySpan<long> part)
    {
        for (int i = 0; i < whole.Length; i += Lanes)
        {
            (Vector512.Create<long>(whole[i..]) - Vector512.Create(part[i..])).CopyTo(whole[i..]);
        }
    }
}
