namespace Pipeline.Engine;

/// <summary>The nearest valid name, for messages that say what was probably meant.</summary>
public static class Spelling
{
    private const int LettersMax = 64;

    /// <summary><c> Did you mean 'protein'?</c> with a leading blank, or nothing where no name is near.</summary>
    public static string Suggest(string text, IEnumerable<string> names) =>
        Nearest(text, names) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>The name with the fewest edits, or null where more than half of the letters differ.</summary>
    public static string? Nearest(string text, IEnumerable<string> names)
    {
        string? best = null;
        int fewest = Math.Max(2, Math.Min(text.Length, LettersMax) / 2) + 1;
        foreach (string name in names)
        {
            int edits = Distance(text, name);
            if (edits < fewest)
            {
                (best, fewest) = (name, edits);
            }
        }

        return best;
    }

    /// <summary>Levenshtein's insertions, deletions and replacements of letters, case ignored, over the first 64 letters.</summary>
    public static int Distance(string first, string second)
    {
        ReadOnlySpan<char> a = first.ToUpperInvariant().AsSpan(0, Math.Min(first.Length, LettersMax));
        ReadOnlySpan<char> b = second.ToUpperInvariant().AsSpan(0, Math.Min(second.Length, LettersMax));
        Span<int> row = stackalloc int[LettersMax + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
