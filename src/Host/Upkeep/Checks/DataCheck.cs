using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Looks at the data folder from outside: place, owner, lock, space.</summary>
internal static class DataCheck
{
    /// <summary>The findings; nothing is written.</summary>
    public static IEnumerable<Finding> Run(CheckSubject subject)
    {
        yield return Folder(subject);
        yield return FileSystem(subject);
        yield return Daemon(subject);
        yield return Space(subject);
    }

    private static Finding Folder(CheckSubject subject)
    {
        const string Check = "data folder";
        string data = subject.Data;
        if (!subject.Storage.FolderExists(data))
        {
            string parent = Existing(data);
            return subject.Machine.MayWrite(parent)
                ? Finding.Ok(Check, $"'{data}' is not there yet; the first start makes it.")
                : Finding.Problem(
                    Check,
                    $"'{data}' is not there, and '{parent}' may not be written by this user.",
                    "Make the folder and give it to the daemon's user, or correct Pipeline:Data.");
        }

        if (!subject.Machine.MayRead(data) || !subject.Machine.MayWrite(data))
        {
            return Finding.Problem(
                Check,
                $"'{data}' may not be read and written by this user.",
                "Run this as the daemon's user; if you did, give it the folder (chown).");
        }

        uint? owner = FileOwner.At(data)?.User;
        uint? stateOwner = FileOwner.At(HostSchema.FileOf(data))?.User;
        if (stateOwner is not null && owner != stateOwner)
        {
            return Finding.Warning(
                Check,
                string.Create(CultureInfo.InvariantCulture, $"'{data}' belongs to user {owner}, the state in it to user {stateOwner}."),
                "Something was done here as another user; give everything to the daemon's (chown -R).");
        }

        return owner is not null && subject.Machine.User is { } user && user != owner
            ? Finding.Warning(
                Check,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{data}' belongs to user {owner}, and this is asked by user {user}: what that one may do is not seen."),
                "Run this as the daemon's user.")
            : Finding.Ok(Check, $"'{data}' may be read and written.");
    }

    private static Finding FileSystem(CheckSubject subject)
    {
        const string Check = "file system";
        return subject.Storage.NetworkFileSystem(subject.Data) is { } network
            ? Finding.Problem(
                Check,
                $"'{subject.Data}' lies on a network file system ({network}), where two machines can write one database.",
                "Put Data on a disk of this machine; watched folders may stay on the share.")
            : Finding.Ok(Check, "The data folder lies on this machine.");
    }

    private static Finding Daemon(CheckSubject subject)
    {
        const string Check = "daemon";

        // A folder half filled is damage until somebody decides.
        try
        {
            UnfinishedRestore.Refuse(subject.Data, subject.Storage);
        }
        catch (StageException refused)
        {
            return Finding.Damage(Check, refused.Message, "Until then no daemon starts here.");
        }

        return RunningDaemon.Find(subject.Data) is { } running
            ? Finding.Ok(Check, $"Runs: {running} holds the lock of the data folder.")
            : Finding.Ok(Check, "Does not run on this data folder.");
    }

    private static Finding Space(CheckSubject subject)
    {
        const string Check = "disk space";
        long free;
        try
        {
            free = subject.Storage.FreeBytes(Existing(subject.Data));
        }
        catch (StageException refused)
        {
            // That the disk does not answer is a finding.
            return Finding.Problem(Check, refused.Message, "Check the disk.");
        }

        long reserve = subject.Process.DiskReserveBytes;
        string found = $"{ByteSize.Format(free)} free, the reserve is {ByteSize.Format(reserve)}";
        if (free < reserve)
        {
            return Finding.Problem(Check, $"{found}: the daemon pauses.", "Make room; it goes on by itself when twice the reserve is free.");
        }

        return free < 4 * reserve
            ? Finding.Warning(Check, $"{found}: the cache gets no room, and soon the daemon pauses.", "Make room, or lower Pipeline:DiskReserve.")
            : Finding.Ok(Check, found + ".");
    }

    private static string Existing(string path)
    {
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } parent)
        {
            path = parent;
        }

        return path;
    }
}
