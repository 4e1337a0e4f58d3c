using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>A digest of every spectrum on the disk, by which identical ones are found and the whole is named.</summary>
/// <remarks>
/// The first 16 bytes of SHA-256 of the values as they lie in the file, so no two different spectra share one; the same
/// values in single and in double precision do not. The pass also refuses what is not a finite number. It reads in the
/// order of the file. Time of a hash of all bytes, over the runner; memory 16 bytes per sample.
/// </remarks>
internal sealed class RowDigests
{
    private const int PieceRows = 64;

    private readonly UInt128[] _digests;

    private RowDigests(UInt128[] digests)
    {
        _digests = digests;
    }

    /// <summary>The digests of some samples.</summary>
    /// <param name="reading">The file.</param>
    /// <param name="samples">The row of every sample, in the order of ids.</param>
    /// <param name="runner">Who runs the pieces.</param>
    /// <param name="cancellation">Ends the pass.</param>
    /// <exception cref="StageException">A value is not a finite number.</exception>
    public static async Task<RowDigests> OfAsync(DiskReading reading, int[] samples, PieceRunner runner, CancellationToken cancellation)
    {
        int[] byPlace = [.. Enumerable.Range(0, samples.Length)];
        Array.Sort([.. samples.Select(reading.Rows.PositionOf)], byPlace);
        int[] rows = [.. byPlace.Select(i => samples[i])];
        var digests = new UInt128[samples.Length];
        await new SpectraOnDisk(reading.File, reading.Rows, rows).VisitAsync(
            block => runner((block.Count + PieceRows - 1) / PieceRows, piece =>
            {
                double[] scratch = ArrayPool<double>.Shared.Rent(reading.Rows.VariableCount);
                try
                {
                    for (int i = piece * PieceRows; i < Math.Min(block.Count, (piece + 1) * PieceRows); i++)
                    {
                        int place = block.First + i;
                        RefuseOdd(reading, block, i, rows[place], scratch.AsSpan(0, reading.Rows.VariableCount));
                        digests[byPlace[place]] = Digest(block.BytesOf(i));
                    }
                }
                finally
                {
                    ArrayPool<double>.Shared.Return(scratch);
                }
            }),
            cancellation);
        return new RowDigests(digests);
    }

    /// <summary>What names all spectra in the order of ids.</summary>
    public Fingerprint ToFingerprint() => Fingerprint.FromHash(SHA256.HashData(MemoryMarshal.AsBytes(_digests.AsSpan())));

    /// <summary>Sets of two or more samples with the same spectrum, each ascending, ordered by first sample.</summary>
    public ImmutableArray<ImmutableArray<int>> Identical()
    {
        UInt128[] sorted = [.. _digests];
        int[] samples = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, samples);
        var sets = new List<ImmutableArray<int>>();
        for (int i = 0; i < sorted.Length;)
        {
            int count = 1;
            while (i + count < sorted.Length && sorted[i + count] == sorted[i])
            {
                count++;
            }

            if (count > 1)
            {
                sets.Add([.. samples.AsSpan(i, count).ToArray().Order()]);
            }

            i += count;
        }

        return [.. sets.OrderBy(set => set[0])];
    }

    private static UInt128 Digest(ReadOnlySpan<byte> values)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(values, hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }

    private static void RefuseOdd(DiskReading reading, RowBlock block, int i, int row, Span<double> scratch)
    {
        block.CopyTo(i, scratch);

        // x - x is 0 for every finite number and nothing else: one sum finds whether there is anything to look for.
        double odd = 0;
        foreach (double value in scratch)
        {
            odd += value - value;
        }

        if (odd == 0)
        {
            return;
        }

        SpectralAxis axis = reading.Chunk.Axis;
        int variable = 0;
        while (double.IsFinite(scratch[variable]))
        {
            variable++;
        }

        string position = SpectralAxis.Format(axis.Positions[variable]);
        throw new StageException(
            FailureKind.InvalidData,
            $"Row {row + 1}, sample '{reading.Chunk.Ids[row]}', variable {position} {axis.UnitSymbol}: expected a finite number, found "
            + $"{scratch[variable].ToString(System.Globalization.CultureInfo.InvariantCulture)}. Remove the sample, or mend its spectrum.")
        {
            Place = new DataPlace(row + 1, position),
        };
    }
}
