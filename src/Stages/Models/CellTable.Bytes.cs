using System.Runtime.InteropServices;
using System.Text;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

// The table as the bytes of a result: the same cells give the same bytes on every machine.
public sealed partial class CellTable
{
    /// <summary>The version of the bytes of predictions; part of the key of every unit.</summary>
    public const int FormatVersion = 2;

    /// <summary>The version of the bytes of sums; part of the key of every unit that keeps them.</summary>
    public const int SumsFormatVersion = 102;

    private const int SizeCount = 6;

    // Layout, all numbers little-endian, "int" in seven bits per byte, the lowest first:
    //   int version, int samples, int folds, int subsets, int settings, int outputs
    //   double[candidates * samples * outputs] predictions, or the sums of every cell; byte[candidates * folds] 1 for a complete cell
    //   int count, then { int cell, text } of failed cells; the same of candidates whose choice of variables failed
    //   for each candidate: int count + 1 or 0 for none, then int[count] chosen variables; the same of times selected

    /// <summary>The table as bytes, in one array of the exact length.</summary>
    public byte[] ToBytes()
    {
        byte[] head = Small(writer =>
        {
            int version = _sums is null ? FormatVersion : SumsFormatVersion;
            foreach (int size in (ReadOnlySpan<int>)[version, SampleCount, FoldCount, SubsetCount, SettingCount, OutputCount])
            {
                writer.Write7BitEncodedInt(size);
            }
        });
        byte[] tail = Small(writer =>
        {
            Write(writer, _failures);
            Write(writer, _selectionFailures);
            for (int candidate = 0; candidate < CandidateCount; candidate++)
            {
                Write(writer, _selected[candidate]);
                Write(writer, _timesSelected[candidate]);
            }
        });

        // A table may have megabytes, and the collector pays for every large array that is made only to be copied.
        ReadOnlySpan<byte> values = Values();
        byte[] bytes = new byte[head.Length + values.Length + _completed.Length + tail.Length];
        Span<byte> rest = bytes;
        Append(ref rest, head);
        Append(ref rest, values);
        Append(ref rest, MemoryMarshal.AsBytes(_completed.AsSpan()));
        Append(ref rest, tail);
        return bytes;
    }

    /// <summary>The table of some bytes; null where they are of another version or other folds.</summary>
    /// <exception cref="EndOfStreamException">The bytes end too soon, which a digest of them excludes.</exception>
    public static CellTable? FromBytes(byte[] bytes, Folds folds, int subsetCount, int settingCount, int outputCount = 1)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        int[] sizes = [.. Enumerable.Range(0, SizeCount).Select(_ => reader.Read7BitEncodedInt())];
        bool keepsSums = sizes[0] == SumsFormatVersion;
        if (!sizes.SequenceEqual([keepsSums ? SumsFormatVersion : FormatVersion, folds.SampleCount, folds.Count, subsetCount, settingCount, outputCount]))
        {
            return null;
        }

        var table = new CellTable(folds, subsetCount, settingCount, keepsSums, outputCount);
        reader.BaseStream.ReadExactly(table.Values());
        for (int cell = 0; cell < table._completed.Length; cell++)
        {
            table._completed[cell] = reader.ReadBoolean();
        }

        Read(reader, table._failures);
        Read(reader, table._selectionFailures);
        for (int candidate = 0; candidate < table.CandidateCount; candidate++)
        {
            table._selected[candidate] = ReadNumbers(reader);
            table._timesSelected[candidate] = ReadNumbers(reader);
        }

        return table;
    }

    private Span<byte> Values() => _sums is null ? MemoryMarshal.AsBytes(_predictions.AsSpan()) : MemoryMarshal.AsBytes(_sums.AsSpan());

    private static byte[] Small(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static void Append(ref Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        target = target[bytes.Length..];
    }

    private static void Write(BinaryWriter writer, string?[] texts)
    {
        writer.Write7BitEncodedInt(texts.Count(text => text is not null));
        for (int i = 0; i < texts.Length; i++)
        {
            if (texts[i] is { } text)
            {
                writer.Write7BitEncodedInt(i);
                writer.Write(text);
            }
        }
    }

    private static void Read(BinaryReader reader, string?[] texts)
    {
        for (int count = reader.Read7BitEncodedInt(); count > 0; count--)
        {
            int index = reader.Read7BitEncodedInt();
            texts[index] = reader.ReadString();
        }
    }

    private static void Write(BinaryWriter writer, int[]? numbers)
    {
        writer.Write7BitEncodedInt(numbers is null ? 0 : numbers.Length + 1);
        foreach (int number in numbers ?? [])
        {
            writer.Write7BitEncodedInt(number);
        }
    }

    private static int[]? ReadNumbers(BinaryReader reader)
    {
        int length = reader.Read7BitEncodedInt();
        if (length == 0)
        {
            return null;
        }

        int[] numbers = new int[length - 1];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = reader.Read7BitEncodedInt();
        }

        return numbers;
    }
}
