using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary>What lies in the cache, as text.</summary>
internal static class CacheText
{
    private const int DamagedMax = 10;

    /// <summary>Writes a table of kinds with their sum.</summary>
    public static void Write(TextWriter screen, string folder, ImmutableArray<CacheFolderKind> kinds)
    {
        if (kinds.IsEmpty)
        {
            screen.WriteLine($"The cache is empty: no intermediates in {folder}.");
            return;
        }

        var table = new ScreenTable("kind", ">files", ">bytes", "oldest", ">took to compute");
        foreach (CacheFolderKind kind in kinds)
        {
            table.Add(
                kind.Kind,
                Figure.Count(kind.Files),
                ByteSize.Format(kind.Bytes),
                kind.OldestUtc.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                $"{Figure.Of(kind.ComputeSeconds)} s");
        }

        screen.Write(table);
        screen.WriteLine($"{Files(kinds.Sum(kind => kind.Files))}, {ByteSize.Format(kinds.Sum(kind => kind.Bytes))}, in {folder}.");
    }

    /// <summary>Writes what a check has found.</summary>
    public static void WriteVerified(TextWriter screen, string folder, int files, long bytes, ImmutableArray<string> damaged)
    {
        screen.WriteLine($"Read {Files(files)}, {ByteSize.Format(bytes)}, in {folder}.");
        if (damaged.IsEmpty)
        {
            screen.WriteLine("Every checksum holds.");
            return;
        }

        screen.WriteLine($"Damaged and deleted: {Files(damaged.Length)}; what they held is computed again when it is needed.");
        foreach (string name in damaged.Take(DamagedMax))
        {
            screen.WriteLine($"  {name}");
        }

        if (damaged.Length > DamagedMax)
        {
            screen.WriteLine($"  … and {damaged.Length - DamagedMax} more.");
        }

        screen.WriteLine("Files do not decay by themselves: if this happens again, have the disk looked at.");
    }

    /// <summary>A number of files in words.</summary>
    public static string Files(int count) => count == 1 ? "1 file" : $"{Figure.Count(count)} files";
}
