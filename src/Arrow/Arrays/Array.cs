namespace Apache.Arrow;

/// <summary>The root of all arrays: values over buffers, immutable.</summary>
public abstract class Array : IArrowArray
{
    /// <summary>Makes an array over parts.</summary>
    protected Array(ArrayData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Data = data;
    }

    /// <inheritdoc/>
    public ArrayData Data { get; }

    /// <inheritdoc/>
    public int Length => Data.Length;

    /// <inheritdoc/>
    public int Offset => Data.Offset;

    /// <inheritdoc/>
    public int NullCount => Data.GetNullCount();

    /// <summary>One bit per value from the start of the buffers, set where it is not null; empty when nothing is null.</summary>
    public ArrowBuffer NullBitmapBuffer => Data.Buffers[0];

    /// <inheritdoc/>
    public virtual void Accept(IArrowArrayVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        Accept(this, visitor);
    }

    /// <inheritdoc/>
    public bool IsValid(int index) =>
        NullBitmapBuffer.IsEmpty || Data.NullCount == 0 || BitUtility.GetBit(NullBitmapBuffer.Span, index + Offset);

    /// <inheritdoc/>
    public bool IsNull(int index) => !IsValid(index);

    /// <summary>Some of the values, over the same memory, which goes when either is disposed.</summary>
    public Array Slice(int offset, int length) => (Array)ArrowArrayFactory.BuildArray(Data.Slice(offset, length));

    /// <summary>Some of the values, over the same memory, which stays until both are disposed.</summary>
    public Array SliceShared(int offset, int length) => (Array)ArrowArrayFactory.BuildArray(Data.SliceShared(offset, length));

    /// <summary>Releases memory that came from a caller's allocator.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Calls the visitor's method for this very kind of array, or its general one.</summary>
    internal static void Accept<T>(T array, IArrowArrayVisitor visitor)
        where T : class, IArrowArray
    {
        if (visitor is IArrowArrayVisitor<T> specific)
        {
            specific.Visit(array);
        }
        else
        {
            visitor.Visit(array);
        }
    }

    /// <summary>Releases the parts.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Data.Dispose();
        }
    }
}
