using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>The way from a type to the builder of its arrays.</summary>
internal static class ArrowArrayBuilderFactory
{
    /// <summary>An empty builder for arrays of a type.</summary>
    internal static IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> Build(IArrowType type) => type switch
    {
        NullType => new NullArray.Builder(),
        BooleanType => new BooleanArray.Builder(),
        Int8Type => new Int8Array.Builder(),
        Int16Type => new Int16Array.Builder(),
        Int32Type => new Int32Array.Builder(),
        Int64Type => new Int64Array.Builder(),
        UInt8Type => new UInt8Array.Builder(),
        UInt16Type => new UInt16Array.Builder(),
        UInt32Type => new UInt32Array.Builder(),
        UInt64Type => new UInt64Array.Builder(),
        HalfFloatType => new HalfFloatArray.Builder(),
        FloatType => new FloatArray.Builder(),
        DoubleType => new DoubleArray.Builder(),
        StringType => new StringArray.Builder(),
        BinaryType => new BinaryArray.Builder(),
        LargeStringType => new LargeStringArray.Builder(),
        LargeBinaryType => new LargeBinaryArray.Builder(),
        StringViewType => new StringViewArray.Builder(),
        BinaryViewType => new BinaryViewArray.Builder(),
        Decimal128Type number => new Decimal128Array.Builder(number),
        Date32Type => new Date32Array.Builder(),
        Date64Type => new Date64Array.Builder(),
        Time32Type time => new Time32Array.Builder(time),
        Time64Type time => new Time64Array.Builder(time),
        TimestampType timestamp => new TimestampArray.Builder(timestamp),
        DurationType duration => new DurationArray.Builder(duration),
        ListType list => new ListArray.Builder(list.ValueField),
        LargeListType list => new LargeListArray.Builder(list.ValueField),
        FixedSizeListType list => new FixedSizeListArray.Builder(list.ValueField, list.ListSize),
        MapType map => new MapArray.Builder(map),
        _ => throw new NotSupportedException($"not supported: a builder of arrays of type {type.Name}"),
    };
}
