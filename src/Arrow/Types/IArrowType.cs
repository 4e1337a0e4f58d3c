namespace Apache.Arrow.Types;

/// <summary>The type of the values of a column.</summary>
public interface IArrowType
{
    /// <summary>Which type it is.</summary>
    ArrowTypeId TypeId { get; }

    /// <summary>The type's name in lower case.</summary>
    string Name { get; }

    /// <summary>True when all values have the same number of bits.</summary>
    bool IsFixedWidth { get; }

    /// <summary>Calls the visitor back with this type.</summary>
    void Accept(IArrowTypeVisitor visitor);
}
