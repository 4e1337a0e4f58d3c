using Apache.Arrow;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>A spectrum column of an Arrow batch seen as a matrix.</summary>
public static class ArrowMatrix
{
    /// <summary>The n × p doubles of a column where they lie, without copying; false where there is a null or other numbers.</summary>
    /// <remarks>Valid as long as the batch.</remarks>
    public static bool TryView(FixedSizeListArray column, out MatrixView view)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (column.NullCount > 0 || column.Values is not DoubleArray { NullCount: 0 } values)
        {
            view = default;
            return false;
        }

        int p = ((Apache.Arrow.Types.FixedSizeListType)column.Data.DataType).ListSize;
        view = new MatrixView(values.Values.Slice(column.Offset * p, column.Length * p), column.Length, p, p);
        return true;
    }
}
