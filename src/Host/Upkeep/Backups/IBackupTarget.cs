namespace Pipeline.Host.Upkeep.Backups;

/// <summary>Where the files of a backup go, one after the other.</summary>
internal interface IBackupTarget
{
    /// <summary>Puts one file there; what it says of it is from the bytes that were copied.</summary>
    /// <param name="path">Path with slashes.</param>
    /// <param name="source">The bytes, from their beginning.</param>
    /// <param name="cancellation">Ends the copy.</param>
    BackupFile Put(string path, Stream source, CancellationToken cancellation);
}
