using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

public partial class FixedSizeListArray
{
    /// <summary>Collects lists of equal length: announce a list here, then add its values to <see cref="ValueBuilder"/>.</summary>
    public class Builder : IArrowArrayBuilder<FixedSizeListArray, Builder>
    {
        private readonly FixedSizeListType _type;
        private readonly ArrowBuffer.BitmapBuilder _validity = new();

        /// <summary>Lists of <paramref name="listSize"/> values of a type.</summary>
        public Builder(IArrowType valueDataType, int listSize)
            : this(new FixedSizeListType(valueDataType, listSize))
        {
        }

        /// <summary>Lists of <paramref name="listSize"/> values of a field.</summary>
        public Builder(Field valueField, int listSize)
            : this(new FixedSizeListType(valueField, listSize))
        {
        }

        private Builder(FixedSizeListType type)
        {
            _type = type;
            ValueBuilder = ArrowArrayBuilderFactory.Build(type.ValueDataType);
        }

        /// <summary>The builder of the values.</summary>
        public IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> ValueBuilder { get; }

        /// <inheritdoc/>
        public int Length { get; protected set; }

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _validity.UnsetBitCount;

        /// <summary>Announces a list; the values of those before must be there.</summary>
        public Builder Append()
        {
            RequireWholeLists();
            _validity.Append(true);
            Length++;
            return this;
        }

        /// <summary>Adds a null with its place among the values.</summary>
        public Builder AppendNull()
        {
            RequireWholeLists();
            _validity.Append(false);
            Length++;
            for (int i = 0; i < _type.ListSize; i++)
            {
                ValueBuilder.AppendNull();
            }

            return this;
        }

        /// <inheritdoc/>
        public Builder Reserve(int capacity)
        {
            _validity.Reserve(capacity);
            ValueBuilder.Reserve(checked(capacity * _type.ListSize));
            return this;
        }

        /// <inheritdoc/>
        public Builder Resize(int length)
        {
            RequireWholeLists();
            _validity.Resize(length);
            ValueBuilder.Resize(checked(length * _type.ListSize));
            Length = length;
            return this;
        }

        /// <inheritdoc/>
        public Builder Clear()
        {
            _validity.Clear();
            ValueBuilder.Clear();
            Length = 0;
            return this;
        }

        /// <inheritdoc/>
        public FixedSizeListArray Build(MemoryAllocator? allocator = default)
        {
            RequireWholeLists();
            ArrowBuffer validity = _validity.BuildValidity(allocator);
            return new FixedSizeListArray(_type, Length, ValueBuilder.Build(allocator), validity, NullCount);
        }

        private void RequireWholeLists()
        {
            if (ValueBuilder.Length != (long)Length * _type.ListSize)
            {
                throw new ArgumentOutOfRangeException(
                    null, $"{Length} lists of {_type.ListSize} values are announced, and {ValueBuilder.Length} values are there.");
            }
        }
    }
}
