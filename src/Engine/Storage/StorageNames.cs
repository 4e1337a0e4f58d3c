namespace Pipeline.Engine.Storage;

/// <summary>The names by which files are known to be unfinished.</summary>
public static class StorageNames
{
    /// <summary>The ending of every temporary that this program writes.</summary>
    public const string TemporaryEnding = ".tmp";

    /// <summary>True for a name that ends as our temporaries do.</summary>
    public static bool IsTemporary(string path) => path.EndsWith(TemporaryEnding, StringComparison.OrdinalIgnoreCase);
}
