using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The writer of wide text tables that <see cref="WideCsvReader"/> reads back bit by bit.</summary>
/// <remarks>Comma, decimal point, UTF-8 without byte order mark, shortest round-trip numbers, missing = empty.
/// A label column whose values are all numbers comes back as a response unless the options say otherwise.</remarks>
public static class WideCsvWriter
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n;\t|");

    /// <summary>Writes a chunk: ids, labels, responses, spectra; the stream stays open.</summary>
    public static void Write(SpectralChunk chunk, Stream target)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        ArgumentNullException.ThrowIfNull(target);
        using var text = new StreamWriter(target, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        text.Write("sample_id");
        foreach (string name in chunk.Labels.Select(l => l.Name).Concat(chunk.Responses.Select(r => r.Name)))
        {
            text.Write(',');
            text.Write(Quote(name));
        }

        foreach (double position in chunk.Axis.Positions)
        {
            text.Write(chunk.Axis.Unit == AxisUnit.Channel ? ",ch" : ",");
            text.Write(position.ToString("R", CultureInfo.InvariantCulture));
            text.Write(chunk.Axis.Unit switch
            {
                AxisUnit.Nanometre => " nm",
                AxisUnit.Wavenumber => " cm-1",
                _ => "",
            });
        }

        text.Write('\n');
        Span<char> number = stackalloc char[32];
        for (int i = 0; i < chunk.SampleCount; i++)
        {
            WriteRow(chunk, i, text, number);
        }
    }

    private static void WriteRow(SpectralChunk chunk, int i, StreamWriter text, Span<char> number)
    {
        text.Write(Quote(chunk.Ids[i]));
        foreach (LabelColumn label in chunk.Labels)
        {
            text.Write(',');
            text.Write(Quote(label.Values[i]));
        }

        foreach (ResponseColumn response in chunk.Responses)
        {
            WriteNumber(response.Values[i], text, number);
        }

        foreach (double value in chunk.X.Row(i))
        {
            WriteNumber(value, text, number);
        }

        text.Write('\n');
    }

    private static void WriteNumber(double value, StreamWriter text, Span<char> number)
    {
        text.Write(',');
        if (!double.IsNaN(value))
        {
            value.TryFormat(number, out int length, "R", CultureInfo.InvariantCulture);
            text.Write(number[..length]);
        }
    }

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(Quoted) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
