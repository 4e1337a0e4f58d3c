using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Mean centring: each variable minus its mean over the calibration samples.</summary>
/// <remarks>
/// Fitted: x_ij → x_ij − mean_j. A variable without variance becomes exactly 0 on calibration rows. One calibration
/// row is its own mean. Time O(np), memory p doubles.
/// Linear models centre by themselves; this step is for those that do not.
/// Bro and Smilde (2003), J. Chemometrics 17, 16-33.
/// </remarks>
public sealed record MeanCentre : IPretreatment
{
    private const string MeansName = "means";

    /// <inheritdoc/>
    public string Notation => "centre";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(ColumnMoments.Means(x));

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) =>
        new Fitted(SavedNumbers.Of(learnt, MeansName, axis.Count));

    private sealed class Fitted : IFittedPretreatment
    {
        private readonly double[] _means;
        private readonly double[] _ones;

        public Fitted(double[] means)
        {
            _means = means;
            _ones = new double[means.Length];
            Array.Fill(_ones, 1);
        }

        public ImmutableArray<NamedArray> Learnt => [NamedArray.Of(MeansName, [.. _means])];

        public void Apply(MatrixView x, MatrixSpan target)
        {
            RowKernels.RequireShapes(x, target, _means.Length);
            for (int i = 0; i < x.Rows; i++)
            {
                RowKernels.ShiftAndScale(x.Row(i), _means, _ones, target.Row(i));
            }
        }
    }
}
