using System.Collections.Immutable;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>The folder of a disk tier as somebody outside the process sees it.</summary>
/// <remarks>It only reads and deletes, which is safe while a daemon uses the folder.</remarks>
public static class CacheFolder
{
    /// <summary>What lies in the folder, by kind in the order of their names.</summary>
    public static ImmutableArray<CacheFolderKind> Kinds(string folder) =>
    [
        .. Files(folder)
            .GroupBy(file => file.Name.Kind, StringComparer.Ordinal)
            .Select(group => new CacheFolderKind(
                group.Key,
                group.Count(),
                group.Sum(file => file.Name.FileBytes),
                group.Min(file => file.Info.LastWriteTimeUtc),
                group.Sum(file => file.Name.ComputeSeconds)))
            .OrderBy(kind => kind.Kind, StringComparer.Ordinal),
    ];

    /// <summary>Deletes the files of one kind, or all.</summary>
    /// <returns>The files deleted and their bytes.</returns>
    /// <exception cref="StageException">A file cannot be deleted.</exception>
    public static (int Files, long Bytes) Clear(string folder, string? kind, CancellationToken cancellation)
    {
        (int files, long bytes) = (0, 0L);
        foreach ((ArtifactFileName name, FileInfo info) in Files(folder).Where(file => kind is null || file.Name.Kind == kind))
        {
            cancellation.ThrowIfCancellationRequested();
            Delete(info);
            files++;
            bytes += name.FileBytes;
        }

        return (files, bytes);
    }

    /// <summary>Reads every file and deletes those that are damaged.</summary>
    /// <returns>The files read, their bytes, and the names of those deleted.</returns>
    /// <exception cref="StageException">A damaged file cannot be deleted.</exception>
    public static (int Files, long Bytes, ImmutableArray<string> Damaged) Verify(string folder, CancellationToken cancellation)
    {
        (int files, long bytes) = (0, 0L);
        var damaged = ImmutableArray.CreateBuilder<string>();
        foreach ((ArtifactFileName name, FileInfo info) in Files(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            bool isWhole;
            try
            {
                using FileStream file = ArtifactFile.Open(info.FullName);
                isWhole = file.Length == name.FileBytes && ArtifactFile.IsWhole(file, name.Key);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Safe: the daemon has let it go meanwhile.
                continue;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Safe: what cannot be read is of no use.
                isWhole = false;
            }

            files++;
            bytes += name.FileBytes;
            if (!isWhole)
            {
                Delete(info);
                damaged.Add(info.Name);
            }
        }

        return (files, bytes, damaged.ToImmutable());
    }

    private static IEnumerable<(ArtifactFileName Name, FileInfo Info)> Files(string folder)
    {
        for (int part = 0; part < ArtifactFileName.FolderCount; part++)
        {
            var directory = new DirectoryInfo(ArtifactFileName.FolderPath(folder, part));
            if (!directory.Exists)
            {
                continue;
            }

            foreach (FileInfo info in directory.EnumerateFiles("*" + ArtifactFileName.Extension))
            {
                if (ArtifactFileName.TryParse(info.Name, out ArtifactFileName name))
                {
                    yield return (name, info);
                }
            }
        }
    }

    private static void Delete(FileInfo info)
    {
        try
        {
            info.Delete();
        }
        catch (DirectoryNotFoundException)
        {
            // Safe: it is gone, as it should be.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StageException(
                FailureKind.Storage,
                $"Cannot delete '{info.FullName}': {exception.Message} Run the command as the user of the daemon.",
                exception);
        }
    }
}

/// <summary>What a disk tier's folder holds of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="OldestUtc">When the oldest was written.</param>
/// <param name="ComputeSeconds">What all of them took to compute.</param>
public sealed record CacheFolderKind(string Kind, int Files, long Bytes, DateTime OldestUtc, double ComputeSeconds);
