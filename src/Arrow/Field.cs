using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>Name and type of a column.</summary>
public partial class Field
{
    /// <summary>Makes a field; without a type it holds nulls only.</summary>
    public Field(
        string name, IArrowType? dataType, bool nullable, IEnumerable<KeyValuePair<string, string>>? metadata = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        DataType = dataType ?? NullType.Default;
        IsNullable = nullable;
        Metadata = metadata is null ? null : new Dictionary<string, string>(metadata);
    }

    /// <summary>The type of the values.</summary>
    public IArrowType DataType { get; }

    /// <summary>The name, which need not be unique.</summary>
    public string Name { get; }

    /// <summary>True when values may be null.</summary>
    public bool IsNullable { get; }

    /// <summary>True when there are notes.</summary>
    public bool HasMetadata => Metadata?.Count > 0;

    /// <summary>Notes by key, or null.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {DataType.Name}{(IsNullable ? "?" : "")}";
}
