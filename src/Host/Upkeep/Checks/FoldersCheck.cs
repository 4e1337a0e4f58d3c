using Pipeline.Engine;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Looks at the watched folders; nothing is written into them.</summary>
internal static class FoldersCheck
{
    /// <summary>One finding for each.</summary>
    public static IEnumerable<Finding> Run(CheckSubject subject) => subject.Daemon.Folders.Select(folder => Folder(folder, subject));

    private static Finding Folder(FolderOptions folder, CheckSubject subject)
    {
        string check = $"folder {folder.Name}";
        string path = Path.GetFullPath(folder.Path);
        if (!subject.Storage.FolderExists(path))
        {
            return Finding.Problem(check, $"'{path}' is not there.", "Make it, mount the share, or correct its Path; the daemon waits for it.");
        }

        if (!subject.Machine.MayRead(path))
        {
            return Finding.Problem(check, $"'{path}' may not be read by this user.", "Give the daemon's user the right to read it.");
        }

        if (folder.Afterwards != "leave" && !subject.Machine.MayWrite(path))
        {
            return Finding.Problem(
                check,
                $"'{path}' may not be written by this user, and finished sources are to be {(folder.Afterwards == "move" ? "moved" : "deleted")}.",
                "Give the daemon's user the right to write, or set Afterwards to 'leave'.");
        }

        // A share that does not answer is the operator's to mend.
        try
        {
            return Finding.Ok(
                check,
                subject.Storage.NetworkFileSystem(path) is { } network
                    ? $"'{path}' lies on {network}; what others write there gives no events and is found by the scan every "
                        + $"{folder.ScanEvery.TotalSeconds:0.###} s."
                    : $"'{path}' may be read{(folder.Afterwards == "leave" ? "" : " and written")}.");
        }
        catch (StageException refused)
        {
            return Finding.Problem(check, refused.Message, "Check the disk or the share.");
        }
    }
}
