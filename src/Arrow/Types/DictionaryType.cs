namespace Apache.Arrow.Types;

/// <summary>The type of columns that hold indices into a dictionary of values.</summary>
public sealed class DictionaryType : FixedWidthType
{
    /// <summary>Indices of <paramref name="indexType"/>, an integer type, into values of <paramref name="valueType"/>.</summary>
    public DictionaryType(IArrowType indexType, IArrowType valueType, bool ordered)
    {
        if (indexType is not IntegerType)
        {
            throw new ArgumentException($"A dictionary's indices must be whole numbers, not {indexType?.Name}.", nameof(indexType));
        }

        ArgumentNullException.ThrowIfNull(valueType);
        IndexType = indexType;
        ValueType = valueType;
        Ordered = ordered;
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Dictionary;

    /// <inheritdoc/>
    public override string Name => "dictionary";

    /// <inheritdoc/>
    public override int BitWidth => ((IntegerType)IndexType).BitWidth;

    /// <summary>The type of the indices.</summary>
    public IArrowType IndexType { get; }

    /// <summary>The type of the values.</summary>
    public IArrowType ValueType { get; }

    /// <summary>True when the order of the dictionary means something.</summary>
    public bool Ordered { get; }

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
