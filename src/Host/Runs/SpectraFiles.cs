using System.Security.Cryptography;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Runs;

/// <summary>Opens files and turns what the file system says into messages.</summary>
public static class SpectraFiles
{
    /// <summary>Samples, their treated copies and the fits of them do not fit together where the samples take more than this part.</summary>
    private const int SharesOfMemory = 4;

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

    /// <summary>
    /// Opens a file whose spectra as doubles take more than a quarter of the memory, so that they must stay on the disk; null
    /// for all others. Whether they do follows from sizes alone.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read it; of these, Arrow heeds the unit and the column of ids.</param>
    /// <param name="memoryBytes">The memory of the process.</param>
    /// <exception cref="StageException">The file is larger than memory, and its spectra cannot be read where they lie.</exception>
    public static DiskReading? ReadOnDisk(string path, WideCsvOptions options, long memoryBytes)
    {
        DiskFile file = DiskFile.Open(path);
        DiskReading? reading = null;
        try
        {
            // Doubles take at most twice the bytes of the file, whose spectra have single precision at least.
            bool isLarge = file.Length > memoryBytes / (2 * SharesOfMemory);
            if (isLarge && IsArrow(file, path) && StayOnDisk(file, memoryBytes))
            {
                reading = ArrowDiskReader.Read(file, options.Unit, options.IdColumn);
            }
        }
        catch (StageException refused)
        {
            throw new StageException(refused.Kind, $"{Path.GetFileName(path)}: {refused.Message}", refused) { Place = refused.Place };
        }
        finally
        {
            if (reading is null)
            {
                file.Dispose();
            }
        }

        return reading;
    }

    private static bool IsArrow(DiskFile file, string path)
    {
        byte[] head = new byte[Math.Min(SpectraFormats.HeadBytesMax, file.Length)];
        file.Read(0, head);
        return SpectraFormats.Detect(head, path) is SpectraFormat.ArrowFile or SpectraFormat.ArrowStream;
    }

    private static bool StayOnDisk(DiskFile file, long memoryBytes)
    {
        // What has no rows at known places is read as a whole where it may be, and refused here where it may not.
        try
        {
            return ArrowDiskReader.SizeOf(file) is var (samples, variables)
                && (Int128)samples * variables * sizeof(double) > memoryBytes / SharesOfMemory;
        }
        catch (StageException) when (file.Length <= memoryBytes)
        {
            return false;
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
                + "Raise --memory, split the file, or write it as an uncompressed Arrow file, whose spectra can stay on the disk.");
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
