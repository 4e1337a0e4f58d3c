using System.Globalization;
using Pipeline.Engine;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Upkeep.Backups;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary>What a backup holds, as text.</summary>
internal static class BackupText
{
    private const int NamedMax = 20;

    /// <summary>Writes what has been copied.</summary>
    public static void Write(TextWriter screen, BackupReport report)
    {
        var table = new ScreenTable("what", ">files", ">bytes");
        foreach (BackupKind kind in report.Kinds)
        {
            table.Add(kind.Kind, Figure.Count(kind.Files), ByteSize.Format(kind.Bytes));
        }

        screen.Write(table);
        screen.WriteLine($"{Sum(report.Manifest)}, in {Figure.Of(report.Elapsed.TotalSeconds)} s, to {report.Target}.");
        if (report.LeftOutCount > 0)
        {
            screen.WriteLine($"{CacheText.Files(report.LeftOutCount)} that the daemon can make again went meanwhile, or were gone.");
        }
    }

    /// <summary>Files, bytes and moment of a backup.</summary>
    public static string Sum(BackupManifest manifest) =>
        $"{CacheText.Files(manifest.Files.Length)}, {ByteSize.Format(manifest.LengthBytes)}, "
        + $"as of {manifest.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}";

    /// <summary>Names what was damaged before the backup was made.</summary>
    public static void WriteDamaged(TextWriter screen, BackupManifest manifest, string heading)
    {
        screen.WriteLine(heading);
        foreach (string path in manifest.Damaged.Take(NamedMax))
        {
            screen.WriteLine($"  {path}");
        }

        if (manifest.Damaged.Length > NamedMax)
        {
            screen.WriteLine($"  … and {manifest.Damaged.Length - NamedMax} more.");
        }
    }
}
