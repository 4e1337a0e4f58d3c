namespace Pipeline.Engine.Cache.Disk;

/// <summary>How the tier learns what lies in its folder.</summary>
public sealed partial class DiskTier
{
    private void ListAll()
    {
        for (int folder = 0; folder < ArtifactFileName.FolderCount && !_closing.IsCancellationRequested; folder++)
        {
            List(folder);
        }
    }

    /// <summary>Lists one folder, unless that was done before.</summary>
    private void List(int folder)
    {
        lock (_gate)
        {
            if (_isListed[folder])
            {
                return;
            }
        }

        // Without the lock: two threads may list one folder, and the second finds everything there.
        List<ArtifactFileName> names = NamesIn(folder);
        List<string> doubles = [];
        lock (_gate)
        {
            if (_isListed[folder])
            {
                return;
            }

            _isListed[folder] = true;
            foreach (ArtifactFileName name in names)
            {
                if (_table.Find(name.Key) is not null)
                {
                    doubles.Add(name.PathBelow(_root));
                }
                else if (KindOf(name.Kind) is { } kind)
                {
                    AddToIndex(new DiskEntry(name.Key, kind, name.FileBytes, name.ComputeSeconds));
                }
            }
        }

        doubles.ForEach(Delete);
        Evict(_capacityBytes);
    }

    private List<ArtifactFileName> NamesIn(int folder)
    {
        List<ArtifactFileName> names = [];
        string part = ArtifactFileName.FolderPath(_root, folder);
        if (!Directory.Exists(part))
        {
            return names;
        }

        try
        {
            foreach (string path in Directory.EnumerateFiles(part))
            {
                if (ArtifactFileName.TryParse(Path.GetFileName(path.AsSpan()), out ArtifactFileName name)
                    && ArtifactFileName.FolderOf(name.Key) == folder)
                {
                    names.Add(name);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Safe: what was not listed is computed again.
        }

        return names;
    }

    /// <summary>What a kill in the middle of a writing left behind.</summary>
    private void RemoveTemporaries()
    {
        try
        {
            foreach (string path in Directory.EnumerateFiles(Path.Combine(_root, TemporaryFolder)))
            {
                Delete(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Safe: no folder, nothing left behind; and a temporary that stays is never read.
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Safe: gone already, or in the way of nobody: the next listing finds it again.
        }
    }

    /// <summary>Free bytes of the disk; as much as one likes where the system does not say.</summary>
    private long FreeBytes()
    {
        try
        {
            Directory.CreateDirectory(_root);
            return new DriveInfo(_root).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Safe: then the writing itself will say.
            return long.MaxValue;
        }
    }
}
