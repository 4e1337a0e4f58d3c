using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>The way from a type to the builder of its arrays.</summary>
internal static class ArrowArrayBuilderFactory
{
    /// <summary>An empty builder for arrays of a type.</summary>
    internal static IArrowArrayBuilder<IArrowArray, IArrowArrayBuilder<IArrowArray>> Build(IArrowType type) => type switch
    {
        BooleanType => new BooleanArray.Builder(),
        Int8Type => new Int8Array.Builder(),
        Int16Type => new Int16Array.Builder(),
        Int32Type => new Int32Array.Builder(),
        Int64Type => new Int64Array.Builder(),
        UInt8Type => new UInt8Array.Builder(),
        UInt16Type => new UInt16Array.Builder(),
        UInt32Type => new UInt32Array.Builder(),
        UInt64Type => new UInt64Array.Builder(),
        FloatType => new FloatArray.Builder(),
        DoubleType => new DoubleArray.Builder(),
        StringType => new StringArray.Builder(),
        BinaryType => new BinaryArray.Builder(),
        TimestampType timestamp => new TimestampArray.Builder(timestamp),
        FixedSizeListType list => new FixedSizeListArray.Builder(list.ValueField, list.ListSize),
        _ => throw new NotSupportedException($"not supported: a builder of arrays of type {type.Name}"),
    };
}
