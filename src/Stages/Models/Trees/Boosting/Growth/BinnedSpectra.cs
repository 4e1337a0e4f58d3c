using System.Buffers;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>Calibration spectra as bin numbers of one byte, eight variables side by side.</summary>
/// <remarks>
/// Layout: blocks of eight variables, in each m × 8 bytes, so that the bins of a sample in a block are one load; variables
/// beyond p have one bin. Missing values have the bin <see cref="MissingBin"/>. Sorting a variable is shared by all
/// calibration sets, whose values are then met in order; bins follow from their own samples alone.
/// Time p (n log n + K n); memory mp bytes, and 8 bytes for each edge. Immutable.
/// </remarks>
internal sealed class BinnedSpectra
{
    /// <summary>Variables of a block.</summary>
    public const int Lanes = 8;

    /// <summary>The bin of missing values.</summary>
    public const int MissingBin = 255;

    private readonly byte[] _bins;
    private readonly double[][] _edges;
    private readonly int[] _binCounts;
    private readonly bool[] _hasMissing;
    private readonly bool[] _blockHasMissing;
    private bool _isInfinite;

    private BinnedSpectra(int samples, int variables)
    {
        Samples = samples;
        Variables = variables;
        Blocks = (variables + Lanes - 1) / Lanes;
        _bins = new byte[checked(samples * Blocks * Lanes)];
        _edges = new double[variables][];
        _binCounts = new int[Blocks];
        _hasMissing = new bool[variables];
        _blockHasMissing = new bool[Blocks];
    }

    /// <summary>Calibration samples, m.</summary>
    public int Samples { get; }

    /// <summary>Variables, p.</summary>
    public int Variables { get; }

    /// <summary>Blocks of eight variables.</summary>
    public int Blocks { get; }

    /// <summary>The m × 8 bins of a block.</summary>
    public ReadOnlySpan<byte> Block(int block) => _bins.AsSpan(block * Samples * Lanes, Samples * Lanes);

    /// <summary>The most bins of a variable of a block, missing values apart.</summary>
    public int BinCount(int block) => _binCounts[block];

    /// <summary>Whether a variable of a block has missing values.</summary>
    public bool BlockHasMissing(int block) => _blockHasMissing[block];

    /// <summary>Whether a variable has missing values.</summary>
    public bool HasMissing(int variable) => _hasMissing[variable];

    /// <summary>The bin of a sample.</summary>
    public int Bin(int sample, int variable) =>
        _bins[(((variable / Lanes * Samples) + sample) * Lanes) + (variable % Lanes)];

    /// <summary>The largest value that a bin holds; the largest number for the last bin.</summary>
    public double Edge(int variable, int bin) => bin < _edges[variable].Length ? _edges[variable][bin] : double.MaxValue;

    /// <summary>Bytes of the bins of m × p spectra, their edges, and the scratch of the eight variables at work.</summary>
    public static long SizeBytes(long m, long p) =>
        (m * (p + Lanes)) + (p * (40 + (sizeof(double) * Math.Min(m, BinEdges.BinsMax)))) + (16 * m) + 8192;

