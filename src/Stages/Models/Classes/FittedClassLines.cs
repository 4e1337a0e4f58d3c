using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>A fitted model of C classes whose scores are lines through the variables, and its probabilities their soft-max.</summary>
/// <remarks>
/// s_c = a_c + (x - x̄)ᵀb_c; a class that the calibration had no sample of has the probability 0. Immutable, safe for several
/// threads. Memory (C + 2) p doubles.
/// </remarks>
internal sealed class FittedClassLines : IFittedModel
{
    private const string MeanName = "mean";
    private const string CoefficientsName = "class_coefficients";
    private const string InterceptsName = "class_intercepts";
    private const string PresentName = "class_present";
    private const string ImportanceName = "importance";

    private readonly double[] _mean;
    private readonly Matrix _coefficients;
    private readonly double[] _intercepts;
    private readonly bool[] _present;
    private readonly double[] _importance;

    /// <summary>Lines; the memory is taken over.</summary>
    /// <param name="mean">x̄, p values.</param>
    /// <param name="coefficients">b_c, C × p.</param>
    /// <param name="intercepts">a_c, C values.</param>
    /// <param name="present">Whether a class has calibration samples.</param>
    /// <param name="importance">How much each variable matters; where null, <see cref="Spread"/> of the coefficients.</param>
    public FittedClassLines(double[] mean, Matrix coefficients, double[] intercepts, bool[] present, double[]? importance = null)
    {
        _mean = mean;
        _coefficients = coefficients;
        _intercepts = intercepts;
        _present = present;
        _importance = importance ?? Spread(coefficients, present);
    }

    /// <inheritdoc/>
    public int VariableCount => _mean.Length;

    /// <inheritdoc/>
    public int ResponseCount => _intercepts.Length;

    /// <summary>b_c, C × p.</summary>
    public MatrixView Coefficients => _coefficients.View;

    /// <summary>a_c for a spectrum of zeros, C values.</summary>
    public double[] InterceptsAtZero()
    {
        double[] intercepts = new double[_intercepts.Length];
        for (int c = 0; c < intercepts.Length; c++)
        {
            intercepts[c] = _intercepts[c] - Products.Dot(_coefficients.Row(c), _mean);
        }

        return intercepts;
    }

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt =>
    [
        NamedArray.Of(MeanName, [.. _mean]),
        new(CoefficientsName, _coefficients),
        NamedArray.Of(InterceptsName, [.. _intercepts]),
        NamedArray.Of(PresentName, [.. _present.Select(present => present ? 1.0 : 0.0)]),
        NamedArray.Of(ImportanceName, [.. _importance]),
    ];

    /// <summary>The model of saved numbers.</summary>
    /// <exception cref="StageException">An array is missing or has another shape.</exception>
    public static FittedClassLines Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        int classes = SavedNumbers.Any(learnt, InterceptsName).Columns;
        return new FittedClassLines(
            SavedNumbers.Of(learnt, MeanName, variables),
            SavedNumbers.MatrixOf(learnt, CoefficientsName, classes, variables),
            SavedNumbers.Of(learnt, InterceptsName, classes),
            [.. SavedNumbers.Of(learnt, PresentName, classes).Select(value => value != 0)],
            SavedNumbers.Of(learnt, ImportanceName, variables));
    }

    /// <summary>Scores of n spectra, n × C; -∞ for a class without calibration samples.</summary>
    public void Score(MatrixView x, MatrixSpan scores)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(scores.Columns, ResponseCount, nameof(scores));
        double[] centred = new double[VariableCount];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), _mean, centred);
            Span<double> row = scores.Row(i);
            Products.Project(_coefficients.View, centred, row);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = _present[c] ? row[c] + _intercepts[c] : double.NegativeInfinity;
            }
        }
    }

    /// <summary>Probabilities of n spectra, n × C. Time 2npC.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        Score(x, yHat);
        for (int i = 0; i < x.Rows; i++)
        {
            ClassLink.Replace(yHat.Row(i));
        }
    }

    /// <summary>
    /// For each variable the root mean square, over classes, of the coefficients about their mean, which is all of them that
    /// probabilities depend on; for PLS-DA variable importance in projection.
    /// </summary>
    public void CopyImportance(Span<double> importance) => _importance.CopyTo(importance);

    private static double[] Spread(Matrix coefficients, bool[] present)
    {
        int count = present.Count(one => one);
        double[] spread = new double[coefficients.Columns];
        for (int j = 0; j < spread.Length; j++)
        {
            double sum = 0;
            double squares = 0;
            for (int c = 0; c < present.Length; c++)
            {
                sum += present[c] ? coefficients[c, j] : 0;
            }

            for (int c = 0; c < present.Length; c++)
            {
                double deviation = present[c] ? coefficients[c, j] - (sum / count) : 0;
                squares += deviation * deviation;
            }

            spread[j] = Math.Sqrt(squares / count);
        }

        return spread;
    }
}
