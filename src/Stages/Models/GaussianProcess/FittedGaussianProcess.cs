using System.Collections.Immutable;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.GaussianProcess;

/// <summary>A fitted Gaussian process of one response.</summary>
/// <remarks>Holds a copy of its calibration spectra, which are part of the model. Immutable, safe for several threads.</remarks>
public sealed class FittedGaussianProcess : IFittedModel
{
    private readonly KernelExpansion _expansion;
    private readonly GaussianProcessEvidence _evidence;
    private readonly double _factor;

    internal FittedGaussianProcess(KernelExpansion expansion, GaussianProcessEvidence evidence, double factor, double length)
    {
        _expansion = expansion;
        _evidence = evidence;
        _factor = factor;
        Length = length;
    }

    /// <summary>s of the kernel exp(-d²/(2s²)), in the unit of the spectra.</summary>
    public double Length { get; }

    /// <summary>The noise variance as a multiple of the signal variance.</summary>
    public double NoiseRatio => _evidence.NoiseRatio;

    /// <summary>The variance of the process, σ².</summary>
    public double SignalVariance => _evidence.SignalVariance;

    /// <summary>The variance of a reading around the process.</summary>
    public double NoiseVariance => NoiseRatio * SignalVariance;

    /// <summary>The log of the marginal likelihood; +∞ for a response without variance.</summary>
    public double LogLikelihood => _evidence.LogLikelihood;

    /// <inheritdoc/>
    public int VariableCount => _expansion.VariableCount;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt => FittedExpansion.Save(_expansion, _evidence.Weights, _factor);

    /// <summary>Predicts spectra into one mean each. Time 2np for each, with n calibration samples.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) =>
        new KernelPath(_expansion, new Matrix(1, _expansion.Count, _evidence.Weights), [_factor], [null]).Predict(x, yHat);

    /// <summary>The variance of the process at each spectrum, σ²(1 - kᵀ(K + νI)⁻¹k), without the noise of a reading. Time 2np + 4n² for each.</summary>
    public void PredictVariance(MatrixView x, Span<double> variance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(variance.Length, x.Rows);
        double[] squared = new double[_expansion.Count];
        double[] centred = new double[VariableCount];
        double[] solved = new double[_expansion.Count];
        var kernel = new Matrix(1, _expansion.Count);
        for (int i = 0; i < x.Rows; i++)
        {
            _expansion.Distances(x.Row(i), centred, squared);
            Exponential.OfNegative(_factor, squared, kernel.Values);
            _evidence.Kernel.ApplyQTransposed(kernel.Span);
            _evidence.Kernel.TrySolve(NoiseRatio, kernel.Values, solved);
            variance[i] = SignalVariance * Math.Max(0, 1 - Products.Dot(kernel.Values, solved));
        }
    }

    /// <summary>Root mean square, over calibration samples, of the derivative of the mean by each variable. Time 2n²p.</summary>
    public void CopyImportance(Span<double> importance) => _expansion.CopyImportance(_evidence.Weights, _factor, importance);
}
