namespace Apache.Arrow.Types;

/// <summary>The type of lists that all have the same length: rows of a matrix.</summary>
public sealed class FixedSizeListType : NestedType
{
    /// <summary>Lists of <paramref name="listSize"/> values described by <paramref name="valueField"/>.</summary>
    public FixedSizeListType(Field valueField, int listSize)
        : base(valueField)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(listSize);
        ListSize = listSize;
    }

    /// <summary>Lists of <paramref name="listSize"/> values, which may be null, in a field called "item".</summary>
    public FixedSizeListType(IArrowType valueDataType, int listSize)
        : this(new Field("item", valueDataType, nullable: true), listSize)
    {
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.FixedSizeList;

    /// <inheritdoc/>
    public override string Name => "fixed_size_list";

    /// <summary>Values per list.</summary>
    public int ListSize { get; }

    /// <summary>The field of the values.</summary>
    public Field ValueField => Fields[0];

    /// <summary>The type of the values.</summary>
    public IArrowType ValueDataType => Fields[0].DataType;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
