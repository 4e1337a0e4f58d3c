using Pipeline.Engine;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.State;

/// <summary>The mark of a data folder that a restore has begun to fill; a daemon would take what is there for everything.</summary>
internal static class UnfinishedRestore
{
    private const string Name = "restore-unfinished";

    /// <summary>Sets the mark.</summary>
    public static void Begin(string dataPath, IStorage storage) => storage.Write(Path.Combine(dataPath, Name), _ => { });

    /// <summary>Removes the mark.</summary>
    public static void End(string dataPath, IStorage storage) => storage.Delete(Path.Combine(dataPath, Name));

    /// <summary>True for the mark's path.</summary>
    public static bool IsMark(string path) => Path.GetFileName(path) == Name;

    /// <summary>Refuses a folder with the mark.</summary>
    public static void Refuse(string dataPath, IStorage storage)
    {
        if (storage.Stamp(Path.Combine(dataPath, Name)) is not null)
        {
            throw new StageException(
                FailureKind.Storage,
                $"A restore into '{dataPath}' was cut off. Delete everything in the folder, and run 'pipeline restore' again.");
        }
    }
}
