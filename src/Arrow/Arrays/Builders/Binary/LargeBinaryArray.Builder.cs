using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class LargeBinaryArray
{
    /// <summary>Collects byte strings for an array with 64-bit offsets.</summary>
    public class Builder : BuilderBase<LargeBinaryArray, Builder>
    {
        /// <summary>Starts without strings.</summary>
        public Builder()
            : base(LargeBinaryType.Default)
        {
        }

        /// <summary>Starts without strings of a type.</summary>
        public Builder(IArrowType dataType)
            : base(dataType)
        {
        }

        /// <inheritdoc/>
        protected override LargeBinaryArray Build(ArrayData data) => new(data);
    }

    /// <summary>Collects byte strings for an array of some kind.</summary>
    public abstract class BuilderBase<TArray, TBuilder> : IArrowArrayBuilder<byte, TArray, TBuilder>
        where TArray : IArrowArray
        where TBuilder : class, IArrowArrayBuilder<byte, TArray, TBuilder>
    {
        private readonly BytesCollector<long, TBuilder> _strings;

        /// <summary>Starts without strings.</summary>
        protected BuilderBase(IArrowType dataType)
        {
            DataType = dataType;
            _strings = new BytesCollector<long, TBuilder>(Instance);
        }

        /// <inheritdoc/>
        public int Length => _strings.Length;

        /// <summary>The type of the array.</summary>
        protected IArrowType DataType { get; }

        /// <summary>This builder in its own type.</summary>
        protected TBuilder Instance => (this as TBuilder)!;

        /// <summary>Where strings start, and behind the last where it ends.</summary>
        protected ArrowBuffer.Builder<long> ValueOffsets => _strings.Offsets;

        /// <summary>The bytes so far.</summary>
        protected ArrowBuffer.Builder<byte> ValueBuffer => _strings.Bytes;

        /// <summary>The validity so far.</summary>
        protected ArrowBuffer.BitmapBuilder ValidityBuffer => _strings.Validity;

        /// <summary>The number of nulls so far.</summary>
        protected int NullCount => ValidityBuffer.UnsetBitCount;

        /// <summary>Adds a string of bytes.</summary>
        public TBuilder Append(ReadOnlySpan<byte> span) => _strings.Append(span);

        /// <summary>Adds a string of one byte.</summary>
        public TBuilder Append(byte value) => _strings.Append([value]);

        /// <summary>Adds a string of bytes or a null.</summary>
        public TBuilder Append(IEnumerable<byte>? value) => _strings.Append(value);

        /// <summary>Adds a string of one byte for each byte.</summary>
        public TBuilder AppendRange(IEnumerable<byte> values) => _strings.AppendRange(values);

        /// <summary>Adds strings of bytes and nulls.</summary>
        public TBuilder AppendRange(IEnumerable<byte[]?> values) => _strings.AppendRange(values);

        /// <summary>Is not to be had: strings differ in length.</summary>
        public TBuilder Swap(int i, int j) => throw new NotSupportedException("Strings of bytes cannot change places.");

        /// <summary>Is not to be had: strings differ in length.</summary>
        public TBuilder Set(int index, byte value) => throw new NotSupportedException("A string of bytes cannot be replaced.");

        /// <inheritdoc/>
        public TBuilder AppendNull() => _strings.AppendNull();

        /// <inheritdoc/>
        public TBuilder Reserve(int capacity) => _strings.Reserve(capacity);

        /// <summary>Drops the strings behind <paramref name="length"/>, or adds nulls.</summary>
        public TBuilder Resize(int length) => _strings.Resize(length);

        /// <inheritdoc/>
        public TBuilder Clear() => _strings.Clear();

        /// <inheritdoc/>
        public TArray Build(MemoryAllocator? allocator = default) => Build(_strings.Build(DataType, allocator));

        /// <summary>Makes the array from its parts.</summary>
        protected abstract TArray Build(ArrayData data);
    }
}
