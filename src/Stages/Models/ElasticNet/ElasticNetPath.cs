using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>All penalties of one calibration set, from one descent.</summary>
/// <remarks>
/// Only the e variables that some penalty uses are kept. Between penalties more than a factor <see cref="StepMax"/> apart
/// the descent stops at others, so that it never has to change most of its variables at once. Memory s(e + 1) doubles
/// for s penalties.
/// </remarks>
internal sealed class ElasticNetPath : ISettingPath
{
    /// <summary>The largest factor between penalties of the descent.</summary>
    public const double StepMax = 2;

    private readonly int _variableCount;
    private readonly int[] _variables;
    private readonly Matrix _coefficients;
    private readonly double[] _intercepts;
    private readonly string?[] _failures;

    private ElasticNetPath(int variableCount, int[] variables, Matrix coefficients, double[] intercepts, string?[] failures)
    {
        _variableCount = variableCount;
        _variables = variables;
        _coefficients = coefficients;
        _intercepts = intercepts;
        _failures = failures;
    }

    /// <summary>λ₁ of fraction 1, the smallest where all coefficients are 0.</summary>
    public double L1Max { get; private init; }

    /// <summary>λ₂ as a multiple of λ₁.</summary>
    public double SquareShare { get; private init; }

    /// <summary>Descends through penalties given as fractions of the smallest that leaves every coefficient 0.</summary>
    /// <param name="products">Centred calibration data.</param>
    /// <param name="fractions">Fractions in any order, those above 1 too.</param>
    /// <param name="mixing">The share of the absolute penalty, above 0, at most 1.</param>
    /// <param name="factors">What each variable was multiplied by in <paramref name="products"/>; none for 1.</param>
    /// <param name="means">p calibration means.</param>
    /// <param name="yMean">Mean of the response.</param>
    /// <param name="cancellation">Looked at between penalties.</param>
    public static ElasticNetPath Of(
        ICrossProducts products,
        ReadOnlySpan<double> fractions,
        double mixing,
        ReadOnlySpan<double> factors,
        ReadOnlySpan<double> means,
        double yMean,
        CancellationToken cancellation)
    {
        var descent = new ElasticNetDescent(products);
        double squareShare = (1 - mixing) / mixing * Unit(products);
        (int[] Variables, double[] Values)[] answers = new (int[], double[])[fractions.Length];
        string?[] failures = new string?[fractions.Length];
        double before = 1;
        foreach (int s in Falling(fractions))
        {
            cancellation.ThrowIfCancellationRequested();
            int steps = (int)Math.Ceiling(NaturalLogarithm.Of(before / fractions[s]) / NaturalLogarithm.Of(StepMax));
            for (int step = 1; step < steps; step++)
            {
                MoveTo(before * Exponential.Of(NaturalLogarithm.Of(fractions[s] / before) * step / steps));
            }

            failures[s] = MoveTo(fractions[s]);
            answers[s] = (descent.Variables.ToArray(), descent.Coefficients.ToArray());
            before = Math.Min(1, fractions[s]);
        }

        int[] variables = [.. answers.SelectMany(answer => answer.Variables).Distinct().Order()];
        var coefficients = new Matrix(fractions.Length, variables.Length);
        double[] intercepts = new double[fractions.Length];
        for (int s = 0; s < answers.Length; s++)
        {
            Span<double> row = coefficients.Row(s);
            for (int k = 0; k < answers[s].Variables.Length; k++)
            {
                int j = answers[s].Variables[k];
                row[Array.BinarySearch(variables, j)] = answers[s].Values[k] * (factors.IsEmpty ? 1 : factors[j]);
            }

            intercepts[s] = yMean;
            for (int k = 0; k < variables.Length; k++)
            {
                intercepts[s] = Math.FusedMultiplyAdd(-row[k], means[variables[k]], intercepts[s]);
            }
        }

        return new ElasticNetPath(means.Length, variables, coefficients, intercepts, failures) { L1Max = descent.L1Max, SquareShare = squareShare };

        string? MoveTo(double fraction)
        {
            double l1 = fraction * descent.L1Max;
            return descent.MoveTo(l1, l1 * squareShare);
        }
    }

    /// <summary>
    /// The deviation of the variables, as root of their mean variance, divided by that of the response: measured in it, the
    /// share of the squared penalty means the same in any unit of spectra and response.
    /// </summary>
    internal static double Unit(ICrossProducts products)
    {
        double sum = 0;
        foreach (double square in products.Squares)
        {
            sum += square;
        }

        return products.ResponseSquares > 0 ? Math.Sqrt(sum / (products.Squares.Length * products.ResponseSquares)) : 0;
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => _failures[settingIndex];

    /// <summary>Predicts with every penalty at once. Time 2ne for each penalty.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _variableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, _failures.Length, nameof(yHat));
        double[] used = new double[_variables.Length];
        double[] products = new double[_failures.Length];
        for (int i = 0; i < x.Rows; i++)
        {
            ReadOnlySpan<double> row = x.Row(i);
            for (int k = 0; k < used.Length; k++)
            {
                used[k] = row[_variables[k]];
            }

            Products.Project(_coefficients.View, used, products);
            for (int s = 0; s < products.Length; s++)
            {
                if (_failures[s] is null)
                {
                    yHat[i, s] = _intercepts[s] + products[s];
                }
            }
        }
    }

    /// <summary>The magnitude of each coefficient; 0 for a variable that is left out.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (_failures[settingIndex] is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, _variableCount);
        importance.Clear();
        for (int k = 0; k < _variables.Length; k++)
        {
            importance[_variables[k]] = Math.Abs(_coefficients[settingIndex, k]);
        }
    }

    /// <summary>p coefficients and the intercept of one setting.</summary>
    internal (double[] Coefficients, double Intercept) Line(int settingIndex)
    {
        double[] coefficients = new double[_variableCount];
        for (int k = 0; k < _variables.Length; k++)
        {
            coefficients[_variables[k]] = _coefficients[settingIndex, k];
        }

        return (coefficients, _intercepts[settingIndex]);
    }

    private static int[] Falling(ReadOnlySpan<double> fractions)
    {
        double[] values = fractions.ToArray();
        return [.. Enumerable.Range(0, values.Length).OrderByDescending(s => values[s])];
    }
}
