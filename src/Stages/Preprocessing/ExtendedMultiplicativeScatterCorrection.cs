using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Extended multiplicative scatter correction: MSC that also takes off a polynomial over the axis.</summary>
/// <remarks>
/// Fitted: <c>emsc(degree)</c>, degree 2 by default. The reference r is the mean of the calibration rows. A spectrum is fitted
/// by least squares as x = b r + Σ_k c_k t^k + e with t the axis scaled to [−1, 1] (steps need not be equal), and becomes
/// (x − Σ_k c_k t^k) / b = r + e / b. Degree 0 would be <c>msc</c> and is refused. With x⊥ and r⊥ what
/// polynomials leave of x and r, b = x⊥·r⊥ / r⊥·r⊥ and the result is x⊥ / b + (r − r⊥). A negative b is applied as it stands.
/// A spectrum with nothing of the reference (squared correlation of x⊥ and r⊥ at most 10⁻²⁰, or no x⊥ beyond rounding)
/// becomes r − r⊥, as MSC makes it the reference's mean. A reference that is a polynomial is refused, as are fewer than
/// degree + 2 variables. Time O(np · degree), memory p · (degree + 4) doubles.
/// Martens and Stark (1991), J. Pharmaceutical and Biomedical Analysis 9, 625-635.
/// </remarks>
public sealed record ExtendedMultiplicativeScatterCorrection : IPretreatment
{
    /// <summary>The highest degree; what bends more often is signal.</summary>
    public const int DegreeMax = 6;

    private const double SquaredCorrelationMin = 1e-20;

    /// <summary>Squared share of a spectrum that rounding leaves of a polynomial.</summary>
    private const double SquaredRounding = 1e-26;

    private const string ReferenceName = "reference";

    /// <summary>With a polynomial of one degree.</summary>
    public ExtendedMultiplicativeScatterCorrection(int degree = 2)
    {
        if (degree is < 1 or > DegreeMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"EMSC takes a polynomial of degree 1 to {DegreeMax}, found {degree}{(degree == 0 ? ", which is 'msc'" : "")}. Example: emsc(2).");
        }

        Degree = degree;
    }

    /// <summary>Degree of the polynomial.</summary>
    public int Degree { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"emsc({Degree})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (axis.Count < Degree + 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} needs at least {Degree + 2} variables, but the spectra have {axis.Count}. Use a lower degree, or more variables.");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        OutputAxis(axis);
        var fitted = new Fitted(ColumnMoments.Means(x), axis, Degree);
        return fitted.HasReference
            ? fitted
            : throw new StageException(
                FailureKind.Numerical,
                $"{Notation}: the mean of the {x.Rows} calibration spectra is a polynomial itself, onto which nothing can be laid. "
                + "Check the spectra, or leave this step out.");
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) =>
        new Fitted(SavedNumbers.Of(learnt, ReferenceName, axis.Count), axis, Degree);

    private sealed class Fitted : FittedRowByRow
    {
        private readonly double[] _reference;
        private readonly double[][] _basis;
        private readonly double[] _rest;
        private readonly double[] _trend;
        private readonly double _squares;

        public Fitted(double[] reference, SpectralAxis axis, int degree)
            : base(axis.Count, axis.Count)
        {
            _reference = reference;
            _basis = Basis(axis, degree);
            _rest = new double[reference.Length];
            _trend = new double[reference.Length];
            TakeOffPolynomial(reference, _rest);
            RowKernels.Subtract(reference, _rest, _trend);
            _squares = RowKernels.SumOfSquares(_rest, 0);
        }

        public bool HasReference => _squares > SquaredRounding * RowKernels.SumOfSquares(_reference, 0);

        public override ImmutableArray<NamedArray> Learnt => [NamedArray.Of(ReferenceName, [.. _reference])];

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            TakeOffPolynomial(x, target);
            double product = RowKernels.Dot(_rest, target, 0);
            double squares = RowKernels.SumOfSquares(target, 0);
            if (product * product <= SquaredCorrelationMin * squares * _squares
                || squares <= SquaredRounding * RowKernels.SumOfSquares(x, 0))
            {
                _trend.CopyTo(target);
                return;
            }

            RowKernels.AddMultiple(_trend, _squares / product, target, target);
        }

        /// <summary>Each polynomial is taken off what the ones before it left: what rounding left behind goes too.</summary>
        private void TakeOffPolynomial(ReadOnlySpan<double> x, Span<double> target)
        {
            ReadOnlySpan<double> rest = x;
            foreach (double[] q in _basis)
            {
                RowKernels.AddMultiple(rest, -RowKernels.Dot(q, rest, 0), q, target);
                rest = target;
            }
        }

        /// <summary>Orthonormal polynomials over the positions as they are, by Gram and Schmidt, twice.</summary>
        private static double[][] Basis(SpectralAxis axis, int degree)
        {
            double middle = (axis.Positions[0] + axis.Positions[^1]) / 2;
            double half = Math.Abs(axis.Positions[^1] - axis.Positions[0]) / 2;
            double[][] basis = new double[degree + 1][];
            for (int k = 0; k <= degree; k++)
            {
                double[] next = new double[axis.Count];
                for (int j = 0; j < next.Length; j++)
                {
                    next[j] = k == 0 ? 1 : basis[k - 1][j] * ((axis.Positions[j] - middle) / half);
                }

                for (int pass = 0; pass < 2; pass++)
                {
                    for (int l = 0; l < k; l++)
                    {
                        RowKernels.AddMultiple(next, -RowKernels.Dot(basis[l], next, 0), basis[l], next);
                    }
                }

                Products.Scale(1 / Math.Sqrt(RowKernels.SumOfSquares(next, 0)), next);
                basis[k] = next;
            }

            return basis;
        }
    }
}
