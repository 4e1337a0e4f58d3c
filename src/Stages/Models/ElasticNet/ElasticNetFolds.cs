using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>The penalties of one family in all folds at once.</summary>
/// <remarks>
/// Where calibration samples are as many as variables, from the moments of the calibration sets: time n p² once, then
/// independent of n, as long as memory holds those of all folds. Otherwise each fold from its rows, one piece for each fold. Either way equal to one path for
/// every fold up to the tolerance of the descent.
/// </remarks>
internal sealed class ElasticNetFolds
{
    private readonly ElasticNetFamily _family;
    private readonly SharedSpectra _data;
    private readonly ImmutableArray<ModelSetting> _settings;
    private readonly double[] _fractions;

    public ElasticNetFolds(ElasticNetFamily family, SharedSpectra data, ImmutableArray<ModelSetting> settings)
    {
        _family = family;
        _data = data;
        _settings = settings;
        _fractions = [.. settings.Select(ElasticNetFamily.Fraction)];
    }

    /// <summary>Predicts the held-out samples of some folds.</summary>
    public void Predict(ImmutableArray<int> folds, FoldPredictions predictions, CancellationToken cancellation)
    {
        // By shape alone: how many folds are asked together depends on what other folds chose, and bits must not.
        if (!ElasticNetFamily.SharesMoments(_data.Folds, _data.X.Columns))
        {
            FromRows(folds, predictions, cancellation);
            return;
        }

        var answers = new ElasticNetPath?[_data.Folds.Count];
        using FoldMoments all = FoldMoments.Of(_data, cancellation);
        all.VisitCalibrations(
            [.. folds.Select(k => new FoldSplit(k))],
            _data.Runner,
            (split, moments) =>
            {
                cancellation.ThrowIfCancellationRequested();
                answers[split.HeldOut] = moments.IsFinite() ? FromMoments(moments, cancellation) : null;
            });
        foreach (int k in folds)
        {
            if (answers[k] is { } path)
            {
                NaiveFolds.Write(path, k, _data.X.SelectRows(_data.Folds.HeldOut(k)), _settings.Length, predictions);
            }
        }

        // Which value it is that is not finite, the rows tell.
        FromRows([.. folds.Where(k => answers[k] is null)], predictions, cancellation);
    }

    private ElasticNetPath FromMoments(Moments moments, CancellationToken cancellation)
    {
        double[] scales = _data.Autoscales ? moments.Scales() : [];
        using var products = new MomentProducts(_data.Autoscales ? moments.Scaled(scales) : moments);
        return ElasticNetPath.Of(
            products, _fractions, _family.Mixing, scales, moments.XMeans, moments.YMeans[0], cancellation);
    }

    private void FromRows(ImmutableArray<int> folds, FoldPredictions predictions, CancellationToken cancellation)
    {
        var answers = new FoldAnswer[folds.Length];
        _data.Runner(folds.Length, piece =>
        {
            cancellation.ThrowIfCancellationRequested();
            FoldSpectra rows = _data.Rows(new FoldSplit(folds[piece]));

            // Bad data or numerics of one fold are no reason to lose the others.
            try
            {
                ElasticNetPath path = ElasticNetFamily.FitPath(
                    rows.X.View, rows.Y.View, _fractions, _family.Mixing, cancellation);
                answers[piece] = new FoldAnswer(path, rows.HeldOut, null);
            }
            catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
            {
                answers[piece] = new FoldAnswer(null, rows.HeldOut, failure.Message);
            }
        });
        for (int i = 0; i < folds.Length; i++)
        {
            if (answers[i].Path is { } path)
            {
                NaiveFolds.Write(path, folds[i], answers[i].HeldOut, _settings.Length, predictions);
                continue;
            }

            for (int s = 0; s < _settings.Length; s++)
            {
                predictions.Fail(s, folds[i], answers[i].Failure!);
            }
        }
    }

    private readonly record struct FoldAnswer(ElasticNetPath? Path, Matrix HeldOut, string? Failure);
}
