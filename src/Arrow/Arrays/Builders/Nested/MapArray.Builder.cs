using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class MapArray
{
    /// <summary>Collects maps: announce a map here, then add to <see cref="KeyBuilder"/> and <see cref="ValueBuilder"/> alike.</summary>
    public new class Builder : IArrowArrayBuilder<MapArray, Builder>
    {
        private readonly ArrowBuffer.Builder<int> _offsets = new();
        private readonly ArrowBuffer.BitmapBuilder _validity = new();

        /// <summary>Maps of a type.</summary>
        public Builder(MapType type)
        {
            ArgumentNullException.ThrowIfNull(type);
            DataType = type;
            KeyBuilder = ArrowArrayBuilderFactory.Build(type.KeyField.DataType);
            ValueBuilder = ArrowArrayBuilderFactory.Build(type.ValueField.DataType);
        }

        /// <summary>The type of the maps.</summary>
        public MapType DataType { get; }

        /// <summary>The builder of the keys.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> KeyBuilder { get; }

        /// <summary>The builder of the values.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> ValueBuilder { get; }

        /// <inheritdoc/>
        public int Length => _validity.Length;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _validity.UnsetBitCount;

        /// <summary>Announces a map: keys and values that are added from here on are its.</summary>
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

        /// <summary>Drops the maps behind <paramref name="length"/>, or adds nulls.</summary>
        public Builder Resize(int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length);
            if (length < Length)
            {
                KeyBuilder.Resize(_offsets.Span[length]);
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
            KeyBuilder.Clear();
            ValueBuilder.Clear();
            return this;
        }

        /// <inheritdoc/>
        public MapArray Build(MemoryAllocator? allocator = default)
        {
            if (KeyBuilder.Length != ValueBuilder.Length)
            {
                throw new InvalidOperationException(
                    $"Every entry has a key and a value; found {KeyBuilder.Length} keys and {ValueBuilder.Length} values.");
            }

            ArrowBuffer validity = NullCount > 0 ? _validity.Build(allocator) : ArrowBuffer.Empty;
            ArrowBuffer offsets = _offsets.Append(KeyBuilder.Length).Build(allocator);
            _offsets.Resize(Length);
            var entries = new StructArray(
                DataType.KeyValueType,
                KeyBuilder.Length,
                [KeyBuilder.Build(allocator), ValueBuilder.Build(allocator)],
                ArrowBuffer.Empty);
            return new MapArray(DataType, Length, offsets, entries, validity, NullCount);
        }

        private Builder Open(bool valid)
        {
            _offsets.Append(KeyBuilder.Length);
            _validity.Append(valid);
            return this;
        }
    }
}
