using System.Collections.Immutable;

namespace Pipeline.Host.Configuration;

/// <summary>What differs between two settings of a daemon: what a running one can take over, and what waits for a restart.</summary>
internal sealed record SettingsDifference
{
    /// <summary>Watched folders that are no longer wanted, or no longer in this way; told apart by their names.</summary>
    public required ImmutableArray<FolderOptions> Ending { get; init; }

    /// <summary>Watched folders that are new, or wanted in another way.</summary>
    public required ImmutableArray<FolderOptions> Beginning { get; init; }

    /// <summary>Other keys that a running daemon takes over.</summary>
    public required ImmutableArray<string> Applied { get; init; }

    /// <summary>Keys that count from the next start on.</summary>
    public required ImmutableArray<string> Waiting { get; init; }

    /// <summary>Whether both mean the same.</summary>
    public bool IsNothing => Ending.IsEmpty && Beginning.IsEmpty && Applied.IsEmpty && Waiting.IsEmpty;

    /// <summary>What differs. The order of folders and studies means nothing.</summary>
    public static SettingsDifference Of(Settings from, Settings to)
    {
        (DaemonOptions before, DaemonOptions after) = (from.Daemon, to.Daemon);
        var applied = ImmutableArray.CreateBuilder<string>();
        var waiting = ImmutableArray.CreateBuilder<string>();
        Compare(waiting, "Pipeline:Data", Path.GetFullPath(before.DataPath), Path.GetFullPath(after.DataPath));
        Compare(waiting, "Pipeline:Memory", from.Process.MemoryBytes, to.Process.MemoryBytes);
        Compare(waiting, "Pipeline:Threads", from.Process.Threads, to.Process.Threads);
        Compare(waiting, "Pipeline:DiskReserve", from.Process.DiskReserveBytes, to.Process.DiskReserveBytes);
        Compare(waiting, "Pipeline:Logs", before.LogsPath, after.LogsPath);
        if (!from.Studies.SetEquals(to.Studies))
        {
            waiting.Add("Pipeline:Studies");
        }

        if (!before.Datasets.Order().SequenceEqual(after.Datasets.Order()))
        {
            applied.Add("Pipeline:Datasets");
        }

        Compare(applied, "Pipeline:Drain", before.DrainLimit, after.DrainLimit);
        Compare(waiting, "Pipeline:Http:Listen", before.Http.Listen, after.Http.Listen);
        Compare(waiting, "Pipeline:Http:Name", before.Http.Name, after.Http.Name);
        Compare(waiting, "Pipeline:Http:Connections", before.Http.ConnectionsMax, after.Http.ConnectionsMax);
        Compare(waiting, "Pipeline:Http:Body", before.Http.BodyBytesMax, after.Http.BodyBytesMax);
        Compare(waiting, "Pipeline:Http:Upload", before.Http.UploadBytesMax, after.Http.UploadBytesMax);
        Compare(waiting, "Pipeline:Http:Requests", before.Http.RequestsPerSecondMax, after.Http.RequestsPerSecondMax);

        // What guards one address need not guard another: an open address of this machine says nothing about the one that is served.
        ImmutableArray<string>.Builder guards = before.Http.Listen == after.Http.Listen ? applied : waiting;
        Compare(guards, "Pipeline:Http:Token", from.Secrets?.Token?.Key, to.Secrets?.Token?.Key);
        Compare(guards, "Pipeline:Http:Certificate", from.Secrets?.Certificate?.Key, to.Secrets?.Certificate?.Key);
        return new SettingsDifference
        {
            Ending = [.. before.Folders.Except(after.Folders)],
            Beginning = [.. after.Folders.Except(before.Folders)],
            Applied = applied.ToImmutable(),
            Waiting = waiting.ToImmutable(),
        };
    }

    private static void Compare<T>(ImmutableArray<string>.Builder keys, string key, T before, T after)
    {
        if (!EqualityComparer<T>.Default.Equals(before, after))
        {
            keys.Add(key);
        }
    }
}
