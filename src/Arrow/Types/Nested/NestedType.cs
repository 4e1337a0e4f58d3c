namespace Apache.Arrow.Types;

/// <summary>A type made of other fields.</summary>
public abstract class NestedType : ArrowType
{
    /// <summary>Makes a type of several fields.</summary>
    protected NestedType(IReadOnlyList<Field> fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        Fields = fields;
    }

    /// <summary>Makes a type of one field.</summary>
    protected NestedType(Field field)
    {
        ArgumentNullException.ThrowIfNull(field);
        Fields = [field];
    }

    /// <summary>The fields inside.</summary>
    public IReadOnlyList<Field> Fields { get; }
}
