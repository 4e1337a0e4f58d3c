using System.Buffers;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>One pass over spectra on the disk, which leaves the out-of-fold predictions of some candidates.</summary>
/// <remarks>Each spectrum is treated once for each chain. Time 2npC for C candidates; memory nC doubles.</remarks>
internal static class PredictionPass
{
    /// <summary>Predictions of every candidate, samples in the order of ids.</summary>
    public static async Task<double[][]> RunAsync(
        SpectraOnDisk spectra,
        SpectralAxis axis,
        Folds folds,
        IReadOnlyList<FoldLines> candidates,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        double[][] predictions = [.. candidates.Select(_ => new double[spectra.SampleCount])];
        (RowTreatment Treatment, int[] Candidates)[] chains =
        [
            .. Enumerable.Range(0, candidates.Count)
                .GroupBy(c => candidates[c].Chain.Notation, StringComparer.Ordinal)
                .Select(group => (new RowTreatment(candidates[group.First()].Chain, axis), group.ToArray())),
        ];
        int widest = chains.Max(chain => chain.Treatment.Axis.Count);
        await spectra.VisitAsync(
            block => runner(RowTreatment.PiecesOf(block), piece =>
            {
                ReadOnlySpan<int> rows = RowTreatment.RowsOf(block, piece, stackalloc int[RowTreatment.PieceRows]);
                double[] rented = ArrayPool<double>.Shared.Rent(rows.Length * widest);
                try
                {
                    foreach ((RowTreatment treatment, int[] some) in chains)
                    {
                        int p = treatment.Axis.Count;
                        var treated = new MatrixSpan(rented.AsSpan(0, rows.Length * p), rows.Length, p, p);
                        treatment.Treat(block, rows, treated);
                        Predict(treated, block.First + rows[0], folds, candidates, some, predictions);
                    }
                }
                finally
                {
                    ArrayPool<double>.Shared.Return(rented);
                }
            }),
            cancellation);
        return predictions;
    }

    private static void Predict(
        MatrixView treated, int first, Folds folds, IReadOnlyList<FoldLines> candidates, int[] some, double[][] predictions)
    {
        for (int i = 0; i < treated.Rows; i++)
        {
            int fold = folds.FoldOfSample[first + i];
            ReadOnlySpan<double> x = treated.Row(i);
            foreach (int c in some)
            {
                FoldLines lines = candidates[c];
                predictions[c][first + i] = lines.Intercepts[fold] + Products.Dot(x, lines.Coefficients.Row(fold));
            }
        }
    }
}

/// <summary>The lines by which one candidate predicts what each fold holds out.</summary>
/// <param name="Chain">The candidate's chain.</param>
/// <param name="Coefficients">b of each fold over all variables, K × p; 0 for variables that are not chosen.</param>
/// <param name="Intercepts">The intercept of each fold.</param>
internal sealed record FoldLines(PretreatmentChain Chain, Matrix Coefficients, double[] Intercepts);
