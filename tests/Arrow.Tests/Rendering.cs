using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests;

/// <summary>The values of arrays as texts, so that arrays of any origin compare.</summary>
/// <remarks>
/// Numbers in digits, decimals with their point, points and spans of time as counts of their unit, 'text', xHEX,
/// [lists], {name:value} for records, {key=>value} for maps; dictionaries as the values they stand for.
/// </remarks>
internal static class Rendering
{
    private const string Null = "null";

    /// <summary>The values of an array.</summary>
    public static string[] Of(IArrowArray array) => [.. Enumerable.Range(0, array.Length).Select(i => Of(array, i))];

    /// <summary>The values of a batch, by column.</summary>
    public static string[][] Of(RecordBatch batch) => [.. batch.Arrays.Select(column => Of(column))];

    /// <summary>All values of several batches, by column.</summary>
    public static string[][] Of(IReadOnlyList<RecordBatch> batches, int columns) =>
        [.. Enumerable.Range(0, columns).Select(j => batches.SelectMany(batch => Of(batch.Column(j))).ToArray())];

    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public static string Of(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Of(IArrowArray array, int i) => array.IsNull(i) ? Null : array switch
    {
        BooleanArray values => values.GetValue(i)!.Value ? "true" : "false",
        Int8Array values => Text(values.Values[i]),
        Int16Array values => Text(values.Values[i]),
        Int32Array values => Text(values.Values[i]),
        Int64Array values => Text(values.Values[i]),
        UInt8Array values => Text(values.Values[i]),
        UInt16Array values => Text(values.Values[i]),
        UInt32Array values => Text(values.Values[i]),
        UInt64Array values => Text(values.Values[i]),
        TimestampArray values => Text(values.Values[i]),
        DurationArray values => Text(values.Values[i]),
        Date32Array values => Text(values.Values[i]),
        Date64Array values => Text(values.Values[i]),
        Time32Array values => Text(values.Values[i]),
        Time64Array values => Text(values.Values[i]),
        HalfFloatArray values => Of((float)values.Values[i]),
        FloatArray values => Of(values.Values[i]),
        DoubleArray values => Of(values.Values[i]),
        StringArray values => $"'{values.GetString(i)}'",
        LargeStringArray values => $"'{values.GetString(i)}'",
        StringViewArray values => $"'{values.GetString(i)}'",
        BinaryArray values => Hex(values.GetBytes(i)),
        LargeBinaryArray values => Hex(values.GetBytes(i)),
        BinaryViewArray values => Hex(values.GetBytes(i)),
        Decimal128Array values => values.GetString(i)!,
        FixedSizeBinaryArray values => Hex(values.GetBytes(i)),
        MapArray values => Entries(values, i),
        ListArray values => List(values.GetSlicedValues(i)!),
        LargeListArray values => List(values.GetSlicedValues(i)!),
        FixedSizeListArray values => List(values.GetSlicedValues(i)!),
        StructArray values => Record(values, i),
        DictionaryArray values => Of(values.Dictionary, IndexAt(values.Indices, i)),
        _ => throw new NotSupportedException(array.GetType().Name),
    };

    private static string Hex(ReadOnlySpan<byte> bytes) => "x" + Convert.ToHexString(bytes);

    private static string List(IArrowArray values) => $"[{string.Join(",", Of(values))}]";

    private static string Record(StructArray records, int i)
    {
        IReadOnlyList<Field> fields = ((StructType)records.Data.DataType).Fields;
        return $"{{{string.Join(",", fields.Select((field, j) => $"{field.Name}:{Of(records.Fields[j], i)}"))}}}";
    }

    private static string Entries(MapArray maps, int i)
    {
        IEnumerable<int> entries = Enumerable.Range(maps.ValueOffsets[i], maps.GetValueLength(i));
        return $"{{{string.Join(",", entries.Select(entry => $"{Of(maps.Keys, entry)}=>{Of(maps.Values, entry)}"))}}}";
    }

    /// <summary>The position in a dictionary to which a row leads.</summary>
    public static int IndexAt(IArrowArray indices, int i) => indices switch
    {
        Int8Array values => values.Values[i],
        Int16Array values => values.Values[i],
        Int32Array values => values.Values[i],
        Int64Array values => (int)values.Values[i],
        UInt8Array values => values.Values[i],
        UInt16Array values => values.Values[i],
        UInt32Array values => (int)values.Values[i],
        UInt64Array values => (int)values.Values[i],
        _ => throw new NotSupportedException(indices.GetType().Name),
    };

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
