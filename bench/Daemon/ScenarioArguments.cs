using System.Globalization;

namespace Pipeline.DaemonBench;

/// <summary>The options of a scenario, each a name and a value.</summary>
internal sealed class ScenarioArguments
{
    private readonly Dictionary<string, string> _values = [];

    public ScenarioArguments(IEnumerable<string> arguments)
    {
        foreach (string[] pair in arguments.Chunk(2))
        {
            _values[pair[0]] = pair.Length == 2 ? pair[1] : throw new ArgumentException($"'{pair[0]}' needs a value.");
        }
    }

    /// <summary>A text, or what is usual.</summary>
    public string Text(string name, string usual) => _values.GetValueOrDefault(name, usual);

    /// <summary>A whole number, or what is usual.</summary>
    public int Number(string name, int usual) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : usual;
}
