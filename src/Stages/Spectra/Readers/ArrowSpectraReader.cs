using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The reader of Arrow files and streams: one row per sample, from any program that writes Arrow.</summary>
/// <remarks>
/// Plain, or compressed with LZ4 or Zstandard.
/// The spectrum is one column of lists of floats, all of one length, whose axis stands in the field's or the schema's
/// metadata (<c>axis</c> or <c>wavelengths</c>, a JSON array; <c>unit</c>), or many float columns with numbers as names.
/// Other numeric columns are responses, null where unknown; text columns, plain or dictionary-encoded, are ids and labels.
/// All batches of a source make one chunk. Pure, bounded by the length of the source and by <see cref="SamplesMax"/>.
/// </remarks>
public static class ArrowSpectraReader
{
    /// <summary>The largest number of samples in a source.</summary>
    public const int SamplesMax = DatasetRules.SamplesMax;

    private const int PieceBytes = 1 << 20;

    // The narrowest numbers that spectra have are half floats.
    private const int ValueBytesMin = 2;

    private static readonly CompressionCodecFactory Codecs = new();

    private static ReadOnlySpan<byte> FileMagic => "ARROW1"u8;

    /// <summary>Reads a source to its end, batch by batch where it can seek, else by way of memory.</summary>
    /// <param name="source">The source.</param>
    /// <param name="unit">The unit of the axis; null for what the data state or suggest.</param>
    /// <param name="idColumn">The column of sample ids; null for a guess.</param>
    /// <exception cref="StageException">
    /// The bytes are not Arrow, are too many, have no spectra, or hold a value that is not a finite number.
    /// </exception>
    public static SpectralReading Read(Stream source, AxisUnit? unit = null, string? idColumn = null)
    {
        if (source.CanSeek)
        {
            return ReadSeekable(source, unit, idColumn);
        }

        using var bytes = new MemoryStream();
        byte[] piece = new byte[PieceBytes];
        int count;
        while ((count = source.Read(piece)) > 0)
        {
            RefuseTooLong(bytes.Length + count);
            bytes.Write(piece, 0, count);
        }

        bytes.Position = 0;
        return ReadSeekable(bytes, unit, idColumn);
    }

    /// <summary>Reads the columns beside the spectra, whose column holds none of them: they stay on the disk.</summary>
    internal static SpectralReading ReadBeside(
        Schema schema, List<RecordBatch> batches, long bytes, AxisUnit? unit, string? idColumn, string form) =>
        new ArrowTable(schema, batches, bytes, unit, idColumn, spectraStay: true).Read(form);

    private static SpectralReading ReadSeekable(Stream source, AxisUnit? unit, string? idColumn)
    {
        long length = source.Length - source.Position;
        RefuseTooLong(length);
        bool isFile = IsFileAhead(source);
        var memory = new ArrowMemory(length);
        List<RecordBatch> batches = [];

        // The library speaks of bytes and flatbuffers; whoever gave the file needs to know what to do with it.
        try
        {
            using ArrowStreamReader reader = isFile
                ? new ArrowFileReader(source, memory, Codecs, leaveOpen: true)
                : new ArrowStreamReader(source, memory, Codecs, leaveOpen: true);
            Schema schema = reader.Schema;
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                batches.Add(batch);
            }

            return new ArrowTable(schema, batches, memory.BytesHeld, unit, idColumn).Read(isFile ? "Arrow file" : "Arrow stream");
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException)
        {
            throw new StageException(
                FailureKind.InvalidData, $"The Arrow data are damaged or cut off: {damaged.Message} Write the file again.", damaged);
        }
        catch (NotSupportedException unsupported)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{unsupported.Message}. Write spectra as lists of float32 or float64, ids as text.", unsupported);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    /// <summary>True where a file begins at the start of the source, which is left as it was.</summary>
    private static bool IsFileAhead(Stream source)
    {
        if (source.Position != 0)
        {
            return false;
        }

        Span<byte> head = stackalloc byte[FileMagic.Length];
        int count = source.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        source.Position = 0;
        return head[..count].SequenceEqual(FileMagic);
    }

