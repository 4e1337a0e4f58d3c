using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of points in time.</summary>
public class TimestampArray : PrimitiveArray<long>, IReadOnlyList<DateTimeOffset?>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public TimestampArray(
        TimestampType type, ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(type, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public TimestampArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Timestamp);
    }

    int IReadOnlyCollection<DateTimeOffset?>.Count => Length;

    DateTimeOffset? IReadOnlyList<DateTimeOffset?>.this[int index] => GetTimestamp(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The time at a position in UTC, cut to 100 ns; undefined where it is null.</summary>
    public DateTimeOffset GetTimestampUnchecked(int index)
    {
        TimeUnit unit = ((TimestampType)Data.DataType).Unit;
        return DateTimeOffset.UnixEpoch.AddTicks(unit.ToTicks(Values[index]));
    }

    /// <summary>The time at a position in UTC, cut to 100 ns, or null.</summary>
    public DateTimeOffset? GetTimestamp(int index) => IsNull(index) ? null : GetTimestampUnchecked(index);

    /// <inheritdoc/>
    IEnumerator<DateTimeOffset?> IEnumerable<DateTimeOffset?>.GetEnumerator() => Items.Enumerate(Length, GetTimestamp);

    /// <summary>Collects points in time for an array.</summary>
    public class Builder : PrimitiveArrayBuilder<DateTimeOffset, long, TimestampArray, Builder>
    {
        private readonly TimestampType _type;

        /// <summary>Counts milliseconds in UTC.</summary>
        public Builder()
            : this(TimestampType.Default)
        {
        }

        /// <summary>Counts <paramref name="unit"/> in a zone.</summary>
        public Builder(TimeUnit unit, TimeZoneInfo timezone)
            : this(new TimestampType(unit, timezone))
        {
        }

        /// <summary>Counts <paramref name="unit"/> in a zone.</summary>
        public Builder(TimeUnit unit = TimeUnit.Millisecond, string? timezone = "+00:00")
            : this(new TimestampType(unit, timezone))
        {
        }

        /// <summary>Counts <paramref name="unit"/> without a zone.</summary>
        public Builder(TimeUnit unit)
            : this(new TimestampType(unit, (string?)null))
        {
        }

        /// <summary>Counts as <paramref name="type"/> says.</summary>
        public Builder(TimestampType type)
            : base(new Counts(type))
        {
            _type = type;
        }

        /// <inheritdoc/>
        protected override long ConvertTo(DateTimeOffset value) =>
            _type.Unit.FromTicks(value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks);

        /// <summary>Collects the counts.</summary>
        private sealed class Counts(TimestampType type) : PrimitiveArrayBuilder<long, TimestampArray, Counts>
        {
            /// <inheritdoc/>
            protected override TimestampArray Build(
                ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
                new(type, valueBuffer, nullBitmapBuffer, length, nullCount, offset);
        }
    }
}
