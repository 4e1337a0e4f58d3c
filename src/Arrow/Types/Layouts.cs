namespace Apache.Arrow.Types;

/// <summary>What matters of a type to its bytes.</summary>
internal static class Layouts
{
    /// <summary>Bytes of one view.</summary>
    internal const int ViewBytes = 16;

    /// <summary>The layout of a type.</summary>
    internal static Layout Of(IArrowType type) => type switch
    {
        BooleanType => Layout.Bits,
        FixedWidthType => Layout.Fixed,
        NullType => Layout.Null,
        StringType or BinaryType => Layout.Texts,
        LargeStringType or LargeBinaryType => Layout.LargeTexts,
        StringViewType or BinaryViewType => Layout.Views,
        ListType or MapType => Layout.Lists,
        LargeListType => Layout.LargeLists,
        FixedSizeListType => Layout.FixedSizeLists,
        StructType => Layout.Struct,
        _ => throw new NotSupportedException($"not supported: Arrow type {type.Name}"),
    };

    /// <summary>Bytes per value of a type with <see cref="Layout.Fixed"/>.</summary>
    internal static int WidthOf(IArrowType type) => ((FixedWidthType)type).BitWidth / 8;

    /// <summary>True when values of both types are the same bytes with the same meaning, names and names of time zones aside.</summary>
    internal static bool AreSame(IArrowType first, IArrowType second) =>
        first.TypeId == second.TypeId && (first, second) switch
        {
            (DictionaryType one, DictionaryType two) =>
                AreSame(one.IndexType, two.IndexType) && AreSame(one.ValueType, two.ValueType),
            (TimestampType one, TimestampType two) => one.Unit == two.Unit && one.Timezone is null == two.Timezone is null,
            (TimeBasedType one, TimeBasedType two) => one.Unit == two.Unit,
            (Decimal128Type one, Decimal128Type two) => one.Precision == two.Precision && one.Scale == two.Scale,
            (FixedSizeBinaryType one, FixedSizeBinaryType two) => one.ByteWidth == two.ByteWidth,
            (FixedSizeListType one, FixedSizeListType two) => one.ListSize == two.ListSize && HaveSameFields(one, two),
            (NestedType one, NestedType two) => HaveSameFields(one, two),
            _ => true,
        };

    private static bool HaveSameFields(NestedType first, NestedType second) =>
        first.Fields.Count == second.Fields.Count
        && first.Fields.Zip(second.Fields).All(pair => AreSame(pair.First.DataType, pair.Second.DataType));
}
