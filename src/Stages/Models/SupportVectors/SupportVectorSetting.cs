using System.Globalization;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.Ridge;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>What makes one support vector machine.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Epsilon">Half the width of the tube within which residuals cost nothing, in deviations of the response; 0 for classes.</param>
/// <param name="Penalty">C, the most that one sample may weigh, for responses in deviations.</param>
internal readonly record struct SupportVectorSetting(SupportVectorKernel Kernel, double Epsilon, double Penalty)
{
    /// <summary>The name of C in studies and keys, which holds all that C does not say.</summary>
    public string Name =>
        (Kernel.IsLine ? "C of a line" : "C at gamma " + KernelWidths.Text(Kernel.Gamma)) + (Epsilon > 0 ? $", epsilon {KernelWidths.Text(Epsilon)}" : "");

    /// <summary>Such as <c>C=10, γ=0.1, ε=0.01</c>.</summary>
    public string Text =>
        $"C={RidgeFamily.Scientific(Penalty)}"
        + (Kernel.IsLine ? ", line" : $", γ={KernelWidths.Text(Kernel.Gamma)}")
        + (Epsilon > 0 ? $", ε={KernelWidths.Text(Epsilon)}" : "");

    /// <summary>Why there is no solution.</summary>
    public string DoesNotSettle(int samples) => string.Create(
        CultureInfo.InvariantCulture,
        $"The support vector machine with {Text} does not settle within {SequentialMinimization.StepsMax(samples):N0} steps. Ask for a "
            + $"smaller C{(Epsilon > 0 ? " or a larger epsilon" : "")}.");
}
