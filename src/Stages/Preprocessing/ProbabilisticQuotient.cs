using System.Buffers;
using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Probabilistic quotient normalisation: each spectrum divided by its most usual ratio to a reference.</summary>
/// <remarks>
/// Fitted: the reference r_j is the median of variable j over the calibration rows. x → x / m with m the median over j of
/// x_j / r_j, of variables with |r_j| above 10⁻¹² of the largest: a dilution that most variables share, whatever a few bands
/// do. m is applied as it stands; m = 0 leaves the spectrum as it is. For spectra that are positive, after <c>norm(area)</c>
/// for the method as published. A reference of zeros is refused. Time O(np) on average; memory p doubles, p borrowed.
/// Dieterle, Ross, Schlotterbeck and Senn (2006), Analytical Chemistry 78, 4281-4290.
/// </remarks>
public sealed record ProbabilisticQuotient : IPretreatment
{
    private const double ShareMin = 1e-12;

    private const string ReferenceName = "reference";

    /// <inheritdoc/>
    public string Notation => "pqn";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        double[] reference = new double[x.Columns];
        double[] column = new double[x.Rows];
        for (int j = 0; j < reference.Length; j++)
        {
            x.CopyColumn(j, column);
            reference[j] = OrderStatistic.Median(column);
        }

        if (reference.All(value => value == 0))
        {
            throw new StageException(
                FailureKind.Numerical,
                $"pqn: the median of the {x.Rows} calibration spectra is zero everywhere, and nothing can be divided by it. "
                + "Check the spectra, or leave pqn out.");
        }

        return new Fitted(reference);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) =>
        new Fitted(SavedNumbers.Of(learnt, ReferenceName, axis.Count));

    private sealed class Fitted : FittedRowByRow
    {
        private readonly double[] _reference;
        private readonly int[] _variables;

        public Fitted(double[] reference)
            : base(reference.Length, reference.Length)
        {
            double least = ShareMin * reference.Max(Math.Abs);
            _reference = reference;
            _variables = [.. Enumerable.Range(0, reference.Length).Where(j => Math.Abs(reference[j]) > least)];
        }

        public override ImmutableArray<NamedArray> Learnt => [NamedArray.Of(ReferenceName, [.. _reference])];

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            double[] quotients = ArrayPool<double>.Shared.Rent(_variables.Length);
            try
            {
                for (int k = 0; k < _variables.Length; k++)
                {
                    quotients[k] = x[_variables[k]] / _reference[_variables[k]];
                }

                double dilution = OrderStatistic.Median(quotients.AsSpan(0, _variables.Length));
                RowKernels.ShiftAndScale(x, 0, dilution == 0 ? 1 : 1 / dilution, 0, target);
            }
            finally
            {
                ArrayPool<double>.Shared.Return(quotients);
            }
        }
    }
}
