using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Detrending: each spectrum minus the polynomial over its variables that fits it best.</summary>
/// <remarks>
/// <c>detrend(degree)</c>, degree 2 by default; x → x − Σ_k (q_k·x) q_k with q_k orthonormal polynomials over the
/// variable's index scaled to [−1, 1], so variables count as equally spaced. Degree 0 takes off the mean.
/// With exactly degree + 1 variables the result is zero up to rounding; with fewer it is refused.
/// Barnes' recipe, SNV first, is the chain <c>snv + detrend(2)</c>. Time O(np · degree); memory p · degree doubles.
/// Barnes, Dhanoa and Lister (1989), Applied Spectroscopy 43, 772-777.
/// </remarks>
public sealed record Detrend : IPretreatment
{
    /// <summary>The highest degree; a trend that bends more often is signal.</summary>
    public const int DegreeMax = 10;

    /// <summary>A polynomial of one degree.</summary>
    public Detrend(int degree = 2)
    {
        if (degree is < 0 or > DegreeMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Detrending takes a polynomial of degree 0 to {DegreeMax}, found {degree}. Example: detrend(2).");
        }

        Degree = degree;
    }

    /// <summary>Degree of the polynomial.</summary>
    public int Degree { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"detrend({Degree})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (axis.Count <= Degree)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs at least {Degree + 1} variables, but the spectra have {axis.Count}. "
                + "Use a lower degree, or more variables.");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(OutputAxis(axis).Count, Degree);

    private sealed class Fitted : IFittedPretreatment
    {
        private readonly double[][] _basis;

        public Fitted(int p, int degree)
        {
            var polynomials = new GramPolynomials(p, degree);
            _basis = new double[degree + 1][];
            for (int k = 0; k <= degree; k++)
            {
                _basis[k] = new double[p];
            }

            for (int j = 0; j < p; j++)
            {
                double[] values = polynomials.Evaluate(polynomials.Point(j), degree, 0);
                for (int k = 0; k <= degree; k++)
                {
                    _basis[k][j] = values[k] / Math.Sqrt(polynomials.SquaredNorms[k]);
                }
            }
        }

        public void Apply(MatrixView x, MatrixSpan target)
        {
            RowKernels.RequireShapes(x, target, _basis[0].Length);
            for (int i = 0; i < x.Rows; i++)
            {
                // Each polynomial is taken off what the ones before it left: what rounding left behind goes too.
                ReadOnlySpan<double> rest = x.Row(i);
                Span<double> result = target.Row(i);
                foreach (double[] q in _basis)
                {
                    RowKernels.AddMultiple(rest, -RowKernels.Dot(q, rest, 0), q, result);
                    rest = result;
                }
            }
        }
    }
}
