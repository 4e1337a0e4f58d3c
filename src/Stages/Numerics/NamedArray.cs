namespace Pipeline.Stages.Numerics;

/// <summary>A matrix with the name under which it is saved; a vector is a matrix of one row.</summary>
/// <param name="Name">Lower case, digits and underscores, so that it can be a column name in any language.</param>
/// <param name="Values">The numbers.</param>
public sealed record NamedArray(string Name, Matrix Values)
{
    /// <summary>A vector under a name; the memory is taken over.</summary>
    public static NamedArray Of(string name, double[] values) => new(name, new Matrix(1, values.Length, values));
}
