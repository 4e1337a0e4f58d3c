namespace Pipeline.Engine.Storage;

/// <summary>Files that nothing reads any more, such as temporaries of a process that was killed.</summary>
public static class LeftOvers
{
    /// <summary>Deletes the temporaries in a folder and in the folders below it, down to a depth.</summary>
    /// <remarks>
    /// Only for folders that this process alone writes, and before it writes. One that cannot be deleted stays: nothing reads it.
    /// </remarks>
    public static void Remove(IStorage storage, string folder, int depth)
    {
        ArgumentNullException.ThrowIfNull(storage);
        if (!storage.FolderExists(folder))
        {
            return;
        }

        foreach (StoredEntry entry in storage.List(folder))
        {
            if (entry.IsFolder && depth > 0)
            {
                Remove(storage, entry.Path, depth - 1);
            }
            else if (!entry.IsFolder && StorageNames.IsTemporary(entry.Path))
            {
                TryDelete(storage, entry.Path);
            }
        }
    }

    /// <summary>Deletes files that nothing reads: together, or as many as can be deleted now.</summary>
    public static void TryDelete(IStorage storage, IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(storage);
        ArgumentNullException.ThrowIfNull(paths);

        // Together they share one flush of their folder; one that stays must not keep the others.
        try
        {
            storage.Delete(paths);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            foreach (string path in paths)
            {
                TryDelete(storage, path);
            }
        }
    }

    /// <summary>Deletes a file that nothing reads; false where it cannot be deleted now.</summary>
    public static bool TryDelete(IStorage storage, string path)
    {
        ArgumentNullException.ThrowIfNull(storage);

        // Costs space until the next start, and nothing else.
        try
        {
            storage.Delete(path);
            return true;
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
            return false;
        }
    }
}
