using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Pls;

/// <summary>A cross-validation answered by one form and by NIPALS on each split's own rows.</summary>
internal sealed class PlsCase
{
    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly double[] _deviations;

    /// <summary>Sample i is held out in fold i modulo K.</summary>
    public PlsCase(Matrix x, Matrix y, int folds)
    {
        _x = x;
        _y = y;
        Folds = new Folds([.. Enumerable.Range(0, x.Rows).Select(i => i % folds)], folds);
        double[] means = ColumnMoments.Means(y.View);
        _deviations = ColumnMoments.StandardDeviations(y.View, means);
        Splits = FoldSplit.Each(Folds);
    }

    public Folds Folds { get; init; }

    public FoldSplit[] Splits { get; init; }

    public bool IsJoint { get; init; }

    public bool Autoscales { get; init; }

    public bool WantsCoefficients { get; init; }

    public PieceRunner Runner { get; init; } = Pieces.InOrder;

    public PlsQuestion Question(int components) => new(_y, Folds, Splits, components)
    {
        IsJoint = IsJoint,
        Autoscales = Autoscales,
        WantsCoefficients = WantsCoefficients,
        Runner = Runner,
    };

    public PlsAnswers Answer(PlsForm form, int components)
    {
        PlsAnswers? answers = CrossValidatedPls.Answer(_x, Question(components), form, CancellationToken.None);
        Assert.NotNull(answers);
        return answers;
    }

    /// <summary>Every prediction of every count and split, NaN where there is none.</summary>
    public double[] Everything(PlsAnswers answers, int components) =>
        [.. Enumerable.Range(0, Splits.Length).SelectMany(k => Everything(answers, k, components))];

    /// <summary>The same of one split.</summary>
    public double[] Everything(PlsAnswers answers, int k, int components) =>
        [.. Enumerable.Range(0, _y.Columns).SelectMany(l => Enumerable.Range(0, components + 1).SelectMany(a =>
            answers.FailureOf(k, l, a) is null
                ? answers.YHat(k, l, a).ToArray()
                : new double[Folds.HeldOut(Splits[k].HeldOut).Length].Select(_ => double.NaN)))];

    /// <summary>
    /// Asserts what is promised: 1e-9 of the response's deviation while a component's covariance is above 1e-6 of the
    /// first one's, 1e-6 beyond. Returns the largest errors of both kinds.
    /// </summary>
    public (double Clear, double Faint) AssertAgrees(PlsAnswers answers, int components)
    {
        double clear = 0;
        double faint = 0;
        var spectra = new SharedSpectra(_x, _y, Folds, Autoscales, Pieces.InOrder);
        for (int k = 0; k < Splits.Length; k++)
        {
            FoldSpectra rows = spectra.Rows(Splits[k]);
            for (int fit = 0; fit < (IsJoint ? 1 : _y.Columns); fit++)
            {
                Matrix responses = IsJoint ? rows.Y : rows.Y.SelectColumns([fit]);
                Matrix[] expected = Nipals.PredictAll(rows.X, responses, rows.HeldOut, components, out double[] covariances);
                for (int l = 0; l < expected.Length; l++)
                {
                    for (int a = 1; a <= components; a++)
                    {
                        double error = Error(expected[l].Row(a - 1), answers.YHat(k, fit + l, a)) / _deviations[fit + l];
                        bool isClear = covariances[a - 1] > 1e-6 * covariances[0];
                        clear = Math.Max(clear, isClear ? error : 0);
                        faint = Math.Max(faint, isClear ? 0 : error);
                        Assert.Null(answers.FailureOf(k, fit + l, a));
                        Assert.True(error <= (isClear ? 1e-9 : 1e-6), $"Split {k}, response {fit + l}, {a} components: {error:e2}.");
                    }
                }
            }
        }

        return (clear, faint);
    }

    private static double Error(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error = Math.Max(error, Math.Abs(expected[i] - actual[i]));
        }

        return error;
    }
}
