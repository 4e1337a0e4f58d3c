using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls.FromMoments;

/// <summary>One PLS fit by improved kernel PLS, algorithm 2, component by component.</summary>
/// <remarks>
/// <para>
/// All it knows of X are S = XᵀY and, for each component, the product of XᵀX with its direction, which the caller makes:
/// so fits of many responses or folds advance side by side and share one matrix product. With several responses they
/// are joint (PLS2). Variables may be divided by their deviations d: everything is held on the original scale, with
/// w on the divided one, so XᵀX is never copied. Time p(4a + 4q) for component a beside the product; memory
/// p(3A + q + 3) doubles. Ranks are judged as by <see cref="KernelPls"/>; signs likewise.
/// </para>
/// <para>
/// <b>Rounding.</b> A product XᵀX r is off by about e = ε tr(XᵀX) ‖r‖/√p, for the roundings of its p terms partly cancel.
/// So tᵀt and with it the component are off by e ‖r‖/tᵀt of themselves; S is off by the sum of e rᵀS/tᵀt over the
/// components taken off it, and the next weight by that part of ‖S‖. Both move predictions by the same part of what the
/// component explains of the response. The largest error of held-out predictions was .1 to 9 times the sum of these, for
/// tecator, wheat, corn, diesel, soil, biscuits and simulated spectra as measured, after SNV and differences, up to 30
/// components, with errors from 1e-12 to 1e-6 deviations of the response against NIPALS in extended precision; where
/// the error was above 2e-11, .08 to 4.4 times, and no sum below 9e-10 hid an error above 1e-9.
/// The bounds without √p reach 50 times further: with them simulated 5000 × 500 would all be answered directly.
/// </para>
/// <para>Dayal and MacGregor (1997), J. Chemometrics 11, 73-85, algorithm 2; their N, K, M, A are n, p, q, A.</para>
/// </remarks>
internal sealed class MomentsFit : IDisposable
{
    /// <summary>Above this estimated error, in deviations of the response, the direct form answers where it can.</summary>
    public const double DirectAbove = 4.5e-10;

    /// <summary>Above this estimated error no answer is given from moments alone.</summary>
    public const double SupportedMax = 3e-7;

    private const double Epsilon = 2.2e-16;

    private readonly ScratchMatrix _covariance;
    private readonly ScratchMatrix _weights;
    private readonly ScratchMatrix _loadings;
    private readonly ScratchMatrix _rotations;
    private readonly ReadOnlyMemory<double> _scales;
    private readonly double[] _w;
    private readonly double[] _along;
    private readonly double[] _blend;
    private readonly double[] _covarianceAlong;
    private readonly double[] _yLoadings;
    private readonly double[] _scoreSquares;
    private readonly double[] _errors;
    private readonly double _xNorm;
    private readonly double _ySquares;
    private readonly double _covarianceMin;
    private readonly double _rounding;
    private double _rotationSquares;
    private double _covarianceNorm;
    private double _covarianceError;

    /// <summary>A fit without components.</summary>
    /// <param name="covariance">S of the calibration samples, one response per row, q × p.</param>
    /// <param name="xSquares">tr(XᵀX) of the variables, divided where they are.</param>
    /// <param name="ySquares">‖Y‖² of the centred responses.</param>
    /// <param name="count">Calibration samples, n.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="scales">1/d of each variable; empty where variables are not divided.</param>
    public MomentsFit(
        MatrixView covariance, double xSquares, double ySquares, long count, int componentsMax, ReadOnlyMemory<double> scales)
    {
        int p = covariance.Columns;
        int A = ySquares == 0 ? 0 : (int)Math.Min(componentsMax, Math.Min(count - 1, p));
        IsResponseConstant = ySquares == 0;
        _scales = scales;
        _covariance = new ScratchMatrix(covariance.Rows, p);
        _weights = new ScratchMatrix(A, p);
        _loadings = new ScratchMatrix(A, p);
        _rotations = new ScratchMatrix(A, p);
        covariance.CopyTo(_covariance.Span);
        _w = new double[p];
        _along = new double[A];
        _blend = new double[covariance.Rows];
        _covarianceAlong = new double[covariance.Rows];
        _yLoadings = new double[A * covariance.Rows];
        _scoreSquares = new double[A];
        _errors = new double[A];
        _xNorm = Math.Sqrt(xSquares);
        _ySquares = ySquares;
        _covarianceMin = KernelPls.CovarianceMin * _xNorm * Math.Sqrt(ySquares);

        // Sums of blocks round like a random walk over the blocks.
        _rounding = Epsilon * Math.Sqrt((1 + (count / 4096.0)) / p) * xSquares;
        _covarianceError = Epsilon * Math.Sqrt((1 + (count / 4096.0)) / p) * _xNorm * Math.Sqrt(ySquares);
        EndedCleanly = A == 0;
        IsActive = A > 0 && TryTurn();
    }

