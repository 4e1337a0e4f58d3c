using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class BinaryArray
{
    /// <summary>Collects byte strings for an array.</summary>
    public class Builder : BuilderBase<BinaryArray, Builder>
    {
        /// <summary>Starts without strings.</summary>
        public Builder()
            : base(BinaryType.Default)
        {
        }

        /// <summary>Starts without strings of a type.</summary>
        public Builder(IArrowType dataType)
            : base(dataType)
        {
        }

        /// <inheritdoc/>
        protected override BinaryArray Build(ArrayData data) => new(data);
    }

    /// <summary>Collects byte strings for an array of some kind.</summary>
    public abstract class BuilderBase<TArray, TBuilder> : IArrowArrayBuilder<byte, TArray, TBuilder>
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<byte, TArray, TBuilder>
    {
        /// <summary>Starts without strings.</summary>
        protected BuilderBase(IArrowType dataType)
        {
            DataType = dataType;
            ValueOffsets.Append(0);
        }

        /// <inheritdoc/>
        public int Length => ValidityBuffer.Length;

        /// <summary>The type of the array.</summary>
        protected IArrowType DataType { get; }

        /// <summary>This builder in its own type.</summary>
        protected TBuilder Instance => (this as TBuilder)!;

        /// <summary>Where strings start, and behind the last where it ends.</summary>
        protected ArrowBuffer.Builder<int> ValueOffsets { get; } = new();

        /// <summary>The bytes so far.</summary>
        protected ArrowBuffer.Builder<byte> ValueBuffer { get; } = new();

        /// <summary>The validity so far.</summary>
        protected ArrowBuffer.BitmapBuilder ValidityBuffer { get; } = new();

        /// <summary>The number of nulls so far.</summary>
        protected int NullCount => ValidityBuffer.UnsetBitCount;

        /// <summary>Adds a string of bytes.</summary>
        public TBuilder Append(ReadOnlySpan<byte> span)
        {
            ValueBuffer.Append(span);
            return Close(valid: true);
        }

        /// <summary>Adds a string of one byte.</summary>
        public TBuilder Append(byte value) => Append([value]);

        /// <summary>Adds a string of bytes or a null.</summary>
        public TBuilder Append(IEnumerable<byte>? value)
        {
            if (value is null)
            {
                return AppendNull();
            }

            ValueBuffer.AppendRange(value);
            return Close(valid: true);
        }

        /// <summary>Adds strings of one byte each.</summary>
        public TBuilder AppendRange(IEnumerable<byte> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (byte value in values)
            {
                Append(value);
            }

            return Instance;
        }

        /// <summary>Adds strings of bytes and nulls.</summary>
        public TBuilder AppendRange(IEnumerable<byte[]?> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (byte[]? value in values)
            {
                Append((IEnumerable<byte>?)value);
            }

            return Instance;
        }

        /// <summary>Is not to be had: strings differ in length.</summary>
        public TBuilder Swap(int i, int j) => throw new NotSupportedException("Strings of bytes cannot change places.");

        /// <summary>Is not to be had: strings differ in length.</summary>
        public TBuilder Set(int index, byte value) => throw new NotSupportedException("A string of bytes cannot be replaced.");

        /// <inheritdoc/>
        public TBuilder AppendNull() => Close(valid: false);

        /// <inheritdoc/>
        public TBuilder Reserve(int capacity)
        {
            ValueOffsets.Reserve(capacity);
            ValidityBuffer.Reserve(capacity);
            return Instance;
        }

        /// <summary>Drops the strings behind <paramref name="length"/>, or adds nulls.</summary>
        public TBuilder Resize(int length)
        {
            while (Length < length)
            {
                AppendNull();
            }

            ValidityBuffer.Resize(length);
            ValueOffsets.Resize(length + 1);
            ValueBuffer.Resize(ValueOffsets.Span[length]);
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Clear()
        {
            ValueOffsets.Clear().Append(0);
            ValueBuffer.Clear();
            ValidityBuffer.Clear();
            return Instance;
        }

        /// <inheritdoc/>
        public TArray Build(MemoryAllocator? allocator = default)
        {
            ArrowBuffer validity = NullCount > 0 ? ValidityBuffer.Build(allocator) : ArrowBuffer.Empty;
            ArrowBuffer[] buffers = [validity, ValueOffsets.Build(allocator), ValueBuffer.Build(allocator)];
            return Build(new ArrayData(DataType, Length, NullCount, 0, buffers));
        }

        /// <summary>Makes the array from its parts.</summary>
        protected abstract TArray Build(ArrayData data);

        private TBuilder Close(bool valid)
        {
            ValueOffsets.Append(ValueBuffer.Length);
            ValidityBuffer.Append(valid);
            return Instance;
        }
    }
}
