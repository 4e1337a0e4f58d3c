using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>Support vector regressions of several settings: f(x) = offset + Σ β_l k(x, x_l), in the unit of the response.</summary>
/// <param name="Beta">Settings × m.</param>
/// <param name="Offsets">The offset of each setting.</param>
/// <param name="Kernels">The kernel of each setting; equal ones follow each other.</param>
/// <param name="Factors">What squared distances are multiplied by for each setting.</param>
/// <param name="Failures">Why a setting has no answer, or null where it has one.</param>
internal sealed record SupportVectorWeights(
    Matrix Beta, double[] Offsets, SupportVectorKernel[] Kernels, double[] Factors, string?[] Failures) : IKernelSums
{
    /// <inheritdoc/>
    public void Sum(ReadOnlySpan<double> squared, Span<double> kernel, Span<double> values)
    {
        for (int s = 0; s < values.Length; s++)
        {
            if (s == 0 || Kernels[s] != Kernels[s - 1])
            {
                Kernels[s].Apply(Factors[s], squared, kernel);
            }

            values[s] = Offsets[s] + Products.Dot(Beta.Row(s), kernel);
        }
    }

    /// <summary>The samples that a setting weighs; the first where it weighs none, for a model without centres has no shape.</summary>
    public int[] SupportVectors(int setting)
    {
        int[] support = [.. Enumerable.Range(0, Beta.Columns).Where(l => Beta[setting, l] != 0)];
        return support.Length > 0 ? support : [0];
    }

    /// <summary>The radial model of one setting, which keeps its support vectors alone.</summary>
    public FittedExpansion Expansion(int setting, KernelExpansion all)
    {
        int[] support = SupportVectors(setting);
        return new FittedExpansion(all.Select(support, Offsets[setting]), [.. support.Select(l => Beta[setting, l])], Factors[setting]);
    }

    /// <summary>The line of one setting with the kernel -d²/(2V): its coefficients are Σ β_l x_l / V. Time 2mp.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="x">m × p centred spectra.</param>
    /// <param name="means">What was taken off them.</param>
    public FittedLine Line(int setting, MatrixView x, ReadOnlySpan<double> means)
    {
        (double[] coefficients, double offset) = LineOf(Beta.Row(setting), Factors[setting], x);
        return new FittedLine(coefficients, (Offsets[setting] + offset) - Products.Dot(coefficients, means));
    }

    /// <summary>Coefficients of centred spectra, and what is to be added to the offset.</summary>
    /// <remarks>Σ β_l (-c‖x - x_l‖²) = 2c Σ β_l x_lᵀx - c Σ β_l ‖x_l‖² with Σβ = 0.</remarks>
    internal static (double[] Coefficients, double Offset) LineOf(ReadOnlySpan<double> beta, double factor, MatrixView x)
    {
        double[] coefficients = new double[x.Columns];
        double offset = 0;
        for (int l = 0; l < x.Rows; l++)
        {
            if (beta[l] != 0)
            {
                Products.Axpy(2 * factor * beta[l], x.Row(l), coefficients);
                offset -= factor * beta[l] * Products.Dot(x.Row(l), x.Row(l));
            }
        }

        return (coefficients, offset);
    }
}
