using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>The parts of an array: type, range, buffers, children, dictionary.</summary>
/// <remarks>
/// Buffers in the order of the columnar format: validity, then offsets where the type has them, then values.
/// The offset counts values, applies to all buffers, and not to the children.
/// </remarks>
public sealed class ArrayData : IDisposable
{
    private const int UnknownNullCount = -1;

    /// <summary>The type of the values.</summary>
    public readonly IArrowType DataType;

    /// <summary>The number of values.</summary>
    public readonly int Length;

    /// <summary>The number of nulls, or -1 while nobody has counted; <see cref="GetNullCount"/> counts.</summary>
    public int NullCount;

    /// <summary>The position of the first value in the buffers.</summary>
    public readonly int Offset;

    /// <summary>The buffers.</summary>
    public readonly ArrowBuffer[] Buffers;

    /// <summary>The parts of the children.</summary>
    public readonly ArrayData[] Children;

    /// <summary>The parts of the dictionary, of dictionary arrays only.</summary>
    public readonly ArrayData? Dictionary;

    /// <summary>Puts parts together.</summary>
    public ArrayData(
        IArrowType dataType,
        int length,
        int nullCount,
        int offset,
        IEnumerable<ArrowBuffer>? buffers,
        IEnumerable<ArrayData>? children)
        : this(dataType, length, nullCount, offset, buffers, children, null)
    {
    }

    /// <summary>Puts parts together.</summary>
    public ArrayData(
        IArrowType dataType, int length, int nullCount, int offset, ArrowBuffer[]? buffers, ArrayData[]? children)
        : this(dataType, length, nullCount, offset, buffers, children, null)
    {
    }

    /// <summary>Puts parts together.</summary>
    public ArrayData(
        IArrowType dataType,
        int length,
        int nullCount = 0,
        int offset = 0,
        IEnumerable<ArrowBuffer>? buffers = null,
        IEnumerable<ArrayData>? children = null,
        ArrayData? dictionary = null)
        : this(dataType, length, nullCount, offset, buffers?.ToArray(), children?.ToArray(), dictionary)
    {
    }

    /// <summary>Puts parts together.</summary>
    public ArrayData(
        IArrowType dataType,
        int length,
        int nullCount = 0,
        int offset = 0,
        ArrowBuffer[]? buffers = null,
        ArrayData[]? children = null,
        ArrayData? dictionary = null)
    {
        ArgumentNullException.ThrowIfNull(dataType);
        DataType = dataType;
        Length = length;
        NullCount = nullCount;
        Offset = offset;
        Buffers = buffers ?? [];
        Children = children ?? [];
        Dictionary = dictionary;
    }

    /// <summary>The number of nulls, counted now if nobody has.</summary>
    public int GetNullCount()
    {
        if (NullCount == UnknownNullCount)
        {
            NullCount = Buffers.Length == 0 || Buffers[0].IsEmpty
                ? 0
                : Length - BitUtility.CountBits(Buffers[0].Span, Offset, Length);
        }

        return NullCount;
    }

    /// <summary>The same values over the same memory, which stays until both are disposed.</summary>
    public ArrayData Retain() => RetainAll([this])[0];

    /// <summary>Some of the values, over the same memory, which stays until both are disposed.</summary>
    public ArrayData SliceShared(int offset, int length) => Slice(offset, length).Retain();

    /// <summary>Some of the values, over the same memory, which goes when either is disposed.</summary>
    public ArrayData Slice(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset > Length)
        {
            throw new ArgumentException($"The slice starts at {offset}, behind the end {Length} of the array.", nameof(offset));
        }

        int kept = Math.Min(length, Length - offset);
        int nullCount = NullCount == 0 || kept == Length ? NullCount
            : NullCount == Length ? kept
            : UnknownNullCount;
        return new ArrayData(DataType, kept, nullCount, Offset + offset, Buffers, Children, Dictionary);
    }

    /// <summary>The same values with copies of all bytes.</summary>
    public ArrayData Clone(MemoryAllocator? allocator = default) =>
        new(
            DataType,
            Length,
            NullCount,
            Offset,
            Buffers.Select(buffer => buffer.Clone(allocator)).ToArray(),
            Children.Select(child => child.Clone(allocator)).ToArray(),
            Dictionary?.Clone(allocator));

    /// <summary>Releases memory that came from a caller's allocator.</summary>
    public void Dispose()
    {
        foreach (ArrowBuffer buffer in Buffers)
        {
            buffer.Dispose();
        }

        foreach (ArrayData child in Children)
        {
            child.Dispose();
        }

        Dictionary?.Dispose();
    }

    /// <summary>The same values over the same memory, with leases of their own; of all parts or, where some are disposed, of none.</summary>
    internal static ArrayData[] RetainAll(ArrayData[] parts)
    {
        var taken = new List<ArrowBuffer>();
        try
        {
            return System.Array.ConvertAll(parts, part => part.Retain(taken));
        }
        catch
        {
            // No array holds these leases, so nobody else can end them.
            taken.ForEach(buffer => buffer.Dispose());
            throw;
        }
    }

    /// <summary>Refuses parts of another type.</summary>
    internal void Require(params ReadOnlySpan<ArrowTypeId> types)
    {
        if (!types.Contains(DataType.TypeId))
        {
            throw new ArgumentException($"Expected data of type {types[0]}, found {DataType.TypeId}.");
        }
    }

    private ArrayData Retain(List<ArrowBuffer> taken)
    {
        var buffers = new ArrowBuffer[Buffers.Length];
        for (int i = 0; i < buffers.Length; i++)
        {
            buffers[i] = Buffers[i].Retain();
            taken.Add(buffers[i]);
        }

        return new ArrayData(
            DataType,
            Length,
            NullCount,
            Offset,
            buffers,
            System.Array.ConvertAll(Children, child => child.Retain(taken)),
            Dictionary?.Retain(taken));
    }
}
