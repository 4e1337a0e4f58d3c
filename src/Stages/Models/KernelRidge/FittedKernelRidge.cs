using System.Collections.Immutable;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.KernelRidge;

/// <summary>A fitted kernel ridge regression of one response.</summary>
/// <remarks>Holds a copy of its calibration spectra, which are part of the model. Immutable, safe for several threads.</remarks>
public sealed class FittedKernelRidge : IFittedModel
{
    private readonly KernelExpansion _expansion;
    private readonly Matrix _alpha;
    private readonly double _factor;

    internal FittedKernelRidge(KernelExpansion expansion, Matrix alpha, double factor, double length)
    {
        _expansion = expansion;
        _alpha = alpha;
        _factor = factor;
        Length = length;
    }

    /// <summary>s of the kernel exp(-d²/(2s²)), in the unit of the spectra.</summary>
    public double Length { get; }

    /// <summary>The weight of each calibration sample, n values.</summary>
    public ReadOnlySpan<double> Weights => _alpha.Values;

    /// <inheritdoc/>
    public int VariableCount => _expansion.VariableCount;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt => FittedExpansion.Save(_expansion, _alpha.Values.ToArray(), _factor);

    /// <summary>Predicts spectra into one value each. Time 2np for each, with n calibration samples.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) =>
        new KernelPath(_expansion, _alpha, [_factor], [null]).Predict(x, yHat);

    /// <summary>Root mean square, over calibration samples, of the derivative of the prediction by each variable. Time 2n²p.</summary>
    public void CopyImportance(Span<double> importance) => _expansion.CopyImportance(_alpha.Values, _factor, importance);
}
