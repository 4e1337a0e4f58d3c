using System.Globalization;
using System.Text;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>The name of an artifact's file, which says all that the order of eviction needs.</summary>
/// <remarks>
/// <c>xx/KEY_KIND_MICROSECONDS_PAYLOADBYTES.artifact</c>, where xx are the first two digits of the key. So opening a
/// tier needs the listing of its folders and reads no file. The kind is escaped as in an address.
/// </remarks>
/// <param name="Key">The key of the value.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="ComputeMicroseconds">What the value took to compute.</param>
/// <param name="PayloadBytes">Bytes of the file after the header.</param>
internal readonly record struct ArtifactFileName(Fingerprint Key, string Kind, long ComputeMicroseconds, long PayloadBytes)
{
    public const string Extension = ".artifact";
    public const int FolderCount = 256;

    private const int KeyDigits = 64;
    private const double MicrosecondsPerSecond = 1e6;
    private const long MicrosecondsMax = 1_000_000_000_000_000;

    public double ComputeSeconds => ComputeMicroseconds / MicrosecondsPerSecond;

    public long FileBytes => ArtifactHeader.SizeBytes + PayloadBytes;

    /// <summary>The number of the folder of a key.</summary>
    public static int FolderOf(Fingerprint key) => (int)(key.First >> 56);

    /// <summary>The path of a folder.</summary>
    public static string FolderPath(string root, int folder) =>
        Path.Combine(root, folder.ToString("x2", CultureInfo.InvariantCulture));

    /// <summary>A cost as names carry it.</summary>
    public static long MicrosecondsOf(double seconds) =>
        (long)Math.Clamp(Math.Round(seconds * MicrosecondsPerSecond), 0, MicrosecondsMax);

    /// <summary>Whether values of a kind can have files: the kind must fit into header and name.</summary>
    public static bool CanName(string kind) =>
        Encoding.UTF8.GetByteCount(kind) <= ArtifactHeader.KindBytesMax && Uri.EscapeDataString(kind).Length <= ArtifactHeader.KindBytesMax;

    /// <summary>The path of the file below the folder of the tier.</summary>
    public string PathBelow(string root) => Path.Combine(FolderPath(root, FolderOf(Key)), ToString());

    /// <summary>Reads a name; false for files that are none of ours.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out ArtifactFileName parsed)
    {
        parsed = default;
        if (!name.EndsWith(Extension, StringComparison.Ordinal) || name.Length <= KeyDigits || name[KeyDigits] != '_')
        {
            return false;
        }

        // From the end, for the kind may hold the separator.
        ReadOnlySpan<char> rest = name[(KeyDigits + 1)..^Extension.Length];
        int last = rest.LastIndexOf('_');
        int middle = last < 0 ? -1 : rest[..last].LastIndexOf('_');
        if (middle <= 0
            || !Fingerprint.TryParse(name[..KeyDigits].ToString(), out Fingerprint key)
            || !long.TryParse(rest[(middle + 1)..last], NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            || !long.TryParse(rest[(last + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            || microseconds > MicrosecondsMax
            || bytes > long.MaxValue / 2)
        {
            return false;
        }

        parsed = new ArtifactFileName(key, Uri.UnescapeDataString(rest[..middle]), microseconds, bytes);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Key}_{Uri.EscapeDataString(Kind)}_{ComputeMicroseconds}_{PayloadBytes}{Extension}");
}
