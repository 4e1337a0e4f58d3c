using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>Linear discriminants of g classes: a score for each, and the probabilities that follow from the scores.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
public sealed class FittedDiscriminant
{
    private readonly double[] _mean;
    private readonly Matrix _coefficients;
    private readonly double[] _intercepts;

    internal FittedDiscriminant(double[] mean, Matrix coefficients, double[] intercepts)
    {
        _mean = mean;
        _coefficients = coefficients;
        _intercepts = intercepts;
    }

    /// <summary>Variables expected of a spectrum, p.</summary>
    public int VariableCount => _coefficients.Columns;

    /// <summary>Number of classes, g.</summary>
    public int ClassCount => _coefficients.Rows;

    /// <summary>Σ⁻¹(μ_c - x̄), g × p.</summary>
    public MatrixView Coefficients => _coefficients.View;

    /// <summary>x̄, p values.</summary>
    internal double[] Mean => _mean;

    /// <summary>The score of each class at x̄.</summary>
    internal double[] Intercepts => _intercepts;

    /// <summary>Scores of n spectra, n × g: log prior plus log density, up to a term that all classes share; -∞ for a class that
    /// calibration did not see.</summary>
    public void Score(MatrixView x, MatrixSpan scores)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(scores.Columns, ClassCount, nameof(scores));
        double[] centred = new double[VariableCount];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), _mean, centred);
            Span<double> row = scores.Row(i);
            Products.Project(_coefficients.View, centred, row);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] += _intercepts[c];
            }
        }
    }

    /// <summary>Posterior probabilities of n spectra, n × g; each row sums to 1.</summary>
    public void Predict(MatrixView x, MatrixSpan probabilities)
    {
        Score(x, probabilities);
        for (int i = 0; i < x.Rows; i++)
        {
            ClassLink.Replace(probabilities.Row(i));
        }
    }
}
