using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Savitzky–Golay smoothing or derivative: a polynomial fitted to a moving window, read at its middle.</summary>
/// <remarks>
/// <c>sg(window, polynomial, derivative)</c>, all in variables, degrees and orders. The d-th derivative is per
/// unit of the axis to the power d: it is divided by delta^d with delta the axis's signed mean step, so a descending
/// axis gives the same derivative as the ascending one. Variables count as equally spaced.
/// Edges: at the first and last (window − 1) / 2 variables the polynomial of the first and last full window is
/// read (SciPy's mode "interp"); the width does not change.
/// Time O(np · window); memory about window² doubles once. Coefficients come from orthogonal polynomials, not
/// from a Vandermonde matrix, whose condition grows with the degree.
/// Savitzky and Golay (1964), Analytical Chemistry 36, 1627-1639; Gorry (1990), Analytical Chemistry 62, 570-573,
/// for coefficients at any position of the window.
/// </remarks>
public sealed record SavitzkyGolay : IPretreatment
{
    /// <summary>The widest window, in variables; bounds the memory of the edge coefficients to 2 MB.</summary>
    public const int WindowMax = 501;

    /// <summary>The highest degree; up to it the polynomials of every window are orthogonal to 12 digits.</summary>
    public const int PolynomialMax = 10;

    /// <summary>A window, a degree and the order of the derivative, 0 for smoothing.</summary>
    public SavitzkyGolay(int window, int polynomial, int derivative)
    {
        if (window < 3 || window > WindowMax || window % 2 == 0)
        {
            throw Invalid($"the window must be an odd number from 3 to {WindowMax}, found {window}");
        }

        if (polynomial < 0 || polynomial > Math.Min(window - 1, PolynomialMax))
        {
            throw Invalid(
                $"in a window of {window} the polynomial must have a degree from 0 to "
                + $"{Math.Min(window - 1, PolynomialMax)}, found {polynomial}");
        }

        if (derivative < 0 || derivative > polynomial)
        {
            throw Invalid(
                $"a polynomial of degree {polynomial} has derivatives of order 0 to {polynomial}, found {derivative}");
        }

        Window = window;
        Polynomial = polynomial;
        Derivative = derivative;
    }

    /// <summary>Number of variables in the window, odd.</summary>
    public int Window { get; }

    /// <summary>Degree of the polynomial.</summary>
    public int Polynomial { get; }

    /// <summary>Order of the derivative.</summary>
    public int Derivative { get; }

    /// <inheritdoc/>
    public string Notation =>
        string.Create(CultureInfo.InvariantCulture, $"sg({Window},{Polynomial},{Derivative})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (Window > axis.Count)
        {
            int widest = axis.Count - 1 + (axis.Count % 2);
            string remedy = widest > Polynomial && widest >= 3
                ? $"Use a window of at most {widest}, or more variables."
                : "Use more variables, or leave this step out.";
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs a window of {Window} variables, but the spectra have {axis.Count}. {remedy}");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(this, OutputAxis(axis));

    private static StageException Invalid(string message) =>
        new(FailureKind.InvalidData, $"Savitzky-Golay: {message}. Example: sg(15,2,1).");

    private sealed class Fitted : IFittedPretreatment
    {
        private readonly int _columns;
        private readonly int _half;
        private readonly double[] _middle;
        private readonly double[] _first;
        private readonly double[] _last;

        public Fitted(SavitzkyGolay specification, SpectralAxis axis)
        {
            double delta = axis.MeanStep;
            _columns = axis.Count;
            _half = specification.Window / 2;
            var basis = new GramPolynomials(specification.Window, specification.Polynomial);
            double[][] values = new double[specification.Window][];
            for (int m = 0; m < values.Length; m++)
            {
                values[m] = basis.Evaluate(basis.Point(m), specification.Polynomial, 0);
            }

            _middle = Coefficients(specification, basis, values, delta, _half);
            int stride = RowKernels.PaddedLength(_half);
            _first = new double[specification.Window * stride];
            _last = new double[specification.Window * stride];
            for (int e = 0; e < _half; e++)
            {
                double[] first = Coefficients(specification, basis, values, delta, e);
                double[] last = Coefficients(specification, basis, values, delta, _half + 1 + e);
                for (int m = 0; m < specification.Window; m++)
                {
                    _first[(m * stride) + e] = first[m];
                    _last[(m * stride) + e] = last[m];
                }
            }
        }

        public void Apply(MatrixView x, MatrixSpan target)
        {
            RowKernels.RequireShapes(x, target, _columns);
            int p = _columns;
            int window = _middle.Length;
            for (int i = 0; i < x.Rows; i++)
            {
                ReadOnlySpan<double> row = x.Row(i);
                Span<double> result = target.Row(i);
                RowKernels.Combine(row[..window], _first, result[.._half]);
                RowKernels.Convolve(row, _middle, result[_half..(p - _half)]);
                RowKernels.Combine(row[(p - window)..], _last, result[(p - _half)..]);
            }
        }

        /// <summary>What each value of the window weighs in the derivative at one of its positions.</summary>
        private static double[] Coefficients(
            SavitzkyGolay specification, GramPolynomials basis, double[][] values, double delta, int position)
        {
            double[] at = basis.Evaluate(basis.Point(position), specification.Polynomial, specification.Derivative);
            double scale = 1;
            for (int d = 0; d < specification.Derivative; d++)
            {
                // Window positions span [-1, 1] in steps of 1 / half.
                scale /= delta * (specification.Window / 2);
            }

            double[] coefficients = new double[specification.Window];
            for (int m = 0; m < coefficients.Length; m++)
            {
                double sum = 0;
                for (int k = specification.Derivative; k < at.Length; k++)
                {
                    sum += values[m][k] * at[k] / basis.SquaredNorms[k];
                }

                coefficients[m] = sum * scale;
            }

            return coefficients;
        }
    }
}