    /// <summary>Whether <see cref="Direction"/> waits for its product with XᵀX.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whether the fit ended with all components asked, or because no covariance was left; otherwise in rounding.</summary>
    public bool EndedCleanly { get; private set; }

    /// <summary>Whether the direct form must answer, because it can tell more or better.</summary>
    public bool NeedsDirect => !IsActive && (!EndedCleanly || SoundCount < Count);

    /// <summary>True where the response has no variance: there are no components, and every count predicts the mean.</summary>
    public bool IsResponseConstant { get; }

    /// <summary>Components found.</summary>
    public int Count { get; private set; }

    /// <summary>Responses of the fit, q.</summary>
    public int ResponseCount => _blend.Length;

    /// <summary>The rotation of the next component, p values: t = X r for X less its mean.</summary>
    public ReadOnlySpan<double> Direction => _rotations.View.Row(Count);

    /// <summary>Wᵀ, one component per row, on the divided scale.</summary>
    public MatrixView Weights => _weights.View.RowBand(0, Count);

    /// <summary>Rᵀ, one component per row, for variables as measured.</summary>
    public MatrixView Rotations => _rotations.View.RowBand(0, Count);

    /// <summary>tᵀt of each component.</summary>
    public ReadOnlySpan<double> ScoreSquares => _scoreSquares.AsSpan(0, Count);

    /// <summary>Components whose predictions are as good as those of the direct form: estimated error at most <see cref="DirectAbove"/>.</summary>
    public int SoundCount => CountBelow(DirectAbove);

    /// <summary>Components that moments support at all: estimated error at most <see cref="SupportedMax"/>.</summary>
    public int SupportedCount => CountBelow(SupportedMax);

    /// <summary>Bytes of a fit of p variables, q responses and A components.</summary>
    public static long SizeBytes(int variables, int responses, int components) =>
        (3 * ScratchMatrix.SizeBytes(Math.Min(components, variables), variables))
            + ScratchMatrix.SizeBytes(responses, variables)
            + (sizeof(double) * (variables + ((4L + responses) * components)));

    /// <summary>The loadings of the q responses on a component.</summary>
    public ReadOnlySpan<double> YLoadings(int component) => _yLoadings.AsSpan(component * ResponseCount, ResponseCount);

    /// <summary>Estimated error of predictions with so many components, in deviations of the response.</summary>
    public double ErrorOf(int components) => components == 0 ? 0 : _errors[Math.Min(components, Count) - 1];

    /// <summary>Why a component count has no answer where there are moments alone, or null where it has one.</summary>
    public string? FailureOf(int components)
    {
        if (IsResponseConstant || components <= SupportedCount)
        {
            return null;
        }

        return SupportedCount < Count
            ? $"{components} components asked; from sums over samples, working precision supports {SupportedCount}: later "
                + "components differ by less than these sums are rounded. Ask for fewer, or remove what all spectra have in "
                + "common by a pretreatment such as SNV or a derivative."
            : KernelPls.FailureOf(components, Count);
    }

    /// <summary>Takes the product of XᵀX with <see cref="Direction"/>, which ends the component, and begins the next.</summary>
    public void Advance(ReadOnlySpan<double> product)
    {
        IsActive = false;
        ReadOnlySpan<double> r = Direction;
        double tTt = Products.Dot(r, product);
        double error = (_rounding * _rotationSquares / tTt) + (_covarianceError / _covarianceNorm);
        if (!(tTt > 0) || Math.Sqrt(tTt) <= KernelPls.ScoreMin * _xNorm * Math.Sqrt(_rotationSquares))
        {
            return;
        }

        Span<double> loading = _loadings.Span.Row(Count);
        product.CopyTo(loading);
        Products.Scale(1 / tTt, loading);
        double explained = 0;
        for (int l = 0; l < ResponseCount; l++)
        {
            double q = _covarianceAlong[l] / tTt;
            _yLoadings[(Count * ResponseCount) + l] = q;
            explained += q * q * tTt;
            Products.Axpy(-_covarianceAlong[l], loading, _covariance.Span.Row(l));
        }

        _covarianceError += Math.Sqrt(Products.Dot(_covarianceAlong, _covarianceAlong) * _rotationSquares) * _rounding / tTt;
        _scoreSquares[Count] = tTt;
        _errors[Count] = ErrorOf(Count) + (error * Math.Sqrt(explained / _ySquares));
        Count++;
        EndedCleanly = Count == _scoreSquares.Length;
        IsActive = !EndedCleanly && TryTurn();
    }

