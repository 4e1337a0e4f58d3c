using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>A fitted PLS regression of one response, with the coefficients of every smaller component count.</summary>
/// <remarks>
/// Matrices that the literature writes p × A are held with one component per row, A × p. Immutable, safe for
/// several threads. Signs follow the weights, whose largest element is positive; coefficients do not depend on them.
/// </remarks>
public sealed class FittedPls : ILinearModel
{
    private readonly KernelPls _pls;
    private readonly Matrix _coefficients;
    private readonly double[] _intercepts;

    internal FittedPls(KernelPls pls, int components)
    {
        _pls = pls;
        Components = components;
        _coefficients = new Matrix(components, pls.Means.Length);
        _intercepts = new double[components];
        for (int a = 0; a < components; a++)
        {
            Span<double> b = _coefficients.Row(a);
            if (a > 0)
            {
                _coefficients.Row(a - 1).CopyTo(b);
            }

            if (a < pls.Count)
            {
                Products.Axpy(pls.YLoadings[a], pls.Rotations.Row(a), b);
            }

            _intercepts[a] = pls.YMean - Products.Dot(pls.Means, b);
        }
    }

    /// <summary>Components of the model, A.</summary>
    public int Components { get; }

    /// <summary>Components extracted: A, or 0 where the response has no variance.</summary>
    public int ComponentCount => Math.Min(Components, _pls.Count);

    /// <inheritdoc/>
    public int VariableCount => _pls.Means.Length;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <summary>Wᵀ, A × p: orthonormal rows, the largest element of each positive.</summary>
    public MatrixView Weights => _pls.Weights.View.RowBand(0, ComponentCount);

    /// <summary>Pᵀ, A × p: loadings of X on the scores.</summary>
    public MatrixView Loadings => _pls.Loadings.View.RowBand(0, ComponentCount);

    /// <summary>Rᵀ, A × p: T = X R for centred X, R = W(PᵀW)⁻¹.</summary>
    public MatrixView Rotations => _pls.Rotations.View.RowBand(0, ComponentCount);

    /// <summary>q, A values: the loading of the response on each component.</summary>
    public ReadOnlySpan<double> YLoadings => _pls.YLoadings[..ComponentCount];

    /// <summary>tᵀt of each component, A values.</summary>
    public ReadOnlySpan<double> ScoreSquares => _pls.ScoreSquares[..ComponentCount];

    /// <summary>Means of the p variables over the calibration samples.</summary>
    public ReadOnlySpan<double> Means => _pls.Means;

    /// <summary>Mean of the response over the calibration samples.</summary>
    public double ResponseMean => _pls.YMean;

    /// <summary>p coefficients on the original scale for 1 to A components: ŷ = intercept + xᵀb.</summary>
    public ReadOnlySpan<double> Coefficients(int components) => _coefficients.Row(Checked(components));

    /// <summary>The intercept for 1 to A components.</summary>
    public double Intercept(int components) => _intercepts[Checked(components)];

    /// <inheritdoc/>
    ReadOnlySpan<double> ILinearModel.Coefficients => _coefficients.Row(Components - 1);

    /// <inheritdoc/>
    double ILinearModel.Intercept => _intercepts[Components - 1];

    /// <summary>Predicts n × p spectra into n × 1 values through the coefficients of all A components. Time 2np.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) =>
        LinearPrediction.Predict(x, _coefficients.Row(Components - 1), _intercepts[Components - 1], yHat);

    /// <summary>Variable importance in projection (VIP) with all A components; see <see cref="CopyImportance(int, Span{double})"/>.</summary>
    public void CopyImportance(Span<double> importance) => _pls.CopyImportance(Components, importance);

    /// <summary>Variable importance in projection (VIP) for 1 to A components; all 0 for a response without variance.</summary>
    /// <remarks>
    /// VIP(j)² = p Σ w(j,a)² s(a) / Σ s(a) with s(a) = q(a)² t(a)ᵀt(a), so the mean of VIP² over variables is 1.
    /// Wold, Johansson and Cocchi (1993), in 3D QSAR in Drug Design, ESCOM, 523-550.
    /// </remarks>
    public void CopyImportance(int components, Span<double> importance) =>
        _pls.CopyImportance(Checked(components) + 1, importance);

    private int Checked(int components)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(components, Components);
        return components - 1;
    }
}
