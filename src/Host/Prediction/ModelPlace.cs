using Pipeline.Engine;
using Pipeline.Engine.Storage;

namespace Pipeline.Host.Prediction;

/// <summary>The folder of a model with the temporary folders beside it, from which it is replaced as a whole.</summary>
/// <remarks>
/// Beside <c>NAME</c> stand, while it is being replaced or after a crash, <c>.NAME.ID.tmp</c> (not yet a model, or no longer
/// one; never read) and <c>.NAME.ID.old</c> (a whole model, which counts while there is no <c>NAME</c>). ID is a GUID.
/// </remarks>
internal sealed class ModelPlace(IStorage storage, string target)
{
    /// <summary>The ending of a folder that is not yet, or no longer, a model.</summary>
    public const string NewEnding = "tmp";

    private const string EarlierEnding = "old";

    private readonly string _parent = Path.GetDirectoryName(target) ?? target;

    /// <summary>The model's folder.</summary>
    public string Target { get; } = target;

    /// <summary>A name beside the target that nothing has.</summary>
    public string NewName(string ending) => Path.Combine(_parent, $".{Path.GetFileName(Target)}.{Guid.NewGuid():N}.{ending}");

    /// <summary>True where there is no folder, an empty one, or a model by the file that vouches for it.</summary>
    public bool IsFree(string vouching) =>
        !storage.FolderExists(Target) || storage.List(Target) is [] || storage.Stamp(Path.Combine(Target, vouching)) is not null;

    /// <summary>The model before, where a crash has left the target without one; else null.</summary>
    public string? Earlier() => storage.FolderExists(_parent) ? Beside(EarlierEnding).FirstOrDefault() : null;

    /// <summary>Puts a complete folder in the target's place; what was there goes back when that fails.</summary>
    public void Replace(string complete)
    {
        string? earlier = null;
        if (storage.FolderExists(Target))
        {
            // At most one model before, so that nobody needs to choose.
            DiscardEarlier();
            earlier = NewName(EarlierEnding);
        }

        // Whatever stops the new model, the old one goes back to its place.
        try
        {
            if (earlier is not null)
            {
                storage.MoveFolder(Target, earlier);
            }

            storage.MoveFolder(complete, Target);
        }
        catch (StageException) when (earlier is not null && !storage.FolderExists(Target) && storage.FolderExists(earlier))
        {
            storage.MoveFolder(earlier, Target);
            throw;
        }
    }

    /// <summary>Removes every model before that a crash has left, each as a whole.</summary>
    public void DiscardEarlier()
    {
        if (!storage.FolderExists(_parent))
        {
            return;
        }

        foreach (string earlier in Beside(EarlierEnding).ToList())
        {
            string gone = NewName(NewEnding);
            storage.MoveFolder(earlier, gone);
            Discard(gone);
        }
    }

    /// <summary>Removes the model that has just been replaced, and what crashes have left beside the target.</summary>
    public void DiscardLeftovers()
    {
        // The model is saved; a leftover that cannot be found or removed does no harm.
        try
        {
            DiscardEarlier();
            DiscardUnread();
        }
        catch (StageException)
        {
            return;
        }
    }

    /// <summary>Removes what is not yet, or no longer, a model; makes durable, too, that it lost its name.</summary>
    public void DiscardUnread()
    {
        if (storage.FolderExists(_parent))
        {
            Beside(NewEnding).ToList().ForEach(Discard);
        }
    }

    /// <summary>Removes a folder that nobody reads.</summary>
    public void Discard(string folder)
    {
        // The work is done, or the reason why not is worth more than a leftover that could not be removed.
        try
        {
            storage.DeleteFolder(folder);
        }
        catch (StageException)
        {
            return;
        }
    }

    private IEnumerable<string> Beside(string ending)
    {
        string start = $".{Path.GetFileName(Target)}.";
        return storage.List(_parent)
            .Where(entry => entry.IsFolder)
            .Select(entry => entry.Path)
            .Where(path => Path.GetFileName(path) is { } found
                && found.StartsWith(start, StringComparison.Ordinal)
                && found[start.Length..].Split('.') is [{ } unique, { } end]
                && end == ending
                && Guid.TryParseExact(unique, "N", out _));
    }
}
