using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>All component counts of one PLS fit.</summary>
internal sealed class PlsPath : ISettingPath
{
    private readonly KernelPls _pls;
    private readonly ImmutableArray<int> _components;

    /// <summary>The answers of a fit for the component counts asked.</summary>
    public PlsPath(KernelPls pls, ImmutableArray<int> components)
    {
        _pls = pls;
        _components = components;
    }

    /// <inheritdoc/>
    public string? FailureOf(int settingIndex) => _pls.FailureOf(_components[settingIndex]);

    /// <summary>Predicts with every count at once: t = (x - mean)ᵀR, then ŷ = ȳ + Σ q t over components. Time 2npA.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, _pls.Means.Length, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Rows, x.Rows, nameof(yHat));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, _components.Length, nameof(yHat));
        double[] centred = new double[x.Columns];
        double[] t = new double[_pls.Count];
        double[] sums = new double[_pls.Count + 1];
        MatrixView rotations = _pls.Rotations.View.RowBand(0, _pls.Count);
        ReadOnlySpan<double> q = _pls.YLoadings;
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), _pls.Means, centred);
            Products.Project(rotations, centred, t);
            sums[0] = _pls.YMean;
            for (int a = 0; a < t.Length; a++)
            {
                sums[a + 1] = Math.FusedMultiplyAdd(q[a], t[a], sums[a]);
            }

            for (int j = 0; j < _components.Length; j++)
            {
                if (FailureOf(j) is null)
                {
                    yHat[i, j] = sums[Math.Min(_components[j], _pls.Count)];
                }
            }
        }
    }

    /// <summary>Variable importance in projection (VIP); see <see cref="FittedPls.CopyImportance(int, Span{double})"/>.</summary>
    public void CopyImportance(int settingIndex, Span<double> importance)
    {
        if (FailureOf(settingIndex) is { } reason)
        {
            throw new InvalidOperationException($"A setting without answer has no importance: {reason}");
        }

        _pls.CopyImportance(_components[settingIndex], importance);
    }

    /// <summary>Importance by the variance of the spectra, for comparison with programs that take it for VIP.</summary>
    public void CopyImportanceOfSpectra(int settingIndex, Span<double> importance) =>
        _pls.CopyImportanceOfSpectra(_components[settingIndex], importance);
}
