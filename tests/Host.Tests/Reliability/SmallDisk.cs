using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>A disk of a few mebibytes in memory, mounted at a folder of its own.</summary>
/// <remarks>Needs Linux and the right to mount; a process that still uses it keeps it alive after <see cref="Dispose"/>.</remarks>
internal sealed class SmallDisk : IDisposable
{
    public SmallDisk(string folder, int mebibytes)
    {
        Folder = folder;
        Directory.CreateDirectory(folder);
        Run("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={mebibytes}m"), "tmpfs", folder]);
    }

    public string Folder { get; }

    /// <summary>Bytes that may still be written.</summary>
    public long FreeBytes => new DriveInfo(Folder).AvailableFreeSpace;

    private string Filler => Path.Combine(Folder, "filler");

    /// <summary>Takes what is free, but for some bytes, until <see cref="Free"/>.</summary>
    public void Fill(long leaveBytes = 0)
    {
        byte[] page = new byte[4096];

        // The disk decides how much is really left; that it is full is the purpose.
        try
        {
            using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
            while (FreeBytes > leaveBytes)
            {
                file.Write(page);
            }
        }
        catch (IOException) when (FreeBytes < page.Length)
        {
        }
    }

    /// <summary>Gives the filler's space back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose() => Run("umount", ["-l", Folder]);

    private static void Run(string program, string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} answers {process.ExitCode}.");
        }
    }
}
