using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Multiplicative scatter correction: each spectrum is laid onto the mean calibration spectrum.</summary>
/// <remarks>
/// Fitted: the reference r is the mean of the calibration rows. A spectrum is regressed on it, x = a + b r + e, and
/// becomes (x − a) / b. A negative slope is applied as it stands. A spectrum that holds nothing of the reference
/// (squared correlation at most 10⁻²⁰, which a spectrum without variance has) has no meaningful slope; it becomes
/// the reference's mean in every variable, as SNV makes it zero, and no infinity arises.
/// A reference without variance, hence a single variable, is refused. Time O(np), memory p doubles.
/// Martens, Jensen and Geladi (1983), Proc. Nordic Symposium on Applied Statistics, 205-234; Geladi, MacDougall and
/// Martens (1985), Applied Spectroscopy 39, 491-500.
/// </remarks>
public sealed record MultiplicativeScatterCorrection : IPretreatment
{
    private const double SquaredCorrelationMin = 1e-20;

    private const string ReferenceName = "reference_centred";
    private const string MomentsName = "reference_mean_and_squares";

    /// <inheritdoc/>
    public string Notation => "msc";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (axis.Count < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                "msc fits a line through a spectrum and needs at least 2 variables, but the spectra have 1. "
                + "Use more variables, or leave this step out.");
        }

        return axis;
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        OutputAxis(axis);
        double[] reference = ColumnMoments.Means(x);
        double mean = reference[0] + (RowKernels.SumOfDifferences(reference, reference[0]) / reference.Length);
        double squares = RowKernels.SumOfSquares(reference, mean);
        if (squares == 0)
        {
            throw new StageException(
                FailureKind.Numerical,
                $"msc: the mean of the {x.Rows} calibration spectra is a flat line, onto which nothing can be laid. "
                + "Check the spectra, or leave msc out.");
        }

        RowKernels.ShiftAndScale(reference, mean, 1, 0, reference);
        return new Fitted(reference, mean, squares);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis)
    {
        double[] moments = SavedNumbers.Of(learnt, MomentsName, 2);
        return new Fitted(SavedNumbers.Of(learnt, ReferenceName, axis.Count), moments[0], moments[1]);
    }

    private sealed class Fitted : IFittedPretreatment
    {
        private readonly double[] _centred;
        private readonly double _mean;
        private readonly double _squares;

        public Fitted(double[] centred, double mean, double squares)
        {
            _centred = centred;
            _mean = mean;
            _squares = squares;
        }

        public ImmutableArray<NamedArray> Learnt =>
            [NamedArray.Of(ReferenceName, [.. _centred]), NamedArray.Of(MomentsName, [_mean, _squares])];

        public void Apply(MatrixView x, MatrixSpan target)
        {
            RowKernels.RequireShapes(x, target, _centred.Length);
            for (int i = 0; i < x.Rows; i++)
            {
                Treat(x.Row(i), target.Row(i));
            }
        }

        private void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            double mean = x[0] + (RowKernels.SumOfDifferences(x, x[0]) / x.Length);
            double product = RowKernels.Dot(_centred, x, mean);
            double squares = RowKernels.SumOfSquares(x, mean);
            if (product * product <= SquaredCorrelationMin * squares * _squares)
            {
                target.Fill(_mean);
                return;
            }

            // (x − a) / b with a = mean − b · mean of the reference.
            RowKernels.ShiftAndScale(x, mean, _squares / product, _mean, target);
        }
    }
}
