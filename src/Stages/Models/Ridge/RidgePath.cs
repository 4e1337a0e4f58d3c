using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Ridge;

/// <summary>All λ of one ridge decomposition.</summary>
internal sealed class RidgePath : ISettingPath
{
    private readonly Matrix _coefficients;
    private readonly double[] _intercepts;
    private readonly string?[] _failures;

    /// <summary>Solves a decomposition for every absolute λ; the decomposition is not kept.</summary>
    public RidgePath(RidgeDecomposition decomposition, ReadOnlySpan<double> lambdas)
    {
        _coefficients = new Matrix(lambdas.Length, decomposition.Means.Length);
        _failures = decomposition.Solve(lambdas, _coefficients.Span);
        _intercepts = new double[lambdas.Length];
        for (int s = 0; s < lambdas.Length; s++)
        {
            _intercepts[s] = decomposition.YMean - Products.Dot(decomposition.Means, _coefficients.Row(s));
        }
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => _failures[settingIndex];

    /// <summary>Predicts with every λ at once, one pass over X. Time 2np for each λ.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _coefficients.Columns, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, _failures.Length, nameof(yHat));
        double[] products = new double[_failures.Length];
        for (int i = 0; i < x.Rows; i++)
        {
            Products.Project(_coefficients.View, x.Row(i), products);
            for (int s = 0; s < products.Length; s++)
            {
                if (_failures[s] is null)
                {
                    yHat[i, s] = _intercepts[s] + products[s];
                }
            }
        }
    }

    /// <summary>The magnitude of each coefficient.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (_failures[settingIndex] is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        FittedRidge.CopyMagnitudes(_coefficients.Row(settingIndex), importance);
    }
}
