namespace Apache.Arrow;

/// <summary>A column of values, some of which may be null.</summary>
public interface IArrowArray : IDisposable
{
    /// <summary>The number of values.</summary>
    int Length { get; }

    /// <summary>The position of the first value in the buffers.</summary>
    int Offset { get; }

    /// <summary>The number of nulls.</summary>
    int NullCount { get; }

    /// <summary>The parts it is made of.</summary>
    ArrayData Data { get; }

    /// <summary>True when the value is null.</summary>
    bool IsNull(int index);

    /// <summary>True when the value is not null.</summary>
    bool IsValid(int index);

    /// <summary>Calls the visitor back with this array.</summary>
    void Accept(IArrowArrayVisitor visitor);
}
