using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages;

/// <summary>Looks up saved arrays by name and shape.</summary>
internal static class SavedNumbers
{
    /// <summary>A vector of a given length, copied.</summary>
    public static double[] Of(ImmutableArray<NamedArray> arrays, string name, int count) =>
        MatrixOf(arrays, name, 1, count).Values.ToArray();

    /// <summary>A matrix of a given shape.</summary>
    /// <exception cref="StageException">There is none of that name, or it has another shape.</exception>
    public static Matrix MatrixOf(ImmutableArray<NamedArray> arrays, string name, int rows, int columns)
    {
        Matrix values = Any(arrays, name);
        return values.Rows == rows && values.Columns == columns
            ? values
            : throw new StageException(
                FailureKind.InvalidData,
                $"The saved model's array '{name}' is {values.Rows} x {values.Columns}, expected {rows} x {columns}. "
                + "Take the model folder from its source again, or save it anew with 'pipeline search'.");
    }

    /// <summary>An array of any shape.</summary>
    /// <exception cref="StageException">There is none of that name.</exception>
    public static Matrix Any(ImmutableArray<NamedArray> arrays, string name) =>
        arrays.FirstOrDefault(array => array.Name == name)?.Values
        ?? throw new StageException(
            FailureKind.InvalidData,
            $"The saved model has no array '{name}'. Take the model folder from its source again, or save it anew with 'pipeline search'.");
}
