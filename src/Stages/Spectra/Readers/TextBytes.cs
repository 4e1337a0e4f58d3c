using System.Text;
using System.Text.Unicode;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The whole text of a stream as UTF-8 bytes, with the encoding it had.</summary>
/// <remarks>Bytes are owned by the reader, which may alter them. No buffer exceeds the limit given.</remarks>
internal sealed class TextBytes
{
    private const int ControlScanBytes = 64 << 10;

    private TextBytes(byte[] bytes, int start, int end, string encoding)
    {
        Bytes = bytes;
        Start = start;
        End = end;
        Encoding = encoding;
    }

    /// <summary>The buffer.</summary>
    public byte[] Bytes { get; }

    /// <summary>First byte of text, behind a byte order mark.</summary>
    public int Start { get; }

    /// <summary>End of the text.</summary>
    public int End { get; }

    /// <summary>The encoding of the stream, in words.</summary>
    public string Encoding { get; }

    /// <summary>Reads a stream to its end.</summary>
    public static TextBytes Read(Stream source, long bytesMax)
    {
        (byte[] bytes, int length) = ReadAll(source, Math.Min(bytesMax, Array.MaxLength - 1));
        ReadOnlySpan<byte> head = bytes.AsSpan(0, Math.Min(4, length));
        if (head.StartsWith("PK\u0003\u0004"u8))
        {
            throw NotText("it is a zip archive, as Excel workbooks are");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
        {
            return Transcode(bytes, 2, length, System.Text.Encoding.Unicode, "UTF-16");
        }

        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            return Transcode(bytes, 2, length, System.Text.Encoding.BigEndianUnicode, "UTF-16, big-endian");
        }

        int start = head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;
        if (!Utf8.IsValid(bytes.AsSpan(start, length - start)))
        {
            CheckIsText(bytes.AsSpan(start, length - start));
            return Transcode(bytes, start, length, System.Text.Encoding.Latin1, "Latin-1 (not valid UTF-8)");
        }

        string encoding = start > 0 ? "UTF-8 with byte order mark" : "UTF-8";
        CheckIsText(bytes.AsSpan(start, length - start));
        return new TextBytes(bytes, start, length, encoding);
    }

    private static TextBytes Transcode(byte[] bytes, int start, int length, Encoding from, string name)
    {
        byte[] converted = System.Text.Encoding.Convert(from, System.Text.Encoding.UTF8, bytes, start, length - start);
        CheckIsText(converted);
        return new TextBytes(converted, 0, converted.Length, name);
    }

    private static (byte[] Bytes, int Length) ReadAll(Stream source, long bytesMax)
    {
        long announced = source.CanSeek ? Math.Max(0, source.Length - source.Position) : 64 << 10;
        byte[] buffer = new byte[(int)Math.Min(announced + 1, bytesMax + 1)];
        int length = 0;
        try
        {
            while (true)
            {
                int read = source.Read(buffer, length, buffer.Length - length);
                length += read;
                if (length > bytesMax)
                {
                    throw new StageException(
                        FailureKind.OverBudget,
                        $"Expected at most {bytesMax} bytes of text, found more. Split the file.");
                }

                if (read == 0)
                {
                    return (buffer, length);
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, bytesMax + 1));
                }
            }
        }
        catch (IOException exception)
        {
            // Only the stream's own read can throw this; nothing but local variables has been changed.
            throw new StageException(
                FailureKind.Storage, $"Reading the table failed after {length} bytes: {exception.Message}", exception);
        }
    }

    private static void CheckIsText(ReadOnlySpan<byte> text)
    {
        int zero = text.IndexOf((byte)0);
        if (zero >= 0)
        {
            throw NotText($"byte {zero + 1} is 0");
        }

        ReadOnlySpan<byte> head = text[..Math.Min(ControlScanBytes, text.Length)];
        for (int i = 0; i < head.Length; i++)
        {
            if (head[i] < 32 && head[i] is not ((byte)'\t' or (byte)'\r' or (byte)'\n' or 12 or 26))
            {
                throw NotText($"byte {i + 1} is a control code, {head[i]}");
            }
        }
    }

    private static StageException NotText(string reason) =>
        new(
            FailureKind.InvalidData,
            $"This does not look like a text table: {reason}. Export the spectra as CSV with one row per sample.");
}
