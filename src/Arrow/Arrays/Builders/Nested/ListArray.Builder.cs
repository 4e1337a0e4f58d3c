using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class ListArray
{
    /// <summary>Collects lists of any length: announce a list here, then add its values to <see cref="ValueBuilder"/>.</summary>
    public class Builder : IArrowArrayBuilder<ListArray, Builder>
    {
        private readonly ListType _type;
        private readonly ListCollector<int, Builder> _lists;

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
            _lists = new ListCollector<int, Builder>(this, ValueBuilder);
        }

        /// <summary>The builder of the values.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> ValueBuilder { get; }

        /// <inheritdoc/>
        public int Length => _lists.Length;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _lists.NullCount;

        /// <summary>Announces a list: values that are added from here on are its.</summary>
        public Builder Append() => _lists.Append(valid: true);

        /// <summary>Adds a null.</summary>
        public Builder AppendNull() => _lists.Append(valid: false);

        /// <inheritdoc/>
        public Builder Reserve(int capacity) => _lists.Reserve(capacity);

        /// <summary>Drops the lists behind <paramref name="length"/>, or adds nulls.</summary>
        public Builder Resize(int length) => _lists.Resize(length);

        /// <inheritdoc/>
        public Builder Clear() => _lists.Clear();

        /// <inheritdoc/>
        public ListArray Build(MemoryAllocator? allocator = default)
        {
            (ArrowBuffer offsets, ArrowBuffer validity) = _lists.Build(allocator);
            return new ListArray(_type, Length, offsets, ValueBuilder.Build(allocator), validity, NullCount);
        }
    }
}
