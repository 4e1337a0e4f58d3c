using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class LargeListArray
{
    /// <summary>Collects lists with 64-bit offsets: announce a list here, then add its values to <see cref="ValueBuilder"/>.</summary>
    public class Builder : IArrowArrayBuilder<LargeListArray, Builder>
    {
        private readonly LargeListType _type;
        private readonly ListCollector<long, Builder> _lists;

        /// <summary>Lists of values of a type.</summary>
        public Builder(IArrowType valueDataType)
            : this(new LargeListType(valueDataType))
        {
        }

        /// <summary>Lists of values of a field.</summary>
        public Builder(Field valueField)
            : this(new LargeListType(valueField))
        {
        }

        private Builder(LargeListType type)
        {
            _type = type;
            ValueBuilder = ArrowArrayBuilderFactory.Build(type.ValueDataType);
            _lists = new ListCollector<long, Builder>(this, ValueBuilder);
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
        public LargeListArray Build(MemoryAllocator? allocator = default)
        {
            (ArrowBuffer offsets, ArrowBuffer validity) = _lists.Build(allocator);
            return new LargeListArray(_type, Length, offsets, ValueBuilder.Build(allocator), validity, NullCount);
        }
    }
}