    private static void RefuseTooLong(long bytes)
    {
        if (bytes > System.Array.MaxLength)
        {
            throw new StageException(
                FailureKind.InvalidData, $"The Arrow data have {bytes} bytes or more, at most {System.Array.MaxLength} can be read at once. Split the file.");
        }
    }

    /// <summary>The columns of all batches of one source.</summary>
    private sealed class ArrowTable(
        Schema schema, List<RecordBatch> batches, long bytes, AxisUnit? unit, string? idAsked, bool spectraStay = false)
    {
        private readonly List<string> _warnings = [];
        private int _count;

        public SpectralReading Read(string form)
        {
            // Lengths and shapes are only announced; nothing is made in their size before the bytes can hold it.
            _count = CountOfSamples(form);
            SpectralColumns spectral = FindSpectra();
            RefuseMoreThanBytes(spectral.Axis.Count);
            int[] texts = [.. Columns(ArrowCells.IsText)];
            int idColumn = IdColumn(texts, spectral.Columns);
            ImmutableArray<string> ids = idColumn < 0 ? [.. Enumerable.Range(1, _count).Select(i => $"S{i:0000}")] : Texts(idColumn);
            RefuseRepeats(ids);
            SpectralAxis axis = spectral.Axis;
            Matrix? x = spectraStay ? null : spectral.IsList ? Lists(spectral.Columns[0], axis, ids) : Wide(spectral.Columns, axis, ids);
            HashSet<int> taken = [.. spectral.Columns, idColumn];
            ImmutableArray<ResponseColumn> responses =
            [
                .. Columns(ArrowCells.IsNumber).Where(c => !taken.Contains(c))
                    .Select(c => new ResponseColumn(schema[c].Name, Numbers(c, ids))),
            ];
            ImmutableArray<LabelColumn> labels = [.. texts.Where(c => c != idColumn).Select(c => new LabelColumn(schema[c].Name, Texts(c)))];
            SpectralChunk chunk = x is null ? SpectralChunk.WithoutSpectra(ids, axis, responses, labels) : new SpectralChunk(ids, axis, x, responses, labels);
            return new SpectralReading(chunk, new ReadingReport
            {
                Form = $"{form} of {batches.Count} batches",
                SampleCount = _count,
                VariableCount = axis.Count,
                Axis = AxisColumns.Describe(axis),
                UnitReason = spectral.UnitReason,
                IdReason = idColumn < 0 ? "no id column; samples are numbered" : $"ids from column '{schema[idColumn].Name}'",
                Responses = [.. responses.Select(ResponseSummary.Of)],
                Labels = [.. labels.Select(label => label.Name)],
                Warnings = x is null ? [.. _warnings] : [.. _warnings, .. SpectraWarnings.Of(chunk)],
            });
        }

        private int CountOfSamples(string form)
        {
            long count = batches.Sum(batch => (long)batch.Length);
            return count switch
            {
                0 => throw new StageException(FailureKind.InvalidData, $"The {form} has a schema but no rows. Write at least one sample."),
                > SamplesMax => throw new StageException(
                    FailureKind.InvalidData, $"The {form} has {count} rows, at most {SamplesMax} samples are read at once. Split the file."),
                _ => (int)count,
            };
        }

        private void RefuseMoreThanBytes(int p)
        {
            if ((Int128)_count * p * ValueBytesMin > bytes)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"The Arrow data announce {_count} spectra of {p} values, more than the {bytes} bytes of their batches can hold. Write the file again.");
            }
        }

        private SpectralColumns FindSpectra()
        {
            int list = Columns(type => ArrowCells.ListedIn(type) is { } listed && ArrowCells.IsFloat(listed))
                .OrderBy(c => schema[c].DataType is FixedSizeListType ? 0 : 1)
                .FirstOrDefault(-1);
            if (list >= 0)
            {
                int p = ListSize(list);
                if (p <= 0)
                {
                    throw new StageException(
                        FailureKind.InvalidData,
                        $"The spectra in column '{schema[list].Name}' have {p} values each. Write lists of one value per position of the axis.");
                }

                RefuseMoreThanBytes(p);
                (SpectralAxis axis, string reason) = AxisOf(schema[list], p);
                return new SpectralColumns([list], IsList: true, axis, reason);
            }

            int[] wide = [.. Columns(ArrowCells.IsFloat).Where(c => AxisHeader.TryParse(schema[c].Name, '.', out _))];
            if (wide.Length == 0)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    "The Arrow data have no spectra: expected a column of lists of floats, or float columns with wavelengths "
                    + $"as names; found {Names()}.");
            }

            ImmutableArray<double> positions = [.. wide.Select(c => Header(c).Position)];
            (AxisUnit wideUnit, string wideReason) = Decide(UnitOfNames(wide), "unit stated by the column names", positions);
            return new SpectralColumns(wide, IsList: false, new SpectralAxis(positions, wideUnit), wideReason);
        }

        /// <summary>Values per spectrum: as the type says, or as many as the first list has.</summary>
        private int ListSize(int column) => schema[column].DataType is FixedSizeListType type
            ? type.ListSize
            : batches.SelectMany(batch => Enumerable.Range(0, batch.Length).Select(i => ArrowCells.List(batch.Column(column), i)))
                .FirstOrDefault(list => list is not null)?.Length ?? 0;

        private AxisUnit? UnitOfNames(int[] wide)
        {
            int stated = wide.FirstOrDefault(c => Header(c).Unit is not null, -1);
            if (stated < 0)
            {
                return null;
            }

            AxisUnit? said = Header(stated).Unit;
            int other = wide.FirstOrDefault(c => Header(c).Unit is { } one && one != said, -1);
            return other < 0 || unit is not null
                ? said
                : throw new StageException(
                    FailureKind.InvalidData,
                    $"Columns '{AxisColumns.Cut(schema[stated].Name)}' and '{AxisColumns.Cut(schema[other].Name)}' are in different units. "
                    + "Keep the columns of one unit.");
        }

        /// <summary>The unit as asked, as stated, or as the positions suggest, in this order.</summary>
        private (AxisUnit Unit, string Reason) Decide(AxisUnit? stated, string statedReason, ImmutableArray<double> positions)
        {
            if (unit is { } asked)
            {
                return (asked, "unit as asked");
            }

            if (stated is { } said)
            {
                return (said, statedReason);
            }

            AxisUnitGuess guess = AxisUnitGuess.Of(positions);
            if (!guess.IsSure)
            {
                _warnings.Add($"The axis unit is a guess ({guess.Reason}); state it with --axis-unit if it is wrong.");
            }

            return (guess.Unit, "unit guessed: " + guess.Reason);
        }

        private string Names() => AxisColumns.Shorten([.. schema.FieldsList.Select(field => field.Name)]);

        private AxisHeader Header(int column)
        {
            AxisHeader.TryParse(schema[column].Name, '.', out AxisHeader header);
            return header;
        }

        private (SpectralAxis Axis, string Reason) AxisOf(Field field, int p)
        {
            string? text = Metadata(field, ArrowSpectraWriter.AxisKey) ?? Metadata(field, "wavelengths");
            if (text is null)
            {
                return (new SpectralAxis([.. Enumerable.Range(1, p).Select(j => (double)j)], unit ?? AxisUnit.Channel),
                    "no axis in the metadata; variables are numbered");
            }

            double[] positions = Positions(text, field.Name);
            if (positions.Length != p)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"The axis in the metadata of '{field.Name}' has {positions.Length} positions, the spectra have {p} values. Write one position per value.");
            }

            (AxisUnit decided, string reason) = Decide(UnitOf(field), "unit stated by the metadata", [.. positions]);
            return (new SpectralAxis([.. positions], decided), reason);
        }

        private AxisUnit? UnitOf(Field field) => Metadata(field, ArrowSpectraWriter.UnitKey) switch
        {
            null => null,
            "nm" => AxisUnit.Nanometre,
            "cm-1" or "cm⁻¹" => AxisUnit.Wavenumber,
            "channel" => AxisUnit.Channel,
            _ when unit is not null => null,
            { } unknown => throw new StageException(
                FailureKind.InvalidData,
                $"The unit in the metadata of '{field.Name}' is '{AxisColumns.Cut(unknown)}'; expected nm, cm-1 or channel. "
                + "Write one of these, or name it with --axis-unit."),
        };

        private string? Metadata(Field field, string key) =>
            field.Metadata?.GetValueOrDefault(key) ?? schema.Metadata?.GetValueOrDefault(key);

        private static double[] Positions(string text, string column)
        {
            try
            {
                return JsonSerializer.Deserialize<double[]>(text) ?? [];
            }
            catch (JsonException wrong)
            {
                throw new StageException(
                    FailureKind.InvalidData, $"The axis in the metadata of '{column}' is not a JSON array of numbers: '{AxisColumns.Cut(text)}'.", wrong);
            }
        }

        private Matrix Lists(int column, SpectralAxis axis, ImmutableArray<string> ids)
        {
            var x = new Matrix(_count, axis.Count);
            int row = 0;
            foreach (RecordBatch batch in batches)
            {
                IArrowArray lists = batch.Column(column);
                MatrixView matrix = default;
                bool isMatrix = lists is FixedSizeListArray list && ArrowMatrix.TryView(list, out matrix);
                for (int i = 0; i < lists.Length; i++, row++)
                {
                    // One copy, because the batch's memory goes with the batch; whatever is odd takes the careful way.
                    if (isMatrix && AreFinite(matrix.Row(i)))
                    {
                        matrix.Row(i).CopyTo(x.Row(row));
                        continue;
                    }

                    CopySpectrum(ArrowCells.List(lists, i), x.Row(row), axis, row, ids[row], schema[column].Name);
                }
            }

            return x;
        }

        private static bool AreFinite(ReadOnlySpan<double> values)
        {
            foreach (double value in values)
            {
                if (!double.IsFinite(value))
                {
                    return false;
                }
            }

            return true;
        }

        private static void CopySpectrum(IArrowArray? values, Span<double> target, SpectralAxis axis, int row, string id, string column)
        {
            if (values is null)
            {
                throw new StageException(FailureKind.InvalidData, $"Sample '{id}' has no spectrum (null). Remove the sample.")
                {
                    Place = new DataPlace(row + 1, column),
                };
            }

            if (values.Length != target.Length)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Sample '{id}' has a spectrum of {values.Length} values, the axis has {target.Length}. Remove the sample, or measure it again.")
                {
                    Place = new DataPlace(row + 1, column),
                };
            }

            for (int j = 0; j < target.Length; j++)
            {
                target[j] = Finite(values, j, axis, j, row, id);
            }
        }

        private Matrix Wide(int[] columns, SpectralAxis axis, ImmutableArray<string> ids)
        {
            var x = new Matrix(_count, columns.Length);
            int start = 0;
            foreach (RecordBatch batch in batches)
            {
                for (int j = 0; j < columns.Length; j++)
                {
                    IArrowArray values = batch.Column(columns[j]);
                    for (int i = 0; i < batch.Length; i++)
                    {
                        x[start + i, j] = Finite(values, i, axis, j, start + i, ids[start + i]);
                    }
                }

                start += batch.Length;
            }

            return x;
        }

        private static double Finite(IArrowArray values, int index, SpectralAxis axis, int variable, int row, string id)
        {
            double? value = ArrowCells.Number(values, index);
            return value is { } number && double.IsFinite(number)
                ? number
                : throw new StageException(
                    FailureKind.InvalidData,
                    $"Sample '{id}', variable {SpectralAxis.Format(axis.Positions[variable])} {axis.UnitSymbol}: expected a finite number, found "
                    + $"{(value is { } odd ? odd.ToString(CultureInfo.InvariantCulture) : "null")}. Remove the sample, or mend its spectrum.")
                {
                    Place = new DataPlace(row + 1, SpectralAxis.Format(axis.Positions[variable])),
                };
        }

        private ImmutableArray<double> Numbers(int column, ImmutableArray<string> ids)
        {
            var numbers = ImmutableArray.CreateBuilder<double>(_count);
            foreach (RecordBatch batch in batches)
            {
                IArrowArray values = batch.Column(column);
                for (int i = 0; i < batch.Length; i++)
                {
                    double value = ArrowCells.Number(values, i) ?? double.NaN;
                    if (double.IsInfinity(value))
                    {
                        throw new StageException(
                            FailureKind.InvalidData,
                            $"Sample '{ids[numbers.Count]}', column '{schema[column].Name}': expected a number, found "
                            + $"{value.ToString(CultureInfo.InvariantCulture)}. Mend the value, or write null where it is unknown.")
                        {
                            Place = new DataPlace(numbers.Count + 1, schema[column].Name),
                        };
                    }

                    numbers.Add(value);
                }
            }

            return numbers.MoveToImmutable();
        }

        private ImmutableArray<string> Texts(int column)
        {
            var texts = ImmutableArray.CreateBuilder<string>(_count);
            foreach (RecordBatch batch in batches)
            {
                IArrowArray values = batch.Column(column);
                for (int i = 0; i < batch.Length; i++)
                {
                    texts.Add(ArrowCells.Text(values, i));
                }
            }

            return texts.MoveToImmutable();
        }

        private IEnumerable<int> Columns(Func<IArrowType, bool> wanted) =>
            Enumerable.Range(0, schema.FieldsList.Count).Where(c => wanted(schema[c].DataType));

        private int IdColumn(int[] texts, int[] spectral)
        {
            if (idAsked is not null)
            {
                int asked = Columns(type => ArrowCells.IsText(type) || ArrowCells.IsNumber(type))
                    .FirstOrDefault(c => schema[c].Name == idAsked && !spectral.Contains(c), -1);
                return asked >= 0
                    ? asked
                    : throw new StageException(
                        FailureKind.InvalidRequest, $"The Arrow data have no column '{AxisColumns.Cut(idAsked)}' of ids; found {Names()}. Name one of these.");
            }

            string[] usual = ["sample_id", "sampleid", "id", "sample", "name"];
            foreach (int c in texts)
            {
                if (schema[c].Metadata?.GetValueOrDefault(ArrowSpectraWriter.RoleKey) == "id"
                    || usual.Contains(schema[c].Name.Trim(), StringComparer.OrdinalIgnoreCase))
                {
                    return c;
                }
            }

            return texts.FirstOrDefault(c => Texts(c).Distinct().Count() == _count, -1);
        }

        private static void RefuseRepeats(ImmutableArray<string> ids)
        {
            // Ids that rise from row to row, as most instruments write them, are told apart without a table of all of them.
            Dictionary<string, int>? rows = null;
            for (int i = 0; i < ids.Length; i++)
            {
                if (string.IsNullOrWhiteSpace(ids[i]))
                {
                    throw new StageException(FailureKind.InvalidData, $"Row {i + 1} has no sample id. Give every sample one.")
                    {
                        Place = new DataPlace(i + 1),
                    };
                }

                if (rows is null && (i == 0 || string.CompareOrdinal(ids[i - 1], ids[i]) < 0))
                {
                    continue;
                }

                rows ??= RowsOf(ids, i);
                if (!rows.TryAdd(ids[i], i))
                {
                    throw new StageException(
                        FailureKind.InvalidData, $"Sample id '{ids[i]}' stands in rows {rows[ids[i]] + 1} and {i + 1}. Give every sample its own id.")
                    {
                        Place = new DataPlace(i + 1),
                    };
                }
            }
        }

        /// <summary>The rows of the first ids, which differ.</summary>
        private static Dictionary<string, int> RowsOf(ImmutableArray<string> ids, int count)
        {
            var rows = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
            for (int i = 0; i < count; i++)
            {
                rows.Add(ids[i], i);
            }

            return rows;
        }

        /// <summary>Where the spectra stand, and the axis of their variables.</summary>
        private sealed record SpectralColumns(int[] Columns, bool IsList, SpectralAxis Axis, string UnitReason);
    }
}