    /// <summary>Bins of several calibration sets of the same spectra.</summary>
    /// <param name="x">n × p spectra; NaN is a missing value.</param>
    /// <param name="calibrations">The rows of each set, ascending.</param>
    /// <param name="runner">Who runs the blocks.</param>
    public static BinnedSpectra[] Of(StoredRows<double> x, IReadOnlyList<int[]> calibrations, PieceRunner runner)
    {
        BinnedSpectra[] sets = [.. calibrations.Select(rows => new BinnedSpectra(rows.Length, x.Columns))];
        int[][] places = [.. calibrations.Select(rows => Places(rows, x.Rows))];
        int blocks = (x.Columns + Lanes - 1) / Lanes;
        bool[][] infinite = [.. sets.Select(_ => new bool[blocks])];
        runner(blocks, block =>
        {
            using var scratch = new ScratchMatrix(Lanes + 1, x.Rows);
            int[] order = ArrayPool<int>.Shared.Rent(x.Rows);
            int width = CopyBlock(x, block, scratch.Span);
            for (int lane = 0; lane < width; lane++)
            {
                Span<double> keys = scratch.Span.Row(lane);
                for (int i = 0; i < keys.Length; i++)
                {
                    order[i] = i;
                }

                // Missing values come first.
                keys.Sort(order.AsSpan(0, keys.Length));
                for (int s = 0; s < sets.Length; s++)
                {
                    infinite[s][block] |= sets[s].Fill(block, lane, keys, order, places[s], scratch.Span.Row(Lanes));
                }
            }

            ArrayPool<int>.Shared.Return(order);
        });
        for (int s = 0; s < sets.Length; s++)
        {
            sets[s]._isInfinite = infinite[s].Contains(true);
        }

        return sets;
    }

    /// <summary>Refuses spectra with an infinite value, naming the first.</summary>
    /// <exception cref="StageException">A calibration value is infinite.</exception>
    public void RequireFinite(StoredRows<double> x, int[] calibration)
    {
        for (int i = 0; _isInfinite && i < calibration.Length; i++)
        {
            ReadOnlySpan<double> row = x.Row(calibration[i]);
            for (int j = 0; j < row.Length; j++)
            {
                if (double.IsInfinity(row[j]))
                {
                    throw new StageException(
                        FailureKind.InvalidData,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Calibration sample {i + 1}, variable {j + 1}: expected a finite number or a missing one, found {row[j]}. "
                            + $"Remove the sample or mend the value."));
                }
            }
        }
    }

    /// <summary>Copies the variables of a block, each into a row; tells how many there are.</summary>
    private static int CopyBlock(StoredRows<double> x, int block, MatrixSpan target)
    {
        int width = Math.Min(Lanes, x.Columns - (block * Lanes));
        for (int i = 0; i < x.Rows; i++)
        {
            ReadOnlySpan<double> values = x.Row(i).Slice(block * Lanes, width);
            for (int lane = 0; lane < width; lane++)
            {
                target.Row(lane)[i] = values[lane];
            }
        }

        return width;
    }

    private static int[] Places(int[] rows, int count)
    {
        int[] places = new int[count];
        Array.Fill(places, -1);
        for (int i = 0; i < rows.Length; i++)
        {
            places[rows[i]] = i;
        }

        return places;
    }

    /// <summary>Bins one variable of this set; tells whether a value is infinite.</summary>
    private bool Fill(int block, int lane, ReadOnlySpan<double> keys, int[] order, int[] places, Span<double> sorted)
    {
        Span<double> edges = stackalloc double[BinEdges.BinsMax - 1];
        Span<byte> bins = _bins.AsSpan(block * Samples * Lanes, Samples * Lanes);
        int count = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            int place = places[order[i]];
            if (place < 0)
            {
                continue;
            }

            if (double.IsNaN(keys[i]))
            {
                bins[(place * Lanes) + lane] = MissingBin;
                _hasMissing[(block * Lanes) + lane] = true;
                _blockHasMissing[block] = true;
            }
            else
            {
                sorted[count++] = keys[i];
            }
        }

        int edgeCount = BinEdges.Find(sorted[..count], edges);
        _edges[(block * Lanes) + lane] = edges[..edgeCount].ToArray();
        _binCounts[block] = Math.Max(_binCounts[block], edgeCount + 1);
        int bin = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            int place = places[order[i]];
            if (place < 0 || double.IsNaN(keys[i]))
            {
                continue;
            }

            while (bin < edgeCount && keys[i] > edges[bin])
            {
                bin++;
            }

            bins[(place * Lanes) + lane] = (byte)bin;
        }

        return count > 0 && (double.IsInfinity(sorted[0]) || double.IsInfinity(sorted[count - 1]));
    }
}
