using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>Values of Arrow columns as numbers and texts, whichever of its types a program chose.</summary>
internal static class ArrowCells
{
    /// <summary>True for columns of numbers.</summary>
    public static bool IsNumber(IArrowType type) => type is NumberType and not BooleanType or Decimal128Type;

    /// <summary>True for columns of floating-point numbers.</summary>
    public static bool IsFloat(IArrowType type) => type is FloatingPointType;

    /// <summary>True for columns of texts, plain or through a dictionary.</summary>
    public static bool IsText(IArrowType type) =>
        type is StringType or LargeStringType or StringViewType || (type is DictionaryType words && IsText(words.ValueType));

    /// <summary>The type of a column's lists; null where it holds none.</summary>
    public static IArrowType? ListedIn(IArrowType type) => type switch
    {
        FixedSizeListType list => list.ValueDataType,
        ListType list => list.ValueDataType,
        LargeListType list => list.ValueDataType,
        _ => null,
    };

    /// <summary>The list at a position, null where there is none.</summary>
    public static IArrowArray? List(IArrowArray lists, int i) => lists.IsNull(i) ? null : lists switch
    {
        FixedSizeListArray array => array.GetSlicedValues(i),
        ListArray array => array.GetSlicedValues(i),
        LargeListArray array => array.GetSlicedValues(i),
        _ => null,
    };

    /// <summary>The number at a position, null where there is none.</summary>
    public static double? Number(IArrowArray values, int i) => values switch
    {
        DoubleArray array => array.GetValue(i),
        FloatArray array => array.GetValue(i),
        HalfFloatArray array => (double?)array.GetValue(i),
        Int64Array array => array.GetValue(i),
        Int32Array array => array.GetValue(i),
        Int16Array array => array.GetValue(i),
        Int8Array array => array.GetValue(i),
        UInt64Array array => array.GetValue(i),
        UInt32Array array => array.GetValue(i),
        UInt16Array array => array.GetValue(i),
        UInt8Array array => array.GetValue(i),
        Decimal128Array array when array.GetString(i) is { } digits => double.Parse(digits, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The text at a position, empty where there is none.</summary>
    public static string Text(IArrowArray values, int i) => values switch
    {
        StringArray array => array.GetString(i) ?? "",
        LargeStringArray array => array.GetString(i) ?? "",
        StringViewArray array => array.GetString(i) ?? "",
        DictionaryArray array => array.IsValid(i) && Number(array.Indices, i) is { } index ? Text(array.Dictionary, (int)index) : "",
        _ => Number(values, i)?.ToString("R", CultureInfo.InvariantCulture) ?? "",
    };
}
