using System.Globalization;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Host.State;

namespace Pipeline.Host.Http.Live;

/// <summary>Makes the view of a run of what queue, state and results know.</summary>
/// <remarks>Safe for all threads; reads a few rows, and for an ended run the head of a small file.</remarks>
internal sealed class RunViews(DaemonSight sight)
{
    private const long RunFileBytesMax = 1 << 20;

    /// <summary>The view of a run.</summary>
    public RunStatusView Of(QueuedRun run) => new(
        run.Id,
        run.Study,
        QueueTable.Word(run.Trigger),
        run.Priority,
        QueueTable.Word(run.Phase),
        sight.Queue.IsInHand(run.Id),
        Possible(run),
        run.Asked,
        run.Begun,
        run.Ended,
        run.Why,
        sight.Queue.ProgressOf(run.Id) is { } progress ? Of(progress) : null,
        Provenance(run),
        run.Folder.Length > 0 ? $"{PathOf(run)}/leaderboard" : null,
        run.Folder.Length > 0 ? $"{PathOf(run)}/report" : null,
        run.Folder.Length > 0 ? $"{PathOf(run)}/predictions" : null,
        run.Folder.Length > 0 ? $"{PathOf(run)}/provenance" : null,
        $"{PathOf(run)}/events");

    /// <summary>Where a run is to be found.</summary>
    public static string PathOf(QueuedRun run) => $"/v1/runs/{run.Id.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What can be asked of a run.</summary>
    public static IReadOnlyList<string> Possible(QueuedRun run) => run.Phase switch
    {
        RunPhase.Queued or RunPhase.Running => ["pause", "cancel"],
        RunPhase.Paused => ["resume", "cancel"],
        _ => [],
    };

    private static RunProgressView Of(RunProgress progress) => new(
        progress.UnitsDone,
        progress.UnitsTotal,
        progress.WorkDone,
        progress.Elapsed.TotalSeconds,
        progress.Remaining?.TotalSeconds,
        progress.Blocks.Sum(block => block.Failures),
        progress.Blocks.Sum(block => block.BytesHeld),
        progress.Best is { Classes: null, Metrics.Rmse: var rmse } && double.IsFinite(rmse) ? rmse : null,
        progress.Best?.Classes?.Pooled.BalancedAccuracy,
        [
            .. progress.Blocks.Select(block => new BlockView(
                block.Name, block.Waiting, block.Capacity, block.Running, block.Parallelism, block.BytesHeld, block.Out, block.Failures,
                block.SinceProgress.TotalSeconds)),
        ]);

    private ProvenanceView? Provenance(QueuedRun run)
    {
        if (run.Key is not { } key)
        {
            return null;
        }

        (int Units, string About)? row = sight.State.Read(reader => reader.First<(int, string)?>(
            "SELECT units, about FROM run WHERE study = $1 AND key = $2", one => ((int)one.Number(0), one.Text(1)), null, run.Study, key));
        if (row is not { } found)
        {
            return null;
        }

        RunAbout? about = RunAbout.FromJson(found.About);
        return new ProvenanceView(
            key.ToString(),
            found.Units,
            about?.Response,
            about?.Data,
            about?.Samples,
            about?.Spectra,
            about?.SampleCount,
            about?.VariableCount,
            about?.GroupCount,
            about?.FoldScheme,
            about?.FoldCount,
            about?.Folds,
            ProgramOf(run) ?? StateDatabase.ProgramVersion);
    }

    private string? ProgramOf(QueuedRun run)
    {
        if (run.Folder.Length == 0)
        {
            return null;
        }

        // Shown to people only: what cannot be read is left out.
        try
        {
            using Stream file = sight.Storage.OpenRead(Path.Combine(sight.DataPath, run.Folder, ResultFiles.ProvenanceName));
            return file.Length > RunFileBytesMax ? null : JsonSerializer.Deserialize<JsonElement>(file).GetProperty("program").GetString();
        }
        catch (Exception unreadable) when (unreadable is StageException or IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
