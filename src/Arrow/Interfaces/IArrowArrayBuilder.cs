using Apache.Arrow.Memory;

namespace Apache.Arrow;

/// <summary>Something that collects values for an array.</summary>
public interface IArrowArrayBuilder
{
    /// <summary>The number of values so far.</summary>
    int Length { get; }
}

/// <summary>Something that makes an array of a known kind.</summary>
public interface IArrowArrayBuilder<out TArray> : IArrowArrayBuilder
    where TArray : IArrowArray
{
    /// <summary>Makes an array of what was collected.</summary>
    TArray Build(MemoryAllocator? allocator);
}

/// <summary>A builder whose calls can be chained.</summary>
public interface IArrowArrayBuilder<out TArray, out TBuilder> : IArrowArrayBuilder<TArray>
    where TArray : IArrowArray
    where TBuilder : IArrowArrayBuilder<TArray>
{
    /// <summary>Makes room for so many more values.</summary>
    TBuilder Reserve(int capacity);

    /// <summary>Sets the number of values; new ones are undefined.</summary>
    TBuilder Resize(int length);

    /// <summary>Forgets all values.</summary>
    TBuilder Clear();

    /// <summary>Adds a null.</summary>
    TBuilder AppendNull();
}

/// <summary>A builder that takes values of one type.</summary>
public interface IArrowArrayBuilder<T, out TArray, out TBuilder> : IArrowArrayBuilder<TArray, TBuilder>
    where TArray : IArrowArray
    where TBuilder : IArrowArrayBuilder<TArray>
{
    /// <summary>Adds a value.</summary>
    TBuilder Append(T value);

    /// <summary>Adds values.</summary>
    TBuilder Append(ReadOnlySpan<T> span);

    /// <summary>Adds values.</summary>
    TBuilder AppendRange(IEnumerable<T> values);

    /// <summary>Exchanges two values.</summary>
    TBuilder Swap(int i, int j);

    /// <summary>Replaces a value.</summary>
    TBuilder Set(int index, T value);
}