    /// <summary>Regression vectors for 1 to A components of one response, A × p, on the original scale.</summary>
    public void CopyCoefficients(int response, MatrixSpan coefficients)
    {
        for (int a = 0; a < coefficients.Rows; a++)
        {
            Span<double> b = coefficients.Row(a);
            b.Clear();
            if (a > 0)
            {
                coefficients.Row(a - 1).CopyTo(b);
            }

            if (a < Count)
            {
                Products.Axpy(YLoadings(a)[response], _rotations.View.Row(a), b);
            }
        }
    }

    /// <summary>Variable importance (VIP) with so many components; see <see cref="KernelPls.CopyImportance(int, Span{double})"/>.</summary>
    public void CopyImportance(int components, Span<double> importance)
    {
        int found = Math.Min(components, Count);
        double[] explained = new double[found];
        for (int a = 0; a < found; a++)
        {
            explained[a] = Products.Dot(YLoadings(a), YLoadings(a)) * _scoreSquares[a];
        }

        KernelPls.CopyImportance(_weights.View.RowBand(0, found), explained, importance);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _covariance.Dispose();
        _weights.Dispose();
        _loadings.Dispose();
        _rotations.Dispose();
    }

    /// <summary>Steps 2 and 3: weight and rotation of the next component.</summary>
    private bool TryTurn()
    {
        Span<double> w = _weights.Span.Row(Count);
        double norm = Weight(w);
        _covarianceNorm = norm;
        if (norm <= _covarianceMin)
        {
            EndedCleanly = true;
            return false;
        }

        Products.Scale(Products.SignOfLargest(w) / norm, w);
        w.CopyTo(_w);
        Divide(_w);
        Span<double> r = _rotations.Span.Row(Count);
        Span<double> along = _along.AsSpan(0, Count);
        Products.Project(_loadings.View.RowBand(0, Count), _w, along);
        Products.TransposedTimes(_rotations.View.RowBand(0, Count), along, r);
        RowKernels.Subtract(_w, r, r);
        Products.Project(_covariance.View, r, _covarianceAlong);
        double alongWeight = Math.Abs(Products.Dot(_covarianceAlong, _blend));
        if (Math.Abs(alongWeight - norm) > KernelPls.CovarianceErrorMax * norm)
        {
            return false;
        }

        _rotationSquares = SquaresOnDividedScale(r);
        return true;
    }

    /// <summary>w = S v on the divided scale, for the v of unit length that makes it longest, and its length.</summary>
    private double Weight(Span<double> w)
    {
        MatrixView S = _covariance.View;
        _blend[0] = 1;
        if (S.Rows > 1)
        {
            FindBlend();
        }

        Products.TransposedTimes(S, _blend, w);
        Divide(w);
        return Math.Sqrt(Products.Dot(w, w));
    }

    private void FindBlend()
    {
        MatrixView S = _covariance.View;
        var products = new Matrix(S.Rows, S.Rows);
        double[] squared = new double[S.Columns];
        for (int l = 0; l < S.Rows; l++)
        {
            S.Row(l).CopyTo(squared);
            Divide(squared);
            Divide(squared);
            Products.Project(S, squared, products.Row(l));
        }

        for (int l = 0; l < S.Rows; l++)
        {
            for (int m = 0; m < l; m++)
            {
                products[l, m] = products[m, l];
            }
        }

        DominantVector.Find(products.View, _blend);
    }

    private void Divide(Span<double> vector)
    {
        if (!_scales.IsEmpty)
        {
            SymmetricProducts.Multiply(1, vector, _scales.Span, vector);
        }
    }

    private double SquaresOnDividedScale(ReadOnlySpan<double> r)
    {
        if (_scales.IsEmpty)
        {
            return Products.Dot(r, r);
        }

        ReadOnlySpan<double> scales = _scales.Span;
        double sum = 0;
        for (int j = 0; j < r.Length; j++)
        {
            double value = r[j] / scales[j];
            sum = Math.FusedMultiplyAdd(value, value, sum);
        }

        return sum;
    }

    private int CountBelow(double errorMax)
    {
        int count = 0;
        while (count < Count && _errors[count] <= errorMax)
        {
            count++;
        }

        return count;
    }
}
