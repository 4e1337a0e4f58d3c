using Pipeline.Engine;

namespace Pipeline.Host.Http.Views;

/// <summary>Messages about names that do not exist.</summary>
internal static class Names
{
    private const int ShownMax = 20;

    /// <summary>Says that there is no such thing, which was probably meant, and what there is.</summary>
    public static string Missing(string kind, string name, IEnumerable<string> names)
    {
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        string list = sorted.Length == 0 ? "There is none."
            : $"There are: {string.Join(", ", sorted.Take(ShownMax))}{(sorted.Length > ShownMax ? ", …" : "")}.";
        return $"There is no {kind} '{name}'.{Spelling.Suggest(name, sorted)} {list}";
    }
}
