using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>The fields of a batch in order.</summary>
public partial class Schema : IRecordType
{
    private readonly List<Field> _fields;

    /// <summary>Makes a schema of fields, with notes or null.</summary>
    public Schema(IEnumerable<Field> fields, IEnumerable<KeyValuePair<string, string>>? metadata)
    {
        ArgumentNullException.ThrowIfNull(fields);
        _fields = [.. fields];
        FieldsLookup = _fields.ToLookup(field => field.Name);
        Fields = FieldsLookup.ToDictionary(group => group.Key, group => group.First());
        Metadata = metadata is null ? null : new Dictionary<string, string>(metadata);
    }

    /// <summary>The fields by name, of equal names the first.</summary>
    public IReadOnlyDictionary<string, Field> Fields { get; }

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<Field> FieldsList => _fields;

    /// <summary>The fields by name, all of them.</summary>
    public ILookup<string, Field> FieldsLookup { get; }

    /// <summary>Notes by key, or null.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; }

    /// <summary>True when there are notes.</summary>
    public bool HasMetadata => Metadata?.Count > 0;

    int IRecordType.FieldCount => _fields.Count;

    ArrowTypeId IArrowType.TypeId => ArrowTypeId.RecordBatch;

    string IArrowType.Name => nameof(RecordBatch);

    bool IArrowType.IsFixedWidth => false;

    /// <summary>The field at a position.</summary>
    public Field this[int index] => _fields[index];

    /// <summary>The first field of that name, or null.</summary>
    public Field? this[string name] => GetFieldByName(name);

    /// <summary>The field at a position.</summary>
    public Field GetFieldByIndex(int i) => _fields[i];

    /// <summary>The first field of that name, or null.</summary>
    public Field? GetFieldByName(string name) => FieldsLookup[name].FirstOrDefault();

    /// <summary>The position of the first field of that name, or -1.</summary>
    public int GetFieldIndex(string name, IEqualityComparer<string>? comparer = default)
    {
        comparer ??= StringComparer.CurrentCulture;
        return _fields.FindIndex(field => comparer.Equals(field.Name, name));
    }

    /// <inheritdoc/>
    public void Accept(IArrowTypeVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        ArrowType.Accept(this, visitor);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(Schema)}: {string.Join(", ", _fields)}";
}
