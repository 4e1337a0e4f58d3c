using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Runs;

/// <summary>A search from the command line whose finished units outlive the process.</summary>
/// <remarks>
/// The folder has the same layout as a daemon's data: <c>state.db</c>, <c>results/</c>, and <c>cache/</c> where units share intermediates. It is taken for this
/// process until it is disposed; a folder that another process has is refused.
/// </remarks>
public sealed class KeptSearch : IAsyncDisposable
{
    private readonly StateDatabase _state;
    private RunLedger? _run;

    private KeptSearch(StateDatabase state, RunMemory memory)
    {
        _state = state;
        Memory = memory;
    }

    /// <summary>Cache and budget, with a tier on the disk.</summary>
    public RunMemory Memory { get; }

    /// <summary>Remembers units; set once the run has been begun.</summary>
    public DurableLedger? Ledger { get; private set; }

    /// <summary>Opens a folder and begins the run of a search there, or goes on with it.</summary>
    /// <exception cref="Engine.StageException">The folder is in use, damaged or cannot be written.</exception>
    public static async Task<KeptSearch> OpenAsync(string folder, PreparedRun prepared, int threads, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(prepared);
        folder = Path.GetFullPath(folder);
        var storage = new LocalStorage();
        StateDatabase state = HostSchema.Open(folder, storage, prepared.Limits, clock);

        // Intermediates that serve one unit each are never asked for again, and writing them would cost more than all the rest.
        int intermediates = prepared.Units.Select(unit => unit.PretreatedKey).Distinct().Count();
        DiskTier? disk = 2 * intermediates > prepared.Work.Units.Length
            ? null
            : new DiskTier(RunMemory.CacheFolder(folder), prepared.Limits, clock);
        RunMemory memory = RunMemory.Within(prepared.Limits, threads, clock, disk);
        var kept = new KeptSearch(state, memory);

        // Whatever has been opened must be free again when the rest refuses.
        try
        {
            var results = new ResultStore(state, storage, prepared.Limits);
            results.RemoveOrphans();
            kept._run = await RunLedger.BeginAsync(
                state,
                results,
                $"{prepared.Plan.Manifest.Response} of {Path.GetFullPath(prepared.Request.DataPath)}",
                prepared.Work.Key,
                prepared.Work.Units.Length,
                "",
                prepared.Limits,
                RunAbout.Of(prepared).ToJson());
            kept.Ledger = new DurableLedger(kept._run, isCareful: !state.WasClosedCleanly, prepared.Limits);
            return kept;
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says that the search is complete and where its results lie.</summary>
    public Task CompleteAsync(string outputFolder) => _run!.EndAsync(RunState.Completed, Path.GetFullPath(outputFolder));

    /// <summary>Makes durable what is finished, and lets the folder go.</summary>
    public async ValueTask DisposeAsync()
    {
        await _state.DisposeAsync();
        await Memory.DisposeAsync();
    }
}
