using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>The kernel of a support vector machine as a function of squared distances: a line, or a radial function of some γ.</summary>
/// <remarks>
/// Spectra count as divided by the root of their total variance V (divisor n) over the calibration samples, so neither γ nor
/// C depends on their unit. Radial: exp(-γ d²/V), where γ = 1 is what scikit-learn calls <c>gamma="scale"</c> for centred spectra. Line:
/// xᵀz/V, for which -d²/(2V) stands, because weights add up to 0 and terms of one spectrum alone then drop out.
/// </remarks>
/// <param name="Gamma">γ; 0 is the line.</param>
public readonly record struct SupportVectorKernel(double Gamma)
{
    /// <summary>The straight line.</summary>
    public static SupportVectorKernel Line => new(0);

    /// <summary>Whether models are lines through the variables.</summary>
    public bool IsLine => Gamma == 0;

    /// <summary>V: the mean squared distance of spectra from their mean; 1 where they do not vary.</summary>
    /// <param name="squared">Squared distances in the lower half.</param>
    internal static double TotalVariance(Matrix squared)
    {
        int m = squared.Rows;
        double sum = 0;
        for (int i = 0; i < m; i++)
        {
            foreach (double value in squared.Row(i)[..i])
            {
                sum += value;
            }
        }

        double variance = sum / m / m;
        return variance > 0 ? variance : 1;
    }

    /// <summary>What squared distances are multiplied by: γ/V, or 1/(2V).</summary>
    internal double Factor(double variance) => (IsLine ? 0.5 : Gamma) / variance;

    /// <summary>The kernel of some squared distances.</summary>
    /// <param name="factor">Of <see cref="Factor"/>.</param>
    /// <param name="squared">The distances.</param>
    /// <param name="kernel">As many values.</param>
    internal void Apply(double factor, ReadOnlySpan<double> squared, Span<double> kernel)
    {
        if (!IsLine)
        {
            Exponential.OfNegative(factor, squared, kernel);
            return;
        }

        squared.CopyTo(kernel);
        Products.Scale(-factor, kernel);
    }

    /// <summary>K of all samples, m × m. Time m²/4 ns.</summary>
    /// <param name="squared">Squared distances in the lower half.</param>
    /// <param name="factor">Of <see cref="Factor"/>.</param>
    internal Matrix Of(Matrix squared, double factor)
    {
        int m = squared.Rows;
        var kernel = new Matrix(m, m);
        for (int i = 0; i < m; i++)
        {
            Apply(factor, squared.Row(i)[..(i + 1)], kernel.Row(i)[..(i + 1)]);
        }

        MatrixProducts.Mirror(kernel.Span);
        return kernel;
    }
}
