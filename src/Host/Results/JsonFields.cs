using System.Text.Json;

namespace Pipeline.Host.Results;

/// <summary>Fields of a JSON document, each in one call, as the documents of results have them.</summary>
internal static class JsonFields
{
    /// <summary>What an array of objects may hold back before it goes to the target; a leaderboard may have 100,000 rows.</summary>
    internal const int PendingBytesMax = 1 << 16;

    /// <summary>An object, whose fields are written by a method; null without one.</summary>
    public static void WriteObject(this Utf8JsonWriter json, string name, Action? fields)
    {
        if (fields is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        fields();
        json.WriteEndObject();
    }

    /// <summary>An array of objects, the fields of each written by a method; null without items.</summary>
    public static void WriteObjects<T>(this Utf8JsonWriter json, string name, IEnumerable<T>? items, Action<T> fields)
    {
        if (items is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            fields(item);
            json.WriteEndObject();
            if (json.BytesPending > PendingBytesMax)
            {
                json.Flush();
            }
        }

        json.WriteEndArray();
    }

    /// <summary>An array of texts; null without one.</summary>
    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<string>? texts)
    {
        if (texts is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>An object with a text for each name.</summary>
    public static void WriteTexts(this Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> texts)
    {
        json.WriteStartObject(name);
        foreach ((string key, string text) in texts)
        {
            json.WriteString(key, text);
        }

        json.WriteEndObject();
    }

    /// <summary>An array of numbers, null where one is not finite.</summary>
    public static void WriteNumbers(this Utf8JsonWriter json, string name, ReadOnlySpan<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers)
        {
            if (double.IsFinite(number))
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
    }

    /// <summary>A number; null without one.</summary>
    public static void WriteNumber(this Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A number; null without one, and where it is not finite.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double? number) =>
        json.WriteNumber(name, number is { } value && double.IsFinite(value) ? number : null);

    /// <summary>A time; null without one.</summary>
    public static void WriteString(this Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } value)
        {
            json.WriteString(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>A text that is JSON itself, with the indentation of the document.</summary>
    public static void WriteJson(this Utf8JsonWriter json, string name, string text)
    {
        json.WritePropertyName(name);
        using var part = JsonDocument.Parse(text);
        part.WriteTo(json);
    }
}
