using System.Text;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests;

/// <summary>The types that tables of other programs bring along.</summary>
internal static partial class Samples
{
    private const string Alphabet = "abcdefghijklmnopqrst";

    /// <summary>A batch of every type that an array can have; every third value is null where asked for.</summary>
    public static RecordBatch AllTypes(int rows, bool withNulls) =>
        Batch([.. Columns(rows, withNulls), .. MoreColumns(rows, withNulls)], rows, withNulls);

    private static (string Name, IArrowArray Array)[] MoreColumns(int rows, bool withNulls) =>
    [
        ("null", new NullArray(rows)),
        ("f16", Each(new HalfFloatArray.Builder(), rows, withNulls, (b, i) => b.Append((Half)(i / 3f)))),
        ("large text", Each(new LargeStringArray.Builder(), rows, withNulls, (b, i) => b.Append($"{i} Äpfel"))),
        ("large bytes", Each(new LargeBinaryArray.Builder(), rows, withNulls, (b, i) => b.Append(Word(i).AsSpan()))),
        ("text views", Each(new StringViewArray.Builder(), rows, withNulls, (b, i) => b.Append(Word(i).AsSpan()))),
        ("byte views", ByteViews(rows, withNulls)),
        ("equal bytes", Each(new EqualBytesBuilder(5), rows, withNulls, (b, i) => b.Append(Bytes(i, 5).AsSpan()))),
        ("decimals", Each(
            new Decimal128Array.Builder(new Decimal128Type(38, 4)), rows, withNulls, (b, i) => b.Append(1_000_000.25m - (i * 333_333m)))),
        ("days", Each(new Date32Array.Builder(), rows, withNulls, (b, i) => b.Append(new DateOnly(1969, 12, 20).AddDays(i)))),
        ("ms days", Each(new Date64Array.Builder(), rows, withNulls, (b, i) => b.Append(new DateOnly(1969, 12, 20).AddDays(i)))),
        ("s of the day", Each(new Time32Array.Builder(TimeUnit.Second), rows, withNulls, (b, i) => b.Append(86_399 - i))),
        ("ms of the day", Each(new Time32Array.Builder(), rows, withNulls, (b, i) => b.Append(86_399_999 - i))),
        ("µs of the day", Each(
            new Time64Array.Builder(TimeUnit.Microsecond), rows, withNulls, (b, i) => b.Append(86_399_999_999 - i))),
        ("ns of the day", Each(new Time64Array.Builder(), rows, withNulls, (b, i) => b.Append(86_399_999_999_999 - i))),
        .. Enum.GetValues<TimeUnit>().Select(unit => ($"time in {unit}s", (IArrowArray)Moments(unit, rows, withNulls))),
        .. Enum.GetValues<TimeUnit>().Select(unit => ($"span in {unit}s", (IArrowArray)Spans(unit, rows, withNulls))),
        ("lists", Lists(rows, withNulls)),
        ("large lists", Each(new LargeListArray.Builder(StringType.Default), rows, withNulls, (b, i) =>
            ((StringArray.Builder)b.Append().ValueBuilder).AppendRange(Enumerable.Repeat($"w{i}", i % 3)))),
        ("records", Records(rows, withNulls)),
        ("maps", Maps(rows, withNulls)),
        ("lists of records of lists", ListsOfRecords(rows, withNulls)),
    ];

    private static TArray Each<TArray, TBuilder>(
        IArrowArrayBuilder<TArray, TBuilder> builder, int rows, bool withNulls, Action<TBuilder, int> append)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray>
    {
        for (int i = 0; i < rows; i++)
        {
            if (IsNull(i, withNulls))
            {
                builder.AppendNull();
            }
            else
            {
                append((TBuilder)builder, i);
            }
        }

        return builder.Build(null);
    }

    private static (ArrowBuffer Bitmap, int NullCount) Validity(int rows, bool withNulls)
    {
        var bitmap = new ArrowBuffer.BitmapBuilder();
        for (int i = 0; i < rows; i++)
        {
            bitmap.Append(!IsNull(i, withNulls));
        }

        return bitmap.UnsetBitCount == 0 ? (ArrowBuffer.Empty, 0) : (bitmap.Build(), bitmap.UnsetBitCount);
    }

    private static byte[] Word(int i) => Encoding.UTF8.GetBytes(Alphabet[..(i % Alphabet.Length)]);

    private static byte[] Bytes(int i, int length) => [.. Enumerable.Range(0, length).Select(j => (byte)(i + (50 * j)))];

