using System.Text.RegularExpressions;

namespace Pipeline.Engine.Storage;

/// <summary>What names of files and folders mean, and which ones may be given.</summary>
public static partial class StorageNames
{
    /// <summary>The ending of every temporary that this program writes.</summary>
    public const string TemporaryEnding = ".tmp";

    /// <summary>What <see cref="IsFolderName"/> asks for, in words.</summary>
    public const string FolderNameRule = "1 to 64 letters, digits, '-' or '_', beginning with a letter or digit";

    /// <summary>True for a name that may become a folder on every system, and no path.</summary>
    public static bool IsFolderName(string name) => FolderName().IsMatch(name);

    /// <summary>True for a name that ends as our temporaries do.</summary>
    public static bool IsTemporary(string path) => path.EndsWith(TemporaryEnding, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex FolderName();
}
