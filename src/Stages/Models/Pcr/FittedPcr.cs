using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>A fitted principal component regression of one response.</summary>
/// <remarks>Matrices that the literature writes p × A are held with one component per row. Immutable, safe for several threads.</remarks>
public sealed class FittedPcr : ILinearModel
{
    private readonly PcrFit _fit;
    private readonly double[] _coefficients;

    internal FittedPcr(PcrFit fit, int components)
    {
        _fit = fit;
        Components = components;
        _coefficients = new double[fit.Means.Length];
        Products.TransposedTimes(Loadings, YLoadings, _coefficients);
        Intercept = fit.YMean - Products.Dot(fit.Means, _coefficients);
    }

    /// <summary>Components of the model, A.</summary>
    public int Components { get; }

    /// <summary>Components used: A, or what the spectra have where the response has no variance.</summary>
    public int ComponentCount => Math.Min(Components, _fit.Count);

    /// <inheritdoc/>
    public int VariableCount => _coefficients.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>Pᵀ, A × p: unit loadings, the largest element of each positive.</summary>
    public MatrixView Loadings => _fit.Loadings.View.RowBand(0, ComponentCount);

    /// <summary>q, A values: the coefficient of the response on each score.</summary>
    public ReadOnlySpan<double> YLoadings => _fit.YLoadings.AsSpan(0, ComponentCount);

    /// <summary>tᵀt of each component, A values, falling: the squared singular values of the centred spectra.</summary>
    public ReadOnlySpan<double> ScoreSquares => _fit.Squares.AsSpan(0, ComponentCount);

    /// <summary>p coefficients on the original scale: ŷ = intercept + xᵀb.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The intercept.</summary>
    public double Intercept { get; }

    /// <summary>Predicts n × p spectra into n × 1 values. Time 2np.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) => LinearPrediction.Predict(x, _coefficients, Intercept, yHat);

    /// <summary>Variable importance in projection (VIP) with the loadings of X in place of the weights of PLS.</summary>
    /// <remarks>VIP(j)² = p Σ v(j,a)² s(a) / Σ s(a) with s(a) = q(a)² t(a)ᵀt(a); the mean of VIP² over variables is 1.</remarks>
    public void CopyImportance(Span<double> importance) => _fit.CopyImportance(Components, importance);
}
