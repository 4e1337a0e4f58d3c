using Apache.Arrow;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>A spectrum column of an Arrow batch seen as a matrix.</summary>
public static class ArrowMatrix
{
    /// <summary>The n × p doubles of a fixed-size list column where they lie, without copying.</summary>
    /// <remarks>Valid as long as the batch. The column has no nulls and its values are doubles.</remarks>
    public static MatrixView View(FixedSizeListArray column)
    {
        int p = ((Apache.Arrow.Types.FixedSizeListType)column.Data.DataType).ListSize;
        ReadOnlySpan<double> values = ((DoubleArray)column.Values).Values;
        return new MatrixView(values.Slice(column.Offset * p, column.Length * p), column.Length, p, p);
    }
}
