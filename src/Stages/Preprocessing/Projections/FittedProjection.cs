using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>Spectra less some directions: x → x − Σ_a ((x − mean)·w_a) p_a.</summary>
/// <remarks>Immutable. Every direction is measured in the spectrum as it came, so their order does not matter. Time 4pA for each spectrum.</remarks>
internal sealed class FittedProjection : FittedRowByRow
{
    private const string MeansName = "means";
    private const string WeightsName = "weights";
    private const string LoadingsName = "loadings";

    private readonly double[] _means;
    private readonly Matrix _weights;
    private readonly Matrix _loadings;
    private readonly double[] _offsets;

    /// <summary>A mean of p values, A × p weights and A × p loadings; without directions nothing is taken off.</summary>
    public FittedProjection(double[] means, Matrix weights, Matrix loadings)
        : base(means.Length, means.Length)
    {
        _means = means;

        // Where there is no direction, one of zeros stands for it: saved arrays have rows.
        _weights = weights.Rows > 0 ? weights : new Matrix(1, means.Length);
        _loadings = weights.Rows > 0 ? loadings : new Matrix(1, means.Length);
        _offsets = new double[_weights.Rows];
        for (int a = 0; a < _offsets.Length; a++)
        {
            _offsets[a] = RowKernels.Dot(_weights.Row(a), means, 0);
        }
    }

    /// <inheritdoc/>
    public override ImmutableArray<NamedArray> Learnt =>
    [
        NamedArray.Of(MeansName, [.. _means]),
        new NamedArray(WeightsName, _weights.View.ToMatrix()),
        new NamedArray(LoadingsName, _loadings.View.ToMatrix()),
    ];

    /// <summary>From saved numbers, bit for bit.</summary>
    public static FittedProjection Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis)
    {
        int count = SavedNumbers.Any(learnt, WeightsName).Rows;
        return new FittedProjection(
            SavedNumbers.Of(learnt, MeansName, axis.Count),
            SavedNumbers.MatrixOf(learnt, WeightsName, count, axis.Count).View.ToMatrix(),
            SavedNumbers.MatrixOf(learnt, LoadingsName, count, axis.Count).View.ToMatrix());
    }

    /// <inheritdoc/>
    protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
    {
        x.CopyTo(target);
        for (int a = 0; a < _offsets.Length; a++)
        {
            double score = RowKernels.Dot(_weights.Row(a), x, 0) - _offsets[a];
            RowKernels.AddMultiple(target, -score, _loadings.Row(a), target);
        }
    }
}
