using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls;

/// <summary>The responses of every split less their calibration means.</summary>
/// <remarks>
/// A mean is taken relative to the first calibration sample, as <see cref="ColumnMoments"/> takes it: a response without
/// variance centres to exact zeros. Time nSq for S splits and q responses. Immutable.
/// </remarks>
internal sealed class SplitResponses
{
    private readonly PlsQuestion _question;
    private readonly double[] _means;
    private readonly double[] _squares;
    private readonly int[] _counts;

    /// <summary>Means and squares of all splits and responses.</summary>
    public SplitResponses(PlsQuestion question)
    {
        _question = question;
        int q = question.Y.Columns;
        _counts = new int[question.Splits.Length];
        _means = new double[_counts.Length * q];
        _squares = new double[_counts.Length * q];
        for (int k = 0; k < _counts.Length; k++)
        {
            Measure(k, _means.AsSpan(k * q, q), _squares.AsSpan(k * q, q));
        }
    }

    /// <summary>Calibration samples of a split.</summary>
    public int CalibrationCount(int split) => _counts[split];

    /// <summary>Calibration mean of one response of a fit.</summary>
    public double Mean(int fit, int responseOfFit) => _means[Place(fit, responseOfFit)];

    /// <summary>‖Y‖² of a fit's centred responses; exactly 0 where none of them has variance.</summary>
    public double SquaredNorm(int fit)
    {
        double sum = 0;
        for (int l = 0; l < _question.ResponsesPerFit; l++)
        {
            sum += _squares[Place(fit, l)];
        }

        return sum;
    }

    /// <summary>Whether no response of a fit has variance: every count of components predicts the mean.</summary>
    public bool IsConstant(int fit) => SquaredNorm(fit) == 0;

    /// <summary>The components a fit can have at most, with p variables.</summary>
    public int ComponentsMax(int fit, int variables) => IsConstant(fit)
        ? 0
        : Math.Min(_question.Components, Math.Min(_counts[_question.SplitOf(fit)] - 1, variables));

    /// <summary>A sample's response less the mean; 0 for samples that the fit does not calibrate on.</summary>
    public double Centred(int fit, int responseOfFit, int sample) =>
        _question.Splits[_question.SplitOf(fit)].Calibrates(_question.Folds.FoldOfSample[sample])
            ? _question.Y[sample, _question.FirstResponseOf(fit) + responseOfFit] - Mean(fit, responseOfFit)
            : 0;

    private int Place(int fit, int responseOfFit) =>
        (_question.SplitOf(fit) * _question.Y.Columns) + _question.FirstResponseOf(fit) + responseOfFit;

    private void Measure(int k, Span<double> means, Span<double> squares)
    {
        ReadOnlySpan<int> foldOf = _question.Folds.FoldOfSample;
        FoldSplit split = _question.Splits[k];
        int first = 0;
        while (!split.Calibrates(foldOf[first]))
        {
            first++;
        }

        Span<double> start = _question.Y.Row(first);
        for (int i = 0; i < foldOf.Length; i++)
        {
            if (split.Calibrates(foldOf[i]))
            {
                _counts[k]++;
                RowKernels.AddDifferences(_question.Y.Row(i), start, means);
            }
        }

        for (int l = 0; l < means.Length; l++)
        {
            means[l] = start[l] + (means[l] / _counts[k]);
        }

        for (int i = 0; i < foldOf.Length; i++)
        {
            if (split.Calibrates(foldOf[i]))
            {
                RowKernels.AddSquares(_question.Y.Row(i), means, squares);
            }
        }
    }
}
