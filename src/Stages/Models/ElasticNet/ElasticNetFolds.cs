using System.Collections.Immutable;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>The penalties of one family in all folds at once.</summary>
/// <remarks>
/// Where calibration samples are as many as variables, from the moments of the calibration sets: time n p² once, then
/// independent of n, as long as memory holds those of all folds. Otherwise each fold from its rows, in lanes. Either way equal to one path for
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

    private void FromRows(ImmutableArray<int> folds, FoldPredictions predictions, CancellationToken cancellation) => FoldLanes.Run(
        folds,
        _data.Runner,
        k =>
        {
            FoldSpectra rows = _data.Rows(new FoldSplit(k));
            return (Path: ElasticNetFamily.FitPath(rows.X.View, rows.Y.View, _fractions, _family.Mixing, cancellation), rows.HeldOut);
        },
        (k, answer) => NaiveFolds.Write(answer.Path, k, answer.HeldOut, _settings.Length, predictions),
        (k, reason) => FoldAnswers.FailAll(predictions, k, _settings.Length, reason),
        cancellation);
}
