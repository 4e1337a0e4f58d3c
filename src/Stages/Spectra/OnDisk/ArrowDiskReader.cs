using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>The reader of Arrow files that are larger than memory: everything but the spectra, which stay where they lie.</summary>
/// <remarks>
/// The spectrum is one column of lists of float32 or float64, all of one length, uncompressed. Ids, responses and labels
/// are read as <see cref="ArrowSpectraReader"/> reads them, in memory that grows with the number of samples alone.
/// </remarks>
public static class ArrowDiskReader
{
    private const int OffsetsBytesMax = 1 << 20;

    /// <summary>Samples and variables of a file, at the cost of its descriptions; null where it has no column of lists of floats.</summary>
    /// <exception cref="StageException">The bytes are damaged.</exception>
    public static (long Samples, int Variables)? SizeOf(IByteFile file)
    {
        ArrowLayout layout = ArrowLayout.Of(file);
        return SpectrumOf(layout) is { } column ? (layout.RowCount, VariablesOf(file, layout, column)) : null;
    }

    /// <summary>Reads everything but the spectra.</summary>
    /// <param name="file">The file.</param>
    /// <param name="unit">The unit of the axis; null for what the data state or suggest.</param>
    /// <param name="idColumn">The column of sample ids; null for a guess.</param>
    /// <exception cref="StageException">The bytes are damaged, or the spectra do not lie as they must.</exception>
    public static DiskReading Read(IByteFile file, AxisUnit? unit = null, string? idColumn = null)
    {
        ArrowLayout layout = ArrowLayout.Of(file);
        int spectrum = SpectrumOf(layout) ?? throw new StageException(
            FailureKind.InvalidData,
            "The Arrow data have no column of lists of float32 or float64, the only spectra that are read from a file larger than memory. "
            + "Write the spectra as one such column, or raise --memory.");
        int p = VariablesOf(file, layout, spectrum);
        var rows = new DiskRows(p, ListedIn(layout, spectrum) is FloatType ? sizeof(float) : sizeof(double));
        int firstRow = 0;
        foreach (ArrowBatchLayout batch in layout.Batches)
        {
            rows.Add(batch.Rows, StartOf(file, layout, batch, spectrum, rows, firstRow));
            firstRow = checked(firstRow + batch.Rows);
        }

        // A batch whose spectra stay away; the reader of tables asks for nothing but their number.
        int[] beside = [.. Enumerable.Range(0, layout.Schema.FieldsList.Count).Where(c => c == spectrum || DiskColumns.IsRead(layout.Schema[c].DataType))];
        Field list = layout.Schema[spectrum];
        IArrowType values = ListedIn(layout, spectrum);
        var fixedList = new FixedSizeListType(new Field("item", values, nullable: false), p);
        var ofFixed = new Field(list.Name, fixedList, nullable: false, list.Metadata);
        var schema = new Schema([.. beside.Select(c => c == spectrum ? ofFixed : layout.Schema[c])], layout.Schema.Metadata);
        List<RecordBatch> batches =
        [
            .. layout.Batches.Select(batch => new RecordBatch(
                schema,
                beside.Select(c => c == spectrum
                    ? new FixedSizeListArray(new ArrayData(fixedList, batch.Rows, 0, 0, [ArrowBuffer.Empty], [NoValues()]))
                    : DiskColumns.Read(file, batch, c, layout.Schema[c])),
                batch.Rows)),
        ];
        SpectralReading reading = ArrowSpectraReader.ReadBeside(schema, batches, file.Length, unit, idColumn, layout.IsFile ? "Arrow file" : "Arrow stream");
        string[] left =
        [
            .. layout.Schema.FieldsList
                .Where(field => ArrowCells.IsText(field.DataType) && !DiskColumns.IsRead(field.DataType))
                .Select(field => field.Name),
        ];
        ReadingReport report = left.Length == 0 ? reading.Report : reading.Report with
        {
            Warnings = [.. reading.Report.Warnings, $"Not read from a file larger than memory, because their texts are not plain: {string.Join(", ", left)}."],
        };
        return new DiskReading(file, reading.Chunk, report, rows);

        ArrayData NoValues() => new(values, 0, 0, 0, [ArrowBuffer.Empty, ArrowBuffer.Empty]);
    }

    private static int? SpectrumOf(ArrowLayout layout)
    {
        int column = Enumerable.Range(0, layout.Schema.FieldsList.Count)
            .Where(c => ArrowCells.ListedIn(layout.Schema[c].DataType) is FloatType or DoubleType)
            .OrderBy(c => layout.Schema[c].DataType is FixedSizeListType ? 0 : 1)
            .FirstOrDefault(-1);
        return column < 0 ? null : column;
    }

    private static IArrowType ListedIn(ArrowLayout layout, int spectrum) => ArrowCells.ListedIn(layout.Schema[spectrum].DataType)!;

    /// <summary>Values per spectrum: as the type says, or as many as the first list has.</summary>
    private static int VariablesOf(IByteFile file, ArrowLayout layout, int spectrum)
    {
        int p = layout.Schema[spectrum].DataType is FixedSizeListType type
            ? type.ListSize
            : layout.Batches.FirstOrDefault(batch => batch.Rows > 0) is { } first
            ? (int)(Offset(file, layout, first, spectrum, 1) - Offset(file, layout, first, spectrum, 0))
            : 0;
        return p > 0
            ? p
            : throw new StageException(
                FailureKind.InvalidData,
                $"The spectra in column '{layout.Schema[spectrum].Name}' have {p} values each. Write lists of one value per position of the axis.");
    }

