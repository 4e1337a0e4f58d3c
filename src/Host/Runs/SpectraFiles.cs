using System.Security.Cryptography;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Runs;

/// <summary>Opens files and turns what the file system says into messages.</summary>
public static class SpectraFiles
{
    /// <summary>Opens a file for reading from front to back.</summary>
    public static FileStream Open(string path)
    {
        // What the system refuses to open is the user's to mend; nothing has been read yet.
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            string reason = Directory.Exists(path) ? "it is a folder; name a file" : File.Exists(path) ? error.Message : "there is no such file";
            throw new StageException(FailureKind.InvalidRequest, $"'{path}' cannot be read: {reason}.", error);
        }
    }

    /// <summary>Reads spectra, wide text or Arrow by content, with the digest of the bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read it; of these, Arrow heeds the unit and the column of ids.</param>
    /// <param name="memoryBytes">The memory of the process; a larger file is refused before it is read.</param>
    public static (SpectralReading Reading, Fingerprint Digest) Read(string path, WideCsvOptions options, long memoryBytes)
    {
        using FileStream stream = Open(path);
        if (stream.Length > memoryBytes)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"{path} has {ByteSize.Format(stream.Length)}, the memory budget is {ByteSize.Format(memoryBytes)}. "
                + "Raise --memory, or split the file.");
        }

        // The reader knows lines and columns; only the name of the file is missing from what it says.
        try
        {
            Fingerprint digest = Fingerprint.FromHash(SHA256.HashData(stream));
            stream.Position = 0;
            byte[] head = new byte[Math.Min(SpectraFormats.HeadBytesMax, stream.Length)];
            stream.ReadExactly(head);
            stream.Position = 0;
            bool isArrow = SpectraFormats.Detect(head, path) is SpectraFormat.ArrowFile or SpectraFormat.ArrowStream;
            return (isArrow ? ArrowSpectraReader.Read(stream, options.Unit, options.IdColumn) : WideCsvReader.Read(stream, options), digest);
        }
        catch (StageException refused)
        {
            throw new StageException(refused.Kind, $"{Path.GetFileName(path)}: {refused.Message}", refused);
        }
    }
}
