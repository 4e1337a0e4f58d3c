using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class ListArray
{
    /// <summary>Collects lists of any length: announce a list here, then add its values to <see cref="ValueBuilder"/>.</summary>
    public class Builder : IArrowArrayBuilder<ListArray, Builder>
    {
        private readonly ListType _type;
        private readonly ArrowBuffer.Builder<int> _offsets = new();
        private readonly ArrowBuffer.BitmapBuilder _validity = new();

        /// <summary>Lists of values of a type.</summary>
        public Builder(IArrowType valueDataType)
            : this(new ListType(valueDataType))
        {
        }

        /// <summary>Lists of values of a field.</summary>
        public Builder(Field valueField)
            : this(new ListType(valueField))
        {
        }

        private Builder(ListType type)
        {
            _type = type;
            ValueBuilder = ArrowArrayBuilderFactory.Build(type.ValueDataType);
        }

        /// <summary>The builder of the values.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> ValueBuilder { get; }

        /// <inheritdoc/>
        public int Length => _validity.Length;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _validity.UnsetBitCount;

        /// <summary>Announces a list: values that are added from here on are its.</summary>
        public Builder Append() => Open(valid: true);

        /// <summary>Adds a null.</summary>
        public Builder AppendNull() => Open(valid: false);

        /// <inheritdoc/>
        public Builder Reserve(int capacity)
        {
            _offsets.Reserve(checked(capacity + 1));
            _validity.Reserve(capacity);
            return this;
        }

        /// <summary>Drops the lists behind <paramref name="length"/>, or adds nulls.</summary>
        public Builder Resize(int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            if (length < Length)
            {
                ValueBuilder.Resize(_offsets.Span[length]);
                _offsets.Resize(length);
                _validity.Resize(length);
            }

            while (Length < length)
            {
                AppendNull();
            }

            return this;
        }

        /// <inheritdoc/>
        public Builder Clear()
        {
            _offsets.Clear();
            _validity.Clear();
            ValueBuilder.Clear();
            return this;
        }

        /// <inheritdoc/>
        public ListArray Build(MemoryAllocator? allocator = default)
        {
            ArrowBuffer validity = NullCount > 0 ? _validity.Build(allocator) : ArrowBuffer.Empty;
            ArrowBuffer offsets = _offsets.Append(ValueBuilder.Length).Build(allocator);
            _offsets.Resize(Length);
            return new ListArray(_type, Length, offsets, ValueBuilder.Build(allocator), validity, NullCount);
        }

        private Builder Open(bool valid)
        {
            _offsets.Append(ValueBuilder.Length);
            _validity.Append(valid);
            return this;
        }
    }
}
