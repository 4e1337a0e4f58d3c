namespace Pipeline.Engine.Storage;

/// <summary>Temporaries that a process left behind when it was killed.</summary>
public static class LeftOvers
{
    /// <summary>Deletes them in a folder and in the folders below it, down to a depth.</summary>
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

    private static void TryDelete(IStorage storage, string path)
    {
        // Costs space until the next start, and nothing else.
        try
        {
            storage.Delete(path);
        }
        catch (StageException refused) when (refused.Kind == FailureKind.Storage)
        {
        }
    }
}
