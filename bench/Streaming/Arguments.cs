using System.Globalization;

namespace Pipeline.StreamingBench;

/// <summary>What stands behind the name of a command: <c>--name value</c>, again and again.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = [];

    public Arguments(IEnumerable<string> words)
    {
        foreach (string[] pair in words.Chunk(2))
        {
            _values[pair[0]] = pair.Length == 2 ? pair[1] : throw new ArgumentException($"{pair[0]} needs a value.");
        }
    }

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Count(string name, int otherwise) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
