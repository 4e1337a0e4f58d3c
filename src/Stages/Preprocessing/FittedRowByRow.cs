using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Preprocessing;

/// <summary>A fitted pretreatment that treats one spectrum after the other.</summary>
/// <param name="columns">Variables of a spectrum, p.</param>
/// <param name="width">Variables of the result, p'.</param>
internal abstract class FittedRowByRow(int columns, int width) : IFittedPretreatment
{
    /// <inheritdoc/>
    public virtual ImmutableArray<NamedArray> Learnt => [];

    /// <inheritdoc/>
    public void Apply(MatrixView x, MatrixSpan target)
    {
        RowKernels.RequireShapes(x, target, columns, width);
        for (int i = 0; i < x.Rows; i++)
        {
            Treat(x.Row(i), target.Row(i));
        }
    }

    /// <inheritdoc/>
    public virtual int CountClipped(ReadOnlySpan<double> spectrum) => 0;

    /// <summary>Treats one spectrum of p values into p' values, which do not overlap it.</summary>
    protected abstract void Treat(ReadOnlySpan<double> x, Span<double> target);
}
