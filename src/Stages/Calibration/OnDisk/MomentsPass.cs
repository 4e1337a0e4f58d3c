using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>One pass over spectra on the disk, which leaves the moments of every fold.</summary>
/// <remarks>
/// Rows are taken up in the order of ids and cut into blocks by <see cref="MomentAccumulator"/>, so the bits are those of
/// <see cref="FoldMoments.Of"/> over the same pretreated spectra in memory. Raw spectra of single precision go to the sums as
/// they lie; others are treated a few at a time while they are packed, so a block of treated spectra never exists.
/// Time of the products n(p + q)², and of the chain; memory <see cref="SizeBytes"/> for any number of samples.
/// </remarks>
internal static class MomentsPass
{
    /// <summary>Rows of doubles that all threads together hold while they treat: about sixteen, borrowed arrays rounded up, for each of 64 threads.</summary>
    private const int RowsTreated = 1024;

    /// <summary>Bytes of a pass: blocks that are read, spectra that are treated, and the sums with the moments made of them.</summary>
    public static long SizeBytes(SpectraOnDisk spectra, int variables, int folds) =>
        spectra.PassBytes
        + (sizeof(double) * (long)RowsTreated * Math.Max(spectra.VariableCount, variables))
        + MomentAccumulator.SizeBytes(folds, variables, 1)
        + (folds * Moments.SizeBytes(variables, 1));

    /// <summary>The moments of every fold after a sample-wise chain.</summary>
    public static async Task<FoldMoments> RunAsync(
        SpectraOnDisk spectra,
        SpectralAxis axis,
        PretreatmentChain chain,
        Matrix y,
        Folds folds,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        var treatment = new RowTreatment(chain, axis);
        var sums = new MomentAccumulator(folds.Count, treatment.Axis.Count, 1, runner);
        await spectra.VisitAsync(
            block =>
            {
                ReadOnlySpan<int> foldOfRow = folds.FoldOfSample.Slice(block.First, block.Count);
                MatrixView responses = y.View.RowBand(block.First, block.Count);
                if (!treatment.IsRaw)
                {
                    sums.Add(foldOfRow, (rows, target) => treatment.Treat(block, rows, target), responses);
                }
                else if (spectra.IsSingle)
                {
                    sums.Add(foldOfRow, block.Singles, responses);
                }
                else
                {
                    sums.Add(foldOfRow, block.Doubles, responses);
                }
            },
            cancellation);
        return new FoldMoments(sums.Complete());
    }
}
