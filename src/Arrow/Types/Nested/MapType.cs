namespace Apache.Arrow.Types;

/// <summary>The type of maps: lists of records of a key and a value.</summary>
/// <remarks>Names of the fields mean nothing; a field of entries keeps those that it has.</remarks>
public sealed class MapType : NestedType
{
    private const string EntriesName = "entries";
    private const string KeyName = "key";
    private const string ValueName = "value";

    /// <summary>True when each map's keys come in rising order.</summary>
    public readonly bool KeySorted;

    /// <summary>Maps of keys to values, which may be null where <paramref name="nullable"/>.</summary>
    public MapType(IArrowType key, IArrowType value, bool nullable = true, bool keySorted = false)
        : this(new Field(KeyName, key, nullable: false), new Field(ValueName, value, nullable), keySorted)
    {
    }

    /// <summary>Maps of a field of keys to a field of values.</summary>
    public MapType(Field key, Field value, bool keySorted = false)
        : this(new StructType([Named(key, KeyName), Named(value, ValueName)]), keySorted)
    {
    }

    /// <summary>Maps of a record's first field to its second.</summary>
    public MapType(StructType entries, bool keySorted = false)
        : this(new Field(EntriesName, entries, nullable: false), keySorted)
    {
    }

    /// <summary>Maps of a field of records of two fields.</summary>
    public MapType(Field entries, bool keySorted = false)
        : base(entries)
    {
        if (entries.DataType is not StructType { Fields.Count: 2 })
        {
            throw new ArgumentException(
                $"A map's entries are records of a key and a value; found {entries.DataType.Name}.", nameof(entries));
        }

        KeySorted = keySorted;
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Map;

    /// <inheritdoc/>
    public override string Name => "map";

    /// <summary>The type of the entries.</summary>
    public StructType KeyValueType => (StructType)Fields[0].DataType;

    /// <summary>The field of the keys.</summary>
    public Field KeyField => KeyValueType.Fields[0];

    /// <summary>The field of the values.</summary>
    public Field ValueField => KeyValueType.Fields[1];

    /// <summary>The same maps, with keys in any order.</summary>
    public MapType UnsortedKey() => KeySorted ? new MapType(Fields[0], keySorted: false) : this;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);

    private static Field Named(Field field, string name) =>
        field.Name == name ? field : new Field(name, field.DataType, field.IsNullable, field.Metadata);
}
