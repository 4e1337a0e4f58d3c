using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>In which line of a settings file each key stands.</summary>
internal static class JsonKeyLines
{
    /// <summary>Line numbers, from 1, by key path such as <c>Pipeline:Folders:0:Path</c>.</summary>
    /// <param name="json">Valid JSON.</param>
    public static ImmutableDictionary<string, int> Of(ReadOnlySpan<byte> json)
    {
        var lines = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.OrdinalIgnoreCase);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });

        // One entry for each open object or array: its path, and the number of the next element of an array.
        Stack<(string Path, int Index)> open = new();
        string name = "";
        while (reader.Read())
        {
            int line = 1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = Join(open.Peek().Path, reader.GetString()!);
                    lines[name] = line;
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
                lines[name] = line;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((name, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
            }
        }

        return lines.ToImmutable();
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}:{name}";
}
