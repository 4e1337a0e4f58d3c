namespace Apache.Arrow.Types;

/// <summary>The root of all types of columns.</summary>
public abstract class ArrowType : IArrowType
{
    /// <inheritdoc/>
    public abstract ArrowTypeId TypeId { get; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual bool IsFixedWidth => false;

    /// <inheritdoc/>
    public abstract void Accept(IArrowTypeVisitor visitor);

    /// <summary>Calls the visitor's method for this very type, or its general one.</summary>
    internal static void Accept<T>(T type, IArrowTypeVisitor visitor)
        where T : class, IArrowType
    {
        if (visitor is IArrowTypeVisitor<T> specific)
        {
            specific.Visit(type);
        }
        else
        {
            visitor.Visit(type);
        }
    }
}
