using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class MapArray
{
    /// <summary>Collects maps: announce a map here, then add to <see cref="KeyBuilder"/> and <see cref="ValueBuilder"/> alike.</summary>
    public new class Builder : IArrowArrayBuilder<MapArray, Builder>
    {
        private readonly ListCollector<int, Builder> _maps;

        /// <summary>Maps of a type.</summary>
        public Builder(MapType type)
        {
            ArgumentNullException.ThrowIfNull(type);
            DataType = type;
            KeyBuilder = ArrowArrayBuilderFactory.Build(type.KeyField.DataType);
            ValueBuilder = ArrowArrayBuilderFactory.Build(type.ValueField.DataType);
            _maps = new ListCollector<int, Builder>(this, KeyBuilder, ValueBuilder);
        }

        /// <summary>The type of the maps.</summary>
        public MapType DataType { get; }

        /// <summary>The builder of the keys.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> KeyBuilder { get; }

        /// <summary>The builder of the values.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> ValueBuilder { get; }

        /// <inheritdoc/>
        public int Length => _maps.Length;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _maps.NullCount;

        /// <summary>Announces a map: keys and values that are added from here on are its.</summary>
        public Builder Append() => _maps.Append(valid: true);

        /// <summary>Adds a null.</summary>
        public Builder AppendNull() => _maps.Append(valid: false);

        /// <inheritdoc/>
        public Builder Reserve(int capacity) => _maps.Reserve(capacity);

        /// <summary>Drops the maps behind <paramref name="length"/>, or adds nulls.</summary>
        public Builder Resize(int length) => _maps.Resize(length);

        /// <inheritdoc/>
        public Builder Clear() => _maps.Clear();

        /// <inheritdoc/>
        public MapArray Build(MemoryAllocator? allocator = default)
        {
            if (KeyBuilder.Length != ValueBuilder.Length)
            {
                throw new InvalidOperationException(
                    $"Every entry has a key and a value; found {KeyBuilder.Length} keys and {ValueBuilder.Length} values.");
            }

            (ArrowBuffer offsets, ArrowBuffer validity) = _maps.Build(allocator);
            var entries = new StructArray(
                DataType.KeyValueType,
                KeyBuilder.Length,
                [KeyBuilder.Build(allocator), ValueBuilder.Build(allocator)],
                ArrowBuffer.Empty);
            return new MapArray(DataType, Length, offsets, entries, validity, NullCount);
        }
    }
}
