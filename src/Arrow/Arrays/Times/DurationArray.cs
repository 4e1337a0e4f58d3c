using System.Collections;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of spans of time.</summary>
public class DurationArray : PrimitiveArray<long>, IReadOnlyList<TimeSpan?>
{
    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public DurationArray(
        DurationType type, ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset)
        : this(new ArrayData(type, length, nullCount, offset, [nullBitmapBuffer, valueBuffer]))
    {
    }

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public DurationArray(ArrayData data)
        : base(data)
    {
        data.Require(ArrowTypeId.Duration);
    }

    /// <summary>The type, which names the unit.</summary>
    public DurationType DataType => (DurationType)Data.DataType;

    int IReadOnlyCollection<TimeSpan?>.Count => Length;

    TimeSpan? IReadOnlyList<TimeSpan?>.this[int index] => GetTimeSpan(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The span at a position, cut to 100 ns, or null.</summary>
    public TimeSpan? GetTimeSpan(int index) =>
        GetValue(index) is long count ? new TimeSpan(DataType.Unit.ToTicks(count)) : null;

    /// <inheritdoc/>
    IEnumerator<TimeSpan?> IEnumerable<TimeSpan?>.GetEnumerator() => Items.Enumerate(Length, GetTimeSpan);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => Items.Enumerate(Length, GetTimeSpan);

    /// <summary>Collects spans of time, or counts of the unit.</summary>
    public class Builder : PrimitiveArrayBuilder<long, DurationArray, Builder>
    {
        /// <summary>Counts the unit of <paramref name="dataType"/>.</summary>
        public Builder(DurationType dataType)
        {
            ArgumentNullException.ThrowIfNull(dataType);
            DataType = dataType;
        }

        /// <summary>The type, which names the unit.</summary>
        public DurationType DataType { get; }

        /// <summary>Adds a span, cut to the unit.</summary>
        public Builder Append(TimeSpan value) => Append(DataType.Unit.FromTicks(value.Ticks));

        /// <summary>Adds a span, cut to the unit, or a null.</summary>
        public Builder Append(TimeSpan? value) => value.HasValue ? Append(value.GetValueOrDefault()) : AppendNull();

        /// <inheritdoc/>
        protected override DurationArray Build(
            ArrowBuffer valueBuffer, ArrowBuffer nullBitmapBuffer, int length, int nullCount, int offset) =>
            new(DataType, valueBuffer, nullBitmapBuffer, length, nullCount, offset);
    }
}
