namespace Apache.Arrow.Types;

/// <summary>Something that is shown types.</summary>
public interface IArrowTypeVisitor
{
    /// <summary>Is shown a type for which it has no method of its own.</summary>
    void Visit(IArrowType type);
}

/// <summary>Something that is shown types of one kind.</summary>
public interface IArrowTypeVisitor<in T> : IArrowTypeVisitor
    where T : IArrowType
{
    /// <summary>Is shown a type of this kind.</summary>
    void Visit(T type);
}
