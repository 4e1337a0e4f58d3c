using System.Globalization;

namespace Pipeline.Reliability;

/// <summary>The arguments of a driver: options, switches, and variables for the environment of the process under test.</summary>
internal sealed class DriverArguments
{
    private readonly Dictionary<string, string> _values = [];

    public DriverArguments(IEnumerable<string> arguments)
    {
        string[] all = [.. arguments];
        for (int i = 0; i < all.Length; i++)
        {
            if (!all[i].StartsWith("--", StringComparison.Ordinal) && all[i].Split('=', 2) is [var name, var value])
            {
                Environment.Add((name, value));
            }
            else if (i + 1 < all.Length && !all[i + 1].StartsWith("--", StringComparison.Ordinal) && !IsSwitch(all[i]))
            {
                _values[all[i]] = all[++i];
            }
            else if (all[i] == "--with" && i + 1 < all.Length)
            {
                _values[all[i]] = all[++i];
            }
            else
            {
                _values[all[i]] = "true";
            }
        }
    }

    /// <summary>Variables for the environment, as given.</summary>
    public List<(string Name, string Value)> Environment { get; } = [];

    /// <summary>The environment in one word, for the figures.</summary>
    public string EnvironmentText => Environment.Count == 0 ? "as-shipped" : string.Join('+', Environment.Select(one => $"{one.Name}={one.Value}"));

    public bool Has(string name) => _values.ContainsKey(name);

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int Number(string name, int usual) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : usual;

    private static bool IsSwitch(string name) => name is "--unbound" or "--cgroup" or "--keep";
}
