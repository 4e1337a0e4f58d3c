using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>Values of gold files as the texts that <see cref="Rendering"/> gives.</summary>
/// <remarks>
/// Floating point compares exactly: the gold's numbers have up to seven significant digits, and whoever made the
/// binary files took the nearest number that the type has, which is what parsing gives here.
/// </remarks>
internal sealed class GoldValues
{
    private readonly Dictionary<long, JsonElement> _dictionaries;
    private readonly Dictionary<long, string[]> _rendered = [];

    /// <summary>Values that may be indices into <paramref name="dictionaries"/>.</summary>
    public GoldValues(Dictionary<long, JsonElement> dictionaries)
    {
        _dictionaries = dictionaries;
    }

    /// <summary>The values of a column of a field.</summary>
    public string[] Render(JsonElement field, JsonElement column)
    {
        int count = column.GetProperty("count").GetInt32();
        if (NameOf(field) == "null" && !field.TryGetProperty("dictionary", out _))
        {
            return [.. Enumerable.Repeat("null", count)];
        }

        bool[] valid = [.. column.GetProperty("VALIDITY").EnumerateArray().Select(bit => bit.GetInt32() != 0)];
        Func<int, string> value = field.TryGetProperty("dictionary", out JsonElement dictionary)
            ? Indexed(field, dictionary.GetProperty("id").GetInt64(), column)
            : ValueOf(field, column);
        return [.. Enumerable.Range(0, count).Select(i => valid[i] ? value(i) : "null")];
    }

    private static string NameOf(JsonElement field) => field.GetProperty("type").GetProperty("name").GetString()!;

    private Func<int, string> Indexed(JsonElement field, long id, JsonElement column)
    {
        if (!_rendered.TryGetValue(id, out string[]? values))
        {
            values = RenderPlain(field, _dictionaries[id]);
            _rendered.Add(id, values);
        }

        JsonElement indices = column.GetProperty("DATA");
        return i => values[Whole(indices[i])];
    }

    /// <summary>The values of a dictionary: those of the field without its dictionary.</summary>
    private string[] RenderPlain(JsonElement field, JsonElement column)
    {
        using var plain = JsonDocument.Parse(
            $$"""{"type": {{field.GetProperty("type")}}, "children": {{field.GetProperty("children")}}}""");
        return Render(plain.RootElement, column);
    }

    private Func<int, string> ValueOf(JsonElement field, JsonElement column)
    {
        JsonElement type = field.GetProperty("type");
        switch (NameOf(field))
        {
            case "list" or "largelist":
                string[] items = Children(field, column)[0];
                return i => $"[{string.Join(",", items[RangeOf(column, i)])}]";
            case "fixedsizelist":
                int size = type.GetProperty("listSize").GetInt32();
                string[] alike = Children(field, column)[0];
                return i => $"[{string.Join(",", alike[(i * size)..((i + 1) * size)])}]";
            case "struct":
                string[] names = [.. GoldSchema.ChildrenOf(field).Select(child => child.GetProperty("name").GetString()!)];
                string[][] members = Children(field, column);
                return i => $"{{{string.Join(",", names.Zip(members, (name, member) => $"{name}:{member[i]}"))}}}";
            case "map":
                string[][] entries = Children(GoldSchema.ChildrenOf(field).Single(), GoldSchema.ChildrenOf(column).Single());
                string[] pairs = [.. entries[0].Zip(entries[1], (key, value) => $"{key}=>{value}")];
                return i => $"{{{string.Join(",", pairs[RangeOf(column, i)])}}}";
            case "utf8view":
                return View(column, Encoding.UTF8.GetString, Text);
            case "binaryview":
                return View(column, Convert.ToHexString, Bytes);
            default:
                JsonElement data = column.GetProperty("DATA");
                return i => Leaf(type, data[i]);
        }
    }

    private string[][] Children(JsonElement field, JsonElement column) =>
        [.. GoldSchema.ChildrenOf(field).Zip(GoldSchema.ChildrenOf(column), Render)];

    /// <summary>Where the values of a list lie.</summary>
    private static Range RangeOf(JsonElement column, int i)
    {
        JsonElement offsets = column.GetProperty("OFFSET");
        return Whole(offsets[i])..Whole(offsets[i + 1]);
    }

    /// <summary>Short values stand in the view itself; long ones lie in a buffer, written in hexadecimal digits.</summary>
    private static Func<int, string> View(JsonElement column, Func<byte[], string> decode, Func<string, string> spell)
    {
        JsonElement views = column.GetProperty("VIEWS");
        JsonElement buffers = column.GetProperty("VARIADIC_DATA_BUFFERS");
        return i =>
        {
            if (views[i].TryGetProperty("INLINED", out JsonElement inlined))
            {
                return spell(inlined.GetString()!);
            }

            string buffer = buffers[views[i].GetProperty("BUFFER_INDEX").GetInt32()].GetString()!;
            int start = views[i].GetProperty("OFFSET").GetInt32();
            int length = views[i].GetProperty("SIZE").GetInt32();
            return spell(decode(Convert.FromHexString(buffer.AsSpan(2 * start, 2 * length))));
        };
    }

    private static string Leaf(JsonElement type, JsonElement value) => type.GetProperty("name").GetString() switch
    {
        "bool" => value.ValueKind == JsonValueKind.True || value.ToString() == "1" ? "true" : "false",
        "utf8" or "largeutf8" => Text(value.GetString()!),
        "binary" or "largebinary" or "fixedsizebinary" => Bytes(value.GetString()!),
        "floatingpoint" => type.GetProperty("precision").GetString() switch
        {
            "HALF" => Rendering.Of((float)(Half)value.GetDouble()),
            "SINGLE" => Rendering.Of(value.GetSingle()),
            _ => Rendering.Of(value.GetDouble()),
        },
        "decimal" => Decimal(value.GetString()!, type.GetProperty("scale").GetInt32()),

        // Whole numbers, of which newer gold files write long ones as texts.
        _ => value.ToString(),
    };

    /// <summary>A number in units of its last decimal place, with its point.</summary>
    private static string Decimal(string units, int scale)
    {
        string sign = units.StartsWith('-') ? "-" : "";
        string digits = units[sign.Length..].PadLeft(scale + 1, '0');
        return scale == 0 ? units : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    private static string Text(string value) => $"'{value}'";

    private static string Bytes(string digits) => "x" + digits.ToUpperInvariant();

    /// <summary>An index or an offset, which newer gold files write as a text where it has 64 bits.</summary>
    private static int Whole(JsonElement number) => int.Parse(number.ToString(), CultureInfo.InvariantCulture);
}
