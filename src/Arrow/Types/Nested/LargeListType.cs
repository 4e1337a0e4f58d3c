namespace Apache.Arrow.Types;

/// <summary>The type of lists of any length with 64-bit offsets.</summary>
public sealed class LargeListType : NestedType
{
    /// <summary>Lists of values described by <paramref name="valueField"/>.</summary>
    public LargeListType(Field valueField)
        : base(valueField)
    {
    }

    /// <summary>Lists of values, which may be null, in a field called "item".</summary>
    public LargeListType(IArrowType valueDataType)
        : this(new Field("item", valueDataType, nullable: true))
    {
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.LargeList;

    /// <inheritdoc/>
    public override string Name => "large_list";

    /// <summary>The field of the values.</summary>
    public Field ValueField => Fields[0];

    /// <summary>The type of the values.</summary>
    public IArrowType ValueDataType => Fields[0].DataType;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
