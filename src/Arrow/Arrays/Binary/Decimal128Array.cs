using System.Collections;
using System.Data.SqlTypes;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of decimal numbers: 128-bit integers that count a power of ten.</summary>
public partial class Decimal128Array : FixedSizeBinaryArray, IReadOnlyList<SqlDecimal?>
{
    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public Decimal128Array(ArrayData data)
        : base(ArrowTypeId.Decimal128, data)
    {
    }

    /// <summary>Digits behind the point; before it, if negative.</summary>
    public int Scale => Type.Scale;

    /// <summary>Digits altogether.</summary>
    public int Precision => Type.Precision;

    /// <summary>Bytes per number.</summary>
    public int ByteWidth => Type.ByteWidth;

    int IReadOnlyCollection<SqlDecimal?>.Count => Length;

    SqlDecimal? IReadOnlyList<SqlDecimal?>.this[int index] => GetSqlDecimal(index);

    private Decimal128Type Type => (Decimal128Type)Data.DataType;

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The number at a position, cut to what a <see cref="decimal"/> holds behind the point, or null.</summary>
    /// <exception cref="OverflowException">A <see cref="decimal"/> cannot hold its whole part.</exception>
    public decimal? GetValue(int index) => TryGetValue(index, out decimal? value)
        ? value
        : throw new OverflowException($"{GetString(index)} is more than a decimal can hold.");

    /// <summary>As <see cref="GetValue"/>, but false where that throws.</summary>
    public bool TryGetValue(int index, out decimal? value)
    {
        Int128? count = Count(index);
        value = null;
        if (count.HasValue && !DecimalCount.TryToDecimal(count.GetValueOrDefault(), Scale, out value))
        {
            return false;
        }

        return true;
    }

    /// <summary>The digits of the number at a position, all of its scale, or null.</summary>
    public string? GetString(int index) =>
        Count(index) is Int128 count ? DecimalCount.ToText(count, Scale) : null;

    /// <summary>The number at a position, or null.</summary>
    public SqlDecimal? GetSqlDecimal(int index) =>
        Count(index) is Int128 count ? DecimalCount.ToSqlDecimal(count, Precision, Scale) : null;

    /// <summary>The numbers, with the nulls among them or without.</summary>
    public IList<decimal?> ToList(bool includeNulls = false)
    {
        var list = new List<decimal?>(Length);
        for (int index = 0; index < Length; index++)
        {
            if (includeNulls || IsValid(index))
            {
                list.Add(GetValue(index));
            }
        }

        return list;
    }

    /// <inheritdoc/>
    IEnumerator<SqlDecimal?> IEnumerable<SqlDecimal?>.GetEnumerator() => Items.Enumerate(Length, GetSqlDecimal);

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<SqlDecimal?>)this).GetEnumerator();

    private Int128? Count(int index)
    {
        ReadOnlySpan<byte> bytes = GetBytes(index);
        return IsNull(index) ? null : DecimalCount.Read(bytes);
    }
}
