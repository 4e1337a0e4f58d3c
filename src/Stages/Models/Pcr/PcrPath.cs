using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>All component counts of one principal component regression.</summary>
internal sealed class PcrPath : ISettingPath
{
    private readonly PcrFit _fit;
    private readonly ImmutableArray<int> _components;

    /// <summary>The answers of a fit for the component counts asked.</summary>
    public PcrPath(PcrFit fit, ImmutableArray<int> components)
    {
        _fit = fit;
        _components = components;
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => PcrFit.FailureOf(_components[settingIndex], _fit.Count, _fit.IsResponseConstant);

    /// <summary>Predicts with every count at once: ŷ = ȳ + Σ q t over components. Time 2npA.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _fit.Means.Length, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, _components.Length, nameof(yHat));
        double[] centred = new double[x.Columns];
        double[] t = new double[_fit.Count];
        double[] sums = new double[_fit.Count + 1];
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), _fit.Means, centred);
            Products.Project(_fit.Loadings.View, centred, t);
            Accumulate(_fit.YMean, _fit.YLoadings, t, sums);
            for (int j = 0; j < _components.Length; j++)
            {
                if (FailureOf(j) is null)
                {
                    yHat[i, j] = sums[Math.Min(_components[j], _fit.Count)];
                }
            }
        }
    }

    /// <summary>Variable importance in projection (VIP); see <see cref="FittedPcr.CopyImportance"/>.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (FailureOf(settingIndex) is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        _fit.CopyImportance(_components[settingIndex], importance);
    }

    /// <summary>The prediction after 0, 1, … components, into one value more than there are scores.</summary>
    public static void Accumulate(double yMean, ReadOnlySpan<double> q, ReadOnlySpan<double> t, Span<double> sums)
    {
        sums[0] = yMean;
        for (int a = 0; a < t.Length; a++)
        {
            sums[a + 1] = Math.FusedMultiplyAdd(q[a], t[a], sums[a]);
        }
    }
}
