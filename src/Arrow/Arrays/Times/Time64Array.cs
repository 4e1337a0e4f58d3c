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
}
