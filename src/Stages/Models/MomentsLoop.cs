using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>Cross-validation from the moments of the folds alone: subsets × settings × folds, each cell the sums of its predictions.</summary>
/// <remarks>
/// A fold is fitted on the merged moments of the others and judged by its own, so what it holds out does not touch a bit
/// of its fit. Splits are pieces for the runner. Time for each fold one fit and 2p² for each setting.
/// </remarks>
internal static class MomentsLoop
{
    /// <summary>Whether a choice of variables needs no spectra.</summary>
    public static bool CanChoose(ISubset subset) => subset is FullSpectrum or FixedRanges;

    /// <summary>The chosen variables, ascending.</summary>
    public static int[] Variables(ISubset subset, SpectralAxis axis) => subset is FullSpectrum
        ? [.. Enumerable.Range(0, axis.Count)]
        : subset.Select(new MatrixView(default, 0, axis.Count, axis.Count), new MatrixView(default, 0, 1, 1), axis, []);

    /// <summary>Fills every cell of subsets × answerable settings × folds.</summary>
    public static void Run(
        IMomentsFamily family,
        FoldMoments moments,
        SpectralAxis axis,
        Folds folds,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        CellTable cells,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        for (int s = 0; s < subsets.Length; s++)
        {
            int[] variables = Variables(subsets[s], axis);
            ImmutableArray<int> answerable = FoldLoop.Answerable(family, settings, folds, variables.Length);
            if (answerable.IsEmpty)
            {
                continue;
            }

            FoldMoments chosen = variables.Length == axis.Count ? moments : moments.Columns(variables);

            var asked = answerable.Select(j => settings[j]).ToImmutableArray();
            var answers = new (PredictionSums[] Sums, string?[] Failures)[folds.Count];
            chosen.VisitCalibrations(FoldSplit.Each(folds), runner, (split, calibration) =>
            {
                cancellation.ThrowIfCancellationRequested();
                answers[split.HeldOut] = Answer(family, calibration, chosen.Fold(split.HeldOut), asked);
            });
            Write(subsets[s], s, variables, axis, answerable, answers, cells);
            if (chosen != moments)
            {
                chosen.Dispose();
            }
        }
    }

    private static (PredictionSums[] Sums, string?[] Failures) Answer(
        IMomentsFamily family, Moments calibration, Moments heldOut, ImmutableArray<ModelSetting> settings)
    {
        // Bad data or numerics in one fold are that fold's failure.
        try
        {
            LinearFits fits = family.FitMoments(calibration, settings);
            return (PredictionSums.Of(heldOut, 0, fits.Coefficients.View, fits.Intercepts), fits.Failures);
        }
        catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
        {
            return ([], [.. settings.Select(_ => failure.Message)]);
        }
    }

    private static void Write(
        ISubset subset,
        int index,
        int[] variables,
        SpectralAxis axis,
        ImmutableArray<int> answerable,
        (PredictionSums[] Sums, string?[] Failures)[] answers,
        CellTable cells)
    {
        for (int j = 0; j < answerable.Length; j++)
        {
            int candidate = cells.IndexOf(index, answerable[j]);
            for (int k = 0; k < answers.Length; k++)
            {
                if (answers[k].Failures[j] is { } reason)
                {
                    cells.Fail(candidate, k, reason);
                }
                else
                {
                    cells.Complete(candidate, k, answers[k].Sums[j]);
                }

                if (subset is not FullSpectrum)
                {
                    cells.CountSelection(candidate, variables, axis.Count);
                }
            }

            if (subset is not FullSpectrum)
            {
                cells.SetSelection(candidate, variables);
            }
        }
    }
}
