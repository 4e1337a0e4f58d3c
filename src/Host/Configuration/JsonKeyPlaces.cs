using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.Host.Configuration;

/// <summary>Where in a settings file each key stands.</summary>
internal static class JsonKeyPlaces
{
    /// <summary>Places by key path such as <c>Pipeline:Folders:0:Path</c>: of a key its name, of an element of a list its beginning.</summary>
    /// <param name="json">UTF-8 text without a mark of its order of bytes. Time and memory grow with its length.</param>
    /// <exception cref="JsonException">The text is no JSON, or has a key twice.</exception>
    public static ImmutableDictionary<string, TextPlace> Of(ReadOnlySpan<byte> json)
    {
        var places = ImmutableDictionary.CreateBuilder<string, TextPlace>(StringComparer.OrdinalIgnoreCase);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        var place = new TextPlace(1, 1);
        int looked = 0;

        // One entry for each open object or list: its path, and the number of the next element of a list.
        Stack<(string Path, int Index)> open = new();
        string name = "";
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            (place, looked) = (place.After(json[looked..start]), start);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = Join(open.Peek().Path, reader.GetString()!);
                    if (!places.TryAdd(name, place))
                    {
                        int line = json[..start].LastIndexOf((byte)'\n') + 1;
                        throw new JsonException($"'{name}' stands there twice, first in line {places[name].Line}.", name, place.Line - 1, start - line);
                    }

                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            if (open.TryPeek(out (string Path, int Index) parent) && parent.Index >= 0)
            {
                open.Pop();
                open.Push((parent.Path, parent.Index + 1));
                name = Join(parent.Path, parent.Index.ToString(CultureInfo.InvariantCulture));
                places[name] = place;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((name, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
            }
        }

        return places.ToImmutable();
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";
}

/// <summary>A place in a text, as editors count.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character within the line, from 1.</param>
internal readonly record struct TextPlace(int Line, int Column)
{
    /// <summary>The place that an error of JSON names by line and byte, both from 0.</summary>
    public static TextPlace Of(JsonException wrong, ReadOnlySpan<byte> json)
    {
        int start = 0;
        for (long line = 0; line < wrong.LineNumber && json[start..].IndexOf((byte)'\n') is var end and >= 0; line++)
        {
            start += end + 1;
        }

        int bytes = (int)Math.Min(wrong.BytePositionInLine ?? 0, json.Length - start);
        return new TextPlace((int)(wrong.LineNumber ?? 0) + 1, 1).After(json.Slice(start, bytes));
    }

    /// <summary>The place behind some more UTF-8 text.</summary>
    public TextPlace After(ReadOnlySpan<byte> text) => text.LastIndexOf((byte)'\n') is var end and >= 0
        ? new TextPlace(Line + text.Count((byte)'\n'), 1 + Encoding.UTF8.GetCharCount(text[(end + 1)..]))
        : this with { Column = Column + Encoding.UTF8.GetCharCount(text) };

    /// <summary><c>4:17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Line}:{Column}");
}
