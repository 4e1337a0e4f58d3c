using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of times of day, counted in microseconds or nanoseconds from midnight.</summary>
public class Time64Array : PrimitiveArray<long>, IReadOnlyList<TimeOnly?>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Time64Array(
        Time64Type type, ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(type, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Time64Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Time64);
    }

    int IReadOnlyCollection<TimeOnly?>.Count => Length;

    TimeOnly? IReadOnlyList<TimeOnly?>.this[int index] => GetTime(index);

    private TimeUnit Unit => ((Time64Type)Data.DataType).Unit;

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The microseconds from midnight at a position, or null; fractions are cut.</summary>
    public long? GetMicroSeconds(int index) => Unit == TimeUnit.Microsecond ? GetValue(index) : GetValue(index) / 1000;

    /// <summary>The nanoseconds from midnight at a position, or null.</summary>
    public long? GetNanoSeconds(int index) => Unit == TimeUnit.Microsecond ? checked(GetValue(index) * 1000) : GetValue(index);

    /// <summary>The time of day at a position, cut to 100 ns, or null.</summary>
    public TimeOnly? GetTime(int index) => GetValue(index) is long count ? new TimeOnly(Unit.ToTicks(count)) : null;

    /// <inheritdoc/>
    IEnumerator<TimeOnly?> IEnumerable<TimeOnly?>.GetEnumerator() => Items.Enumerate(Length, GetTime);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, GetTime);

    /// <summary>Collects times of day for an array.</summary>
    public class Builder : TimeArrayBuilder<long, Time64Array, Builder>
    {
        private readonly TimeUnit _unit;

        /// <summary>Counts nanoseconds.</summary>
        public Builder()
            : this(Time64Type.Default)
        {
        }

        /// <summary>Counts microseconds or nanoseconds.</summary>
        public Builder(TimeUnit unit)
            : this(TimeType.FromTimeUnit(unit) as Time64Type
                ?? throw new ArgumentException($"Expected microseconds or nanoseconds, found {unit}.", nameof(unit)))
        {
        }

        /// <summary>Counts as <paramref name="type"/> says.</summary>
        public Builder(Time64Type type)
            : base(new Counts(type))
        {
            _unit = type.Unit;
        }

        /// <inheritdoc/>
        protected override long Convert(TimeOnly time) => _unit.FromTicks(time.Ticks);

        /// <summary>Collects the counts.</summary>
        private sealed class Counts(Time64Type type) : PrimitiveArrayBuilder<long, Time64Array, Counts>
        {
            /// <inheritdoc/>
            protected override Time64Array Build(
                ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
                new(type, valueBuffer, nullBitmapBuffer, length, nullCount, offset);
        }
    }
}