    private static int OffsetBytes(ArrowLayout layout, int spectrum) => layout.Schema[spectrum].DataType is LargeListType ? sizeof(long) : sizeof(int);

    private static long Offset(IByteFile file, ArrowLayout layout, ArrowBatchLayout batch, int spectrum, int row)
    {
        int size = OffsetBytes(layout, spectrum);
        Span<byte> bytes = stackalloc byte[size];
        file.Read(batch.Buffer(spectrum, 1).Start + ((long)row * size), bytes);
        return size == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    /// <summary>Where the first spectrum of a batch lies, after a look at all that could place another elsewhere.</summary>
    private static long StartOf(IByteFile file, ArrowLayout layout, ArrowBatchLayout batch, int spectrum, DiskRows rows, int firstRow)
    {
        if (batch.Rows == 0)
        {
            return 0;
        }

        RefuseNulls(file, batch, spectrum, buffer: 0, batch.Node(spectrum).Nulls, batch.Rows, i =>
            ($"Row {firstRow + i + 1} has no spectrum (null). Remove the sample.", (int)(firstRow + i)));
        bool isFixed = layout.Schema[spectrum].DataType is FixedSizeListType;
        int validity = isFixed ? 1 : 2;
        RefuseNulls(file, batch, spectrum, validity, batch.Node(spectrum, child: 1).Nulls, batch.Node(spectrum, child: 1).Length, i =>
            ($"Row {firstRow + (i / rows.VariableCount) + 1}, variable {(i % rows.VariableCount) + 1} of {rows.VariableCount}: expected a number, found null. "
                + "Remove the sample, or mend its spectrum.", (int)(firstRow + (i / rows.VariableCount))));
        long first = isFixed ? 0 : CheckedFirst(file, layout, batch, spectrum, rows.VariableCount, firstRow);
        (long start, long bytes) = batch.Buffer(spectrum, validity + 1);
        return ((Int128)first * rows.ValueBytes) + ((Int128)batch.Rows * rows.RowBytes) <= bytes
            ? start + (first * rows.ValueBytes)
            : throw new StageException(
                FailureKind.InvalidData,
                $"The Arrow data announce {batch.Rows} spectra of {rows.VariableCount} values, more than the {bytes} bytes of their "
                + "batch can hold. Write the file again.");
    }

    /// <summary>The first offset of lists that all have p values.</summary>
    private static long CheckedFirst(IByteFile file, ArrowLayout layout, ArrowBatchLayout batch, int spectrum, int p, int firstRow)
    {
        int size = OffsetBytes(layout, spectrum);
        (long start, long length) = batch.Buffer(spectrum, 1);
        long count = batch.Rows + 1L;
        if (length < count * size)
        {
            throw new StageException(FailureKind.InvalidData, "The Arrow data are damaged or cut off: a batch has fewer lists than "
                + "rows. Write the file again.");
        }

        byte[] bytes = new byte[OffsetsBytesMax];
        long first = 0;
        for (long i = 0; i < count;)
        {
            int some = (int)Math.Min(count - i, bytes.Length / size);
            file.Read(start + (i * size), bytes.AsSpan(0, some * size));
            for (int k = 0; k < some; k++, i++)
            {
                ReadOnlySpan<byte> one = bytes.AsSpan(k * size, size);
                long offset = size == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(one) : BinaryPrimitives.ReadInt32LittleEndian(one);
                first = i == 0 ? offset : first;
                if (offset < 0 || offset != first + (i * p))
                {
                    throw new StageException(
                        FailureKind.InvalidData,
                        $"Row {firstRow + i} has a spectrum that has not {p} values as the others have. Remove the sample, or measure it again.")
                    {
                        Place = new DataPlace((int)(firstRow + i), layout.Schema[spectrum].Name),
                    };
                }
            }
        }

        return first;
    }

    private static void RefuseNulls(
        IByteFile file, ArrowBatchLayout batch, int column, int buffer, long nulls, long count, Func<long, (string Message, int Row)> say)
    {
        (long start, long length) = batch.Buffer(column, buffer);
        if (nulls == 0 || length == 0)
        {
            return;
        }

        byte[] bytes = new byte[OffsetsBytesMax];
        for (long i = 0; i < length; i += bytes.Length)
        {
            Span<byte> some = bytes.AsSpan(0, (int)Math.Min(bytes.Length, length - i));
            file.Read(start + i, some);
            int at = some.IndexOfAnyExcept((byte)0xFF);
            for (long bit = 8 * (i + at); at >= 0 && bit < Math.Min(count, 8 * (i + some.Length)); bit++)
            {
                if ((some[(int)((bit / 8) - i)] & (1 << (int)(bit % 8))) == 0)
                {
                    (string message, int row) = say(bit);
                    throw new StageException(FailureKind.InvalidData, message) { Place = new DataPlace(row + 1) };
                }
            }
        }
    }
}

/// <summary>What was read of a file whose spectra stay on the disk.</summary>
/// <param name="File">The file.</param>
/// <param name="Chunk">Ids, axis, responses and labels; without spectra.</param>
/// <param name="Report">What was found and guessed.</param>
/// <param name="Rows">Where the spectra lie.</param>
public sealed record DiskReading(IByteFile File, SpectralChunk Chunk, ReadingReport Report, DiskRows Rows);
