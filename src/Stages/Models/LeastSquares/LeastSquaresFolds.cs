using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.LeastSquares;

/// <summary>Least squares in all folds from their moments, corrected through the calibration rows of each.</summary>
/// <remarks>
/// Time np² once, then p³/3 + 8np for each fold. Scaling the variables changes no prediction of least squares, so an
/// autoscaled chain is left as it is.
/// </remarks>
internal sealed class LeastSquaresFolds
{
    private readonly LeastSquaresFamily _family;
    private readonly SharedSpectra _data;

    public LeastSquaresFolds(LeastSquaresFamily family, SharedSpectra data)
    {
        _family = family;
        _data = data;
    }

    /// <summary>Predicts the held-out samples of some folds.</summary>
    public void Predict(
        ImmutableArray<int> folds, ImmutableArray<ModelSetting> settings, FoldPredictions predictions, CancellationToken cancellation)
    {
        var answers = new FittedLeastSquares?[_data.Folds.Count];
        string?[] failures = new string?[answers.Length];
        using FoldMoments all = FoldMoments.Of(_data, cancellation);
        all.VisitCalibrations(
            [.. folds.Select(k => new FoldSplit(k))],
            _data.Runner,
            (split, moments) =>
            {
                cancellation.ThrowIfCancellationRequested();
                int k = split.HeldOut;
                try
                {
                    answers[k] = moments.IsFinite() ? Fit(k, moments) : null;
                }
                catch (StageException failure) when (failure.Kind == FailureKind.Numerical)
                {
                    // One fold's variables repeat each other; the others still have an answer.
                    failures[k] = failure.Message;
                }
            });
        foreach (int k in folds)
        {
            if (answers[k] is { } fitted)
            {
                NaiveFolds.Write(fitted, k, _data.X.SelectRows(_data.Folds.HeldOut(k)), settings.Length, predictions);
            }
            else if (failures[k] is { } reason)
            {
                predictions.Fail(0, k, reason);
            }
        }

        // Which value it is that is not finite, the rows tell.
        ImmutableArray<int> unfit = [.. folds.Where(k => answers[k] is null && failures[k] is null)];
        NaiveFolds.Predict(_family, _data, unfit, settings, predictions, cancellation);
    }

    private FittedLeastSquares Fit(int fold, Moments moments)
    {
        var equations = new NormalEquations(moments.XX.View);
        double[] b = new double[moments.XMeans.Length];
        double[] right = new double[b.Length];
        moments.XY.View.CopyColumn(0, right);
        equations.AddSolution(right, b);
        double[] row = new double[b.Length];
        ReadOnlySpan<int> foldOf = _data.Folds.FoldOfSample;
        var split = new FoldSplit(fold);
        for (int pass = 0; pass < NormalEquations.Corrections; pass++)
        {
            Array.Clear(right);
            for (int i = 0; i < foldOf.Length; i++)
            {
                if (split.Calibrates(foldOf[i]))
                {
                    RowKernels.Subtract(_data.X.Row(i), moments.XMeans, row);
                    Products.Axpy(_data.Y[i, 0] - moments.YMeans[0] - Products.Dot(row, b), row, right);
                }
            }

            equations.AddSolution(right, b);
        }

        return new FittedLeastSquares(b, moments.YMeans[0] - Products.Dot(moments.XMeans, b));
    }
}
