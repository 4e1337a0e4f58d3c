using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>The weights of calibration samples for several settings.</summary>
/// <param name="Alpha">Settings × m.</param>
/// <param name="Factors">c of the kernel exp(-c d²) of each setting.</param>
/// <param name="Failures">Why a setting has no answer, or null where it has one.</param>
/// <param name="YMean">The mean response.</param>
internal sealed record KernelWeights(Matrix Alpha, double[] Factors, string?[] Failures, double YMean) : IKernelSums
{
    /// <inheritdoc/>
    public void Sum(ReadOnlySpan<double> squared, Span<double> kernel, Span<double> values) =>
        KernelPath.Sum(squared, kernel, YMean, Alpha.View, Factors, values);
}