    /// <summary>Views of themselves and of two buffers in turn, of 12 bytes and more.</summary>
    private static BinaryViewArray ByteViews(int rows, bool withNulls)
    {
        ArrowBuffer.Builder<byte>[] buffers = [new(), new()];
        var views = new ArrowBuffer.Builder<BinaryView>();
        for (int i = 0; i < rows; i++)
        {
            byte[] bytes = Bytes(i, 12 + (i % 4));
            if (IsNull(i, withNulls))
            {
                views.Append(default(BinaryView));
            }
            else if (bytes.Length <= BinaryView.MaxInlineLength)
            {
                views.Append(new BinaryView(bytes));
            }
            else
            {
                ArrowBuffer.Builder<byte> buffer = buffers[i % 2];
                views.Append(new BinaryView(bytes.Length, bytes.AsSpan(0, BinaryView.PrefixLength), i % 2, buffer.Length));
                buffer.Append(bytes);
            }
        }

        (ArrowBuffer bitmap, int nullCount) = Validity(rows, withNulls);
        return new BinaryViewArray(new ArrayData(
            BinaryViewType.Default, rows, nullCount, 0, [bitmap, views.Build(), buffers[0].Build(), buffers[1].Build()]));
    }

    private static TimestampArray Moments(TimeUnit unit, int rows, bool withNulls) => Each(
        new TimestampArray.Builder(unit), rows, withNulls, (b, i) => b.Append(DateTimeOffset.UnixEpoch.AddSeconds(i - 10)));

    private static DurationArray Spans(TimeUnit unit, int rows, bool withNulls) => Each(
        new DurationArray.Builder(DurationType.FromTimeUnit(unit)), rows, withNulls, (b, i) => b.Append((1_000_000_000L * i) - 1));

    /// <summary>Lists of none to three numbers, the first of which is null now and then.</summary>
    private static ListArray Lists(int rows, bool withNulls) => Each(
        new ListArray.Builder(new Field("number", Int32Type.Default, withNulls)), rows, withNulls, (b, i) =>
        {
            b.Append();
            for (int j = 0; j < i % 4; j++)
            {
                ((Int32Array.Builder)b.ValueBuilder).Append(withNulls && j == 0 && i % 2 == 0 ? null : (100 * i) + j);
            }
        });

    private static StructArray Records(int rows, bool withNulls)
    {
        var type = new StructType(
        [
            new Field("n", Int64Type.Default, withNulls),
            new Field("word", StringType.Default, withNulls),
            new Field("parts", new ListType(new Field("number", Int32Type.Default, withNulls)), withNulls),
        ]);
        IArrowArray[] fields =
        [
            Each(new Int64Array.Builder(), rows, withNulls && rows > 4, (b, i) => b.Append(-i)),
            Each(new StringArray.Builder(), rows, withNulls: false, (b, i) => b.Append($"word {i}")),
            Lists(rows, withNulls),
        ];
        (ArrowBuffer bitmap, int nullCount) = Validity(rows, withNulls);
        return new StructArray(type, rows, fields, bitmap, nullCount);
    }

    private static MapArray Maps(int rows, bool withNulls) => Each(
        new MapArray.Builder(new MapType(StringType.Default, DoubleType.Default, nullable: withNulls)), rows, withNulls, (b, i) =>
        {
            b.Append();
            for (int j = 0; j < i % 3; j++)
            {
                ((StringArray.Builder)b.KeyBuilder).Append($"key {j}");
                ((DoubleArray.Builder)b.ValueBuilder).Append(withNulls && j == 1 ? null : i + (j / 4d));
            }
        });

    private static ListArray ListsOfRecords(int rows, bool withNulls)
    {
        StructArray records = Records(2 * rows, withNulls);
        var offsets = new ArrowBuffer.Builder<int>();
        offsets.AppendRange(Enumerable.Range(0, rows + 1).Select(i => 2 * i));
        (ArrowBuffer bitmap, int nullCount) = Validity(rows, withNulls);
        var type = new ListType(new Field("record", records.Data.DataType, withNulls));
        return new ListArray(type, rows, offsets.Build(), records, bitmap, nullCount);
    }

    /// <summary>Collects byte strings of equal length, for which the package has no builder of its own.</summary>
    internal sealed class EqualBytesBuilder(int width)
        : FixedSizeBinaryArray.BuilderBase<FixedSizeBinaryArray, EqualBytesBuilder>(new FixedSizeBinaryType(width), width)
    {
        protected override FixedSizeBinaryArray Build(ArrayData data) => new(data);
    }
}
