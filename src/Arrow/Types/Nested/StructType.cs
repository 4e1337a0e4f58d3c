namespace Apache.Arrow.Types;

/// <summary>The type of records: one value of each field.</summary>
public sealed class StructType : NestedType, IRecordType
{
    /// <summary>Records of <paramref name="fields"/>.</summary>
    public StructType(IReadOnlyList<Field> fields)
        : base(fields)
    {
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Struct;

    /// <inheritdoc/>
    public override string Name => "struct";

    int IRecordType.FieldCount => Fields.Count;

    /// <inheritdoc/>
    public Field GetFieldByIndex(int index) => Fields[index];

    /// <summary>The first field of that name in the comparer's sense, or null.</summary>
    public Field? GetFieldByName(string name, IEqualityComparer<string>? comparer = null)
    {
        int index = GetFieldIndex(name, comparer);
        return index < 0 ? null : Fields[index];
    }

    /// <inheritdoc/>
    public int GetFieldIndex(string name, IEqualityComparer<string>? comparer = null)
    {
        comparer ??= StringComparer.Ordinal;
        for (int i = 0; i < Fields.Count; i++)
        {
            if (comparer.Equals(Fields[i].Name, name))
            {
                return i;
            }
        }

        return -1;
    }

    Field? IRecordType.GetFieldByName(string name) => GetFieldByName(name);

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
