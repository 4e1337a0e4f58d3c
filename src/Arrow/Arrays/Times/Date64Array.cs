using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of dates, counted in milliseconds from 1970.</summary>
public class Date64Array : PrimitiveArray<long>, IReadOnlyList<DateTime?>, IReadOnlyList<DateOnly?>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Date64Array(ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(Date64Type.Default, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Date64Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Date64);
    }

    int IReadOnlyCollection<DateTime?>.Count => Length;

    int IReadOnlyCollection<DateOnly?>.Count => Length;

    DateTime? IReadOnlyList<DateTime?>.this[int index] => GetDateTime(index);

    DateOnly? IReadOnlyList<DateOnly?>.this[int index] => GetDateOnly(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The midnight at which the day at a position begins, or null.</summary>
    public DateTime? GetDateTime(int index) => GetDateOnly(index)?.ToDateTime(TimeOnly.MinValue);

    /// <summary>The point in time at a position in UTC, or null.</summary>
    public DateTimeOffset? GetDateTimeOffset(int index) =>
        GetValue(index) is long milliseconds ? DateTimeOffset.UnixEpoch.AddTicks(TimeUnit.Millisecond.ToTicks(milliseconds)) : null;

    /// <summary>The day at a position, or null.</summary>
    public DateOnly? GetDateOnly(int index) =>
        GetDateTimeOffset(index) is DateTimeOffset time ? DateOnly.FromDateTime(time.UtcDateTime) : null;

    /// <inheritdoc/>
    IEnumerator<DateTime?> IEnumerable<DateTime?>.GetEnumerator() => Items.Enumerate(Length, GetDateTime);

    /// <inheritdoc/>
    IEnumerator<DateOnly?> IEnumerable<DateOnly?>.GetEnumerator() => Items.Enumerate(Length, GetDateOnly);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, GetDateTime);

    /// <summary>Collects dates for an array.</summary>
    public class Builder : DateArrayBuilder<long, Date64Array, Builder>
    {
        /// <summary>Starts without dates.</summary>
        public Builder()
            : base(new Counts())
        {
        }

        /// <inheritdoc/>
        protected override long Convert(DateTime dateTime) => Convert(DateOnly.FromDateTime(dateTime));

        /// <inheritdoc/>
        protected override long Convert(DateTimeOffset dateTimeOffset) => Convert(dateTimeOffset.UtcDateTime);

        /// <inheritdoc/>
        protected override long Convert(DateOnly date) =>
            (date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * (TimeSpan.TicksPerDay / TimeSpan.TicksPerMillisecond);

        /// <summary>Collects the counts.</summary>
        private sealed class Counts : PrimitiveArrayBuilder<long, Date64Array, Counts>
        {
            /// <inheritdoc/>
            protected override Date64Array Build(
                ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
                new(valueBuffer, nullBitmapBuffer, length, nullCount, offset);
        }
    }
}
