namespace Apache.Arrow;

/// <summary>Something that is shown arrays.</summary>
public interface IArrowArrayVisitor
{
    /// <summary>Is shown an array for which it has no method of its own.</summary>
    void Visit(IArrowArray array);
}

/// <summary>Something that is shown arrays of one kind.</summary>
public interface IArrowArrayVisitor<T> : IArrowArrayVisitor
    where T : IArrowArray
{
    /// <summary>Is shown an array of this kind.</summary>
    void Visit(T array);
}
