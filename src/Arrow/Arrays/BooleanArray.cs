using System.Collections;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of true and false, a bit each.</summary>
public class BooleanArray : Array, IReadOnlyList<bool?>
{
    /// <summary>Makes an array from its bitmaps; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public BooleanArray(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(BooleanType.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public BooleanArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Boolean);
    }

    /// <summary>The bitmap of the values, from the start of the buffer.</summary>
    public ArrowBuffer ValueBuffer => Data.Buffers[1];

    int IReadOnlyCollection<bool?>.Count => Length;

    bool? IReadOnlyList<bool?>.this[int index] => GetValue(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The value at a position, or null.</summary>
    public bool? GetValue(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Length);
        return IsValid(index) ? BitUtility.GetBit(ValueBuffer.Span, index + Offset) : null;
    }

    /// <inheritdoc/>
    IEnumerator<bool?> IEnumerable<bool?>.GetEnumerator() => Items.Enumerate(Length, GetValue);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<bool?>)this).GetEnumerator();

    /// <summary>Collects true and false for an array.</summary>
    public class Builder : IArrowArrayBuilder<bool, BooleanArray, Builder>
    {
        private readonly ArrowBuffer.BitmapBuilder _values = new();
        private readonly ArrowBuffer.BitmapBuilder _validity = new();

        /// <inheritdoc/>
        public int Length => _values.Length;

        /// <summary>Values for which there is room.</summary>
        public int Capacity => _values.Capacity;

        /// <summary>The number of nulls so far.</summary>
        public int NullCount => _validity.UnsetBitCount;

        /// <inheritdoc/>
        public Builder Append(bool value) => Append(value, valid: true);

        /// <summary>Adds a value or a null.</summary>
        public Builder NullableAppend(bool? value) => Append(value ?? false, value.HasValue);

        /// <inheritdoc/>
        public Builder Append(ReadOnlySpan<bool> span)
        {
            foreach (bool value in span)
            {
                Append(value);
            }

            return this;
        }

        /// <inheritdoc/>
        public Builder AppendRange(IEnumerable<bool> values)
        {
            ArgumentNullException.ThrowIfNull(values);
            foreach (bool value in values)
            {
                Append(value);
            }

            return this;
        }

        /// <inheritdoc/>
        public Builder AppendNull() => Append(false, valid: false);

        /// <inheritdoc/>
        public Builder Reserve(int capacity)
        {
            _values.Reserve(capacity);
            _validity.Reserve(capacity);
            return this;
        }

        /// <inheritdoc/>
        public Builder Resize(int length)
        {
            _values.Resize(length);
            _validity.Resize(length);
            return this;
        }

        /// <inheritdoc/>
        public Builder Set(int index, bool value)
        {
            _values.Set(index, value);
            _validity.Set(index, true);
            return this;
        }

        /// <inheritdoc/>
        public Builder Swap(int i, int j)
        {
            _values.Swap(i, j);
            _validity.Swap(i, j);
            return this;
        }

        /// <inheritdoc/>
        public Builder Clear()
        {
            _values.Clear();
            _validity.Clear();
            return this;
        }

        /// <inheritdoc/>
        public BooleanArray Build(MemoryAllocator? allocator = default) => new(
            _values.Build(allocator),
            _validity.BuildValidity(allocator),
            Length,
            NullCount,
            offset: 0);

        private Builder Append(bool value, bool valid)
        {
            _values.Append(value);
            _validity.Append(valid);
            return this;
        }
    }
}
