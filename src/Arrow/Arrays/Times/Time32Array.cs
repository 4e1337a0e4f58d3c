using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of times of day, counted in seconds or milliseconds from midnight.</summary>
public class Time32Array : PrimitiveArray<int>, IReadOnlyList<TimeOnly?>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public Time32Array(
        Time32Type type, ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(type, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Time32Array(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Time32);
    }

    int IReadOnlyCollection<TimeOnly?>.Count => Length;

    TimeOnly? IReadOnlyList<TimeOnly?>.this[int index] => GetTime(index);

    private TimeUnit Unit => ((Time32Type)Data.DataType).Unit;

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The seconds from midnight at a position, or null; fractions are cut.</summary>
    public int? GetSeconds(int index) => Unit == TimeUnit.Second ? GetValue(index) : GetValue(index) / 1000;

    /// <summary>The milliseconds from midnight at a position, or null.</summary>
    public int? GetMilliSeconds(int index) => Unit == TimeUnit.Second ? checked(GetValue(index) * 1000) : GetValue(index);

    /// <summary>The time of day at a position, or null.</summary>
    public TimeOnly? GetTime(int index) => GetValue(index) is int count ? new TimeOnly(Unit.ToTicks(count)) : null;

    /// <inheritdoc/>
    IEnumerator<TimeOnly?> IEnumerable<TimeOnly?>.GetEnumerator() => Items.Enumerate(Length, GetTime);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, GetTime);

    /// <summary>Collects times of day for an array.</summary>
    public class Builder : TimeArrayBuilder<int, Time32Array, Builder>
    {
        private readonly TimeUnit _unit;

        /// <summary>Counts milliseconds.</summary>
        public Builder()
            : this(Time32Type.Default)
        {
        }

        /// <summary>Counts seconds or milliseconds.</summary>
        public Builder(TimeUnit unit)
            : this(TimeType.FromTimeUnit(unit) as Time32Type
                ?? throw new ArgumentException($"Expected seconds or milliseconds, found {unit}.", nameof(unit)))
        {
        }

        /// <summary>Counts as <paramref name="type"/> says.</summary>
        public Builder(Time32Type type)
            : base(new Counts(type))
        {
            _unit = type.Unit;
        }

        /// <inheritdoc/>
        protected override int Convert(TimeOnly time) => (int)_unit.FromTicks(time.Ticks);

        /// <summary>Collects the counts.</summary>
        private sealed class Counts(Time32Type type) : PrimitiveArrayBuilder<int, Time32Array, Counts>
        {
            /// <inheritdoc/>
            protected override Time32Array Build(
                ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
                new(type, valueBuffer, nullBitmapBuffer, length, nullCount, offset);
        }
    }
}
