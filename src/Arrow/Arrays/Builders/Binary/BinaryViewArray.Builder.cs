using Apache.Arrow.Memory;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class BinaryViewArray
{
    /// <summary>Collects byte strings for an array.</summary>
    public class Builder : BuilderBase<BinaryViewArray, Builder>
    {
        /// <summary>Starts without strings.</summary>
        public Builder()
            : base(BinaryViewType.Default)
        {
        }

        /// <summary>Starts without strings of a type.</summary>
        public Builder(IArrowType dataType)
            : base(dataType)
        {
        }

        /// <inheritdoc/>
        protected override BinaryViewArray Build(ArrayData data) => new(data);
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
        }

        /// <inheritdoc/>
        public int Length => ValidityBuffer.Length;

        /// <summary>The type of the array.</summary>
        protected IArrowType DataType { get; }

        /// <summary>This builder in its own type.</summary>
        protected TBuilder Instance => (this as TBuilder)!;

        /// <summary>The views so far.</summary>
        protected ArrowBuffer.Builder<BinaryView> BinaryViews { get; } = new();

        /// <summary>The bytes of the long strings so far.</summary>
        protected ArrowBuffer.Builder<byte> ValueBuffer { get; } = new();

        /// <summary>The validity so far.</summary>
        protected ArrowBuffer.BitmapBuilder ValidityBuffer { get; } = new();

        /// <summary>The number of nulls so far.</summary>
        protected int NullCount => ValidityBuffer.UnsetBitCount;

        /// <summary>Adds a string of bytes.</summary>
        public TBuilder Append(ReadOnlySpan<byte> span)
        {
            if (span.Length <= BinaryView.MaxInlineLength)
            {
                return Append(new BinaryView(span), valid: true);
            }

            var view = new BinaryView(span.Length, span[..BinaryView.PrefixLength], 0, ValueBuffer.Length);
            ValueBuffer.Append(span);
            return Append(view, valid: true);
        }

        /// <summary>Adds a string of one byte.</summary>
        public TBuilder Append(byte value) => Append([value]);

        /// <summary>Adds a string of one byte for each byte.</summary>
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
                if (value is null)
                {
                    AppendNull();
                }
                else
                {
                    Append(value.AsSpan());
                }
            }

            return Instance;
        }

        /// <summary>Is not to be had: strings differ in length.</summary>
        public TBuilder Set(int index, byte value) => throw new NotSupportedException("A string of bytes cannot be replaced.");

        /// <inheritdoc/>
        public TBuilder AppendNull() => Append(default, valid: false);

        /// <inheritdoc/>
        public TBuilder Reserve(int capacity)
        {
            BinaryViews.Reserve(capacity);
            ValidityBuffer.Reserve(capacity);
            return Instance;
        }

        /// <summary>Drops the strings behind <paramref name="length"/>, or adds nulls.</summary>
        public TBuilder Resize(int length)
        {
            BinaryViews.Resize(length);
            ValidityBuffer.Resize(length);
            return Instance;
        }

        /// <summary>Exchanges two strings.</summary>
        public TBuilder Swap(int i, int j)
        {
            ValidityBuffer.Swap(i, j);
            Span<BinaryView> views = BinaryViews.Span;
            (views[i], views[j]) = (views[j], views[i]);
            return Instance;
        }

        /// <inheritdoc/>
        public TBuilder Clear()
        {
            BinaryViews.Clear();
            ValueBuffer.Clear();
            ValidityBuffer.Clear();
            return Instance;
        }

        /// <inheritdoc/>
        public TArray Build(MemoryAllocator? allocator = default)
        {
            ArrowBuffer validity = ValidityBuffer.BuildValidity(allocator);
            ArrowBuffer views = BinaryViews.Build(allocator);
            ArrowBuffer[] buffers = ValueBuffer.Length > 0
                ? [validity, views, ValueBuffer.Build(allocator)]
                : [validity, views];
            return Build(new ArrayData(DataType, Length, NullCount, 0, buffers));
        }

        /// <summary>Makes the array from its parts.</summary>
        protected abstract TArray Build(ArrayData data);

        private TBuilder Append(BinaryView view, bool valid)
        {
            BinaryViews.Append(view);
            ValidityBuffer.Append(valid);
            return Instance;
        }
    }
}
