using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow.Arrays;

public partial class FixedSizeBinaryArray
{
    /// <summary>Collects byte strings of equal length for an array of some kind.</summary>
    public abstract class BuilderBase<TArray, TBuilder> : IArrowArrayBuilder<byte[], TArray, TBuilder>
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<byte[], TArray, TBuilder>
    {
        /// <summary>Starts without strings.</summary>
        protected BuilderBase(IArrowType dataType, int byteWidth)
        {
            DataType = dataType;
            ByteWidth = byteWidth;
        }

        /// <inheritdoc/>
        public int Length => ValidityBuffer.Length;

        /// <summary>The type of the array.</summary>
        protected IArrowType DataType { get; }

        /// <summary>This builder in its own type.</summary>
        protected TBuilder Instance => (this as TBuilder)!;

        /// <summary>Bytes per string.</summary>
        protected int ByteWidth { get; }

        /// <summary>The bytes so far.</summary>
        protected ArrowBuffer.Builder<byte> ValueBuffer { get; } = new();

        /// <summary>The validity so far.</summary>
        protected ArrowBuffer.BitmapBuilder ValidityBuffer { get; } = new();

        /// <summary>The number of nulls so far.</summary>
        protected int NullCount => ValidityBuffer.UnsetBitCount;

        /// <inheritdoc/>
        public TBuilder Append(byte[] value)
        {
            ArgumentNullException.ThrowIfNull(value);
            return Append(value.AsSpan());
        }

        /// <summary>Adds a string of bytes.</summary>
        public TBuilder Append(ReadOnlySpan<byte> span)
        {
            ValueBuffer.Append(Fitting(span));
            ValidityBuffer.Append(true);
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Append(ReadOnlySpan<byte[]> span)
        {
            foreach (byte[] value in span)
            {
                Append(value);
            }

            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder AppendRange(IEnumerable<byte[]> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (byte[] value in values)
            {
                Append(value);
            }

            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder AppendNull() => Resize(Length + 1);

        /// <inheritdoc/>
        public TBuilder Reserve(int capacity)
        {
            ValueBuffer.Reserve(checked(capacity * ByteWidth));
            ValidityBuffer.Reserve(capacity);
            return Instance;
        }

        /// <summary>Drops the strings behind <paramref name="length"/>, or adds nulls.</summary>
        public TBuilder Resize(int length)
        {
            int before = ValueBuffer.Length;
            ValueBuffer.Resize(checked(length * ByteWidth));
            if (ValueBuffer.Length > before)
            {
                ValueBuffer.Span[before..ValueBuffer.Length].Clear();
            }

            ValidityBuffer.Resize(length);
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Set(int index, byte[] value)
        {
            ArgumentNullException.ThrowIfNull(value);
            return Set(index, value.AsSpan());
        }

        /// <summary>Replaces a string.</summary>
        public TBuilder Set(int index, ReadOnlySpan<byte> value)
        {
            Fitting(value).CopyTo(At(index));
            ValidityBuffer.Set(index, true);
            return Instance;
        }

        /// <summary>Replaces a string by a null.</summary>
        public TBuilder SetNull(int index)
        {
            At(index).Clear();
            ValidityBuffer.Set(index, false);
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Swap(int i, int j)
        {
            ValidityBuffer.Swap(i, j);
            byte[] first = At(i).ToArray();
            At(j).CopyTo(At(i));
            first.CopyTo(At(j));
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Clear()
        {
            ValueBuffer.Clear();
            ValidityBuffer.Clear();
            return Instance;
        }

        /// <inheritdoc/>
        public TArray Build(MemoryAllocator? allocator = default)
        {
            ArrowBuffer validity = ValidityBuffer.BuildValidity(allocator);
            return Build(new ArrayData(DataType, Length, NullCount, 0, [validity, ValueBuffer.Build(allocator)]));
        }

        /// <summary>Makes the array from its parts.</summary>
        protected abstract TArray Build(ArrayData data);

        private ReadOnlySpan<byte> Fitting(ReadOnlySpan<byte> value) => value.Length == ByteWidth
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"Expected {ByteWidth} bytes, found {value.Length}.");

        private Span<byte> At(int index) => ValueBuffer.Span[..ValueBuffer.Length].Slice(checked(index * ByteWidth), ByteWidth);
    }
}
