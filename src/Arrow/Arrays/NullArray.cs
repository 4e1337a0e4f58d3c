using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of nothing but nulls: a length without buffers.</summary>
public class NullArray : IArrowArray
{
    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public NullArray(ArrayData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        data.Require(ArrowTypeId.Null);
        data.RequireBuffers(0, "no buffers");
        if (data.NullCount != data.Length)
        {
            throw new ArgumentException($"Expected {data.Length} nulls, found {data.NullCount}.", nameof(data));
        }

        Data = data;
    }

    /// <summary>Makes an array of so many nulls.</summary>
    public NullArray(int length)
        : this(new ArrayData(NullType.Default, length, length, buffers: System.Array.Empty<ArrowBuffer>()))
    {
    }

    /// <inheritdoc/>
    public ArrayData Data { get; }

    /// <inheritdoc/>
    public int Length => Data.Length;

    /// <inheritdoc/>
    public int Offset => Data.Offset;

    /// <inheritdoc/>
    public int NullCount => Data.Length;

    /// <inheritdoc/>
    public bool IsNull(int index) => true;

    /// <inheritdoc/>
    public bool IsValid(int index) => false;

    /// <inheritdoc/>
    public void Accept(IArrowArrayVisitor visitor) => Array.Accept(this, visitor);

    /// <summary>Does nothing: there is no memory.</summary>
    public void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Counts nulls for an array.</summary>
    public class Builder : IArrowArrayBuilder<NullArray, Builder>
    {
        /// <inheritdoc/>
        public int Length { get; private set; }

        /// <summary>Values for which there is room.</summary>
        public int Capacity => Length;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => Length;

        /// <inheritdoc/>
        public Builder AppendNull()
        {
            Length = checked(Length + 1);
            return this;
        }

        /// <summary>Nothing to do: nulls take no room.</summary>
        public Builder Reserve(int capacity)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(capacity);
            return this;
        }

        /// <summary>Sets the number of nulls.</summary>
        public Builder Resize(int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            Length = length;
            return this;
        }

        /// <inheritdoc/>
        public Builder Clear()
        {
            Length = 0;
            return this;
        }

        /// <inheritdoc/>
        public NullArray Build(MemoryAllocator? allocator = default) => new(Length);
    }
}
