using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;

namespace Pipeline.Host.Inbox;

/// <summary>The one way into datasets for whatever does not lie in a watched folder.</summary>
/// <remarks>
/// What it says has joined is durable, and has had the same consequences as a file's joining. What is in hand when the daemon stops is
/// finished, unless the drain is cut; nothing is begun then. Safe for all threads; <c>_gate</c> guards the account of what is in hand.
/// </remarks>
internal sealed class IntakeDoor(
    Func<IReadOnlyDictionary<string, DatasetStore>> stores,
    MemoryBudget arrivals,
    DiskGuard disk,
    long bytesMax,
    Func<IngestOutcome, ValueTask> ingestedAsync,
    TimeProvider clock) : IDisposable
{
    // Never disposed of their handles: requests that end late may still look at the tokens.
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly List<string> _cutOff = [];
    private int _inHandCount;
    private TaskCompletionSource? _emptied;

    /// <summary>The longest source that is taken.</summary>
    public long BytesMax => bytesMax;

    /// <summary>Signalled once nothing new is taken.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Memory for one request.</summary>
    public IntakeRoom NewRoom() => new(arrivals, bytesMax, clock, _stopping.Token);

    /// <summary>Refuses while nothing can be taken.</summary>
    /// <exception cref="IntakeObstacleException">The disk is full, or the daemon stops.</exception>
    public void RequireOpen()
    {
        if (_stopping.IsCancellationRequested)
        {
            throw new IntakeObstacleException(
                IntakeObstacle.Stopping, "The daemon is stopping. Send the same again when it runs; what was acknowledged is safe.");
        }

        if (disk.IsFull)
        {
            throw DiskFull();
        }
    }

    /// <summary>Takes bytes into a dataset; on return they are durable, or nothing has changed.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="bytes">The bytes from their beginning; their memory is the caller's to reserve.</param>
    /// <param name="name">The name under which they came; null where their digest names them.</param>
    /// <param name="isKeptWhenRefused">Whether bytes that cannot join go to quarantine.</param>
    /// <exception cref="IntakeObstacleException">Nothing can be taken now.</exception>
    /// <exception cref="StageException">Of kind Storage: the disk refused, and nothing has changed.</exception>
    public Task<IngestOutcome> TakeAsync(string dataset, Stream bytes, string? name, bool isKeptWhenRefused) => InHandAsync(dataset, async store =>
    {
        StagedSource staged = store.Stage(bytes, name ?? "", bytesMax, _cut.Token);
        return await store.IngestAsync(
            staged with { Path = $"http:{name ?? staged.Digest.ToString()}", IsKeptWhenRefused = isKeptWhenRefused },
            mayLose: false,
            clock.GetUtcNow(),
            _cut.Token);
    });

    /// <summary>Tries bytes in quarantine again.</summary>
    /// <param name="dataset">The dataset that they could not join.</param>
    /// <param name="digest">The bytes.</param>
    /// <param name="path">The path under which they came.</param>
    /// <param name="reader">The name of the reader; null for the one that fits the bytes.</param>
    /// <inheritdoc cref="TakeAsync" path="/exception"/>
    public Task<IngestOutcome> RetryAsync(string dataset, Fingerprint digest, string path, string? reader) => InHandAsync(dataset, async store =>
    {
        StagedSource staged;
        using (Stream bytes = store.Quarantine.OpenBytes(digest))
        {
            staged = store.Stage(bytes, path, bytesMax, _cut.Token);
        }

        return await store.IngestAsync(staged with { IsRetry = true, Reader = reader }, mayLose: false, clock.GetUtcNow(), _cut.Token);
    });

    /// <summary>Takes nothing new from here on.</summary>
    public void Close() => _stopping.Cancel();

    /// <summary>Waits until nothing is in hand; says what was cut off.</summary>
    public async Task<IReadOnlyList<string>> EmptyAsync(CancellationToken cut)
    {
        Task emptied;
        lock (_gate)
        {
            _emptied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            emptied = _inHandCount == 0 ? Task.CompletedTask : _emptied.Task;
        }

        await using CancellationTokenRegistration cutting = cut.UnsafeRegister(_ => _cut.Cancel(), null);
        await emptied;
        lock (_gate)
        {
            return [.. _cutOff.Select(dataset => $"data for dataset '{dataset}' were being taken; their sender was not told that they are safe")];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private async Task<IngestOutcome> InHandAsync(string dataset, Func<DatasetStore, Task<IngestOutcome>> take)
    {
        lock (_gate)
        {
            RequireOpen();
            _inHandCount++;
        }

        try
        {
            // A change of the settings may have taken the dataset away since the request began.
            DatasetStore store = stores().GetValueOrDefault(dataset)
                ?? throw new StageException(FailureKind.InvalidRequest, $"Dataset '{dataset}' is no longer there. Look at the settings.");
            IngestOutcome outcome = await take(store);
            if (outcome.Kind is not (IngestKind.Known or IngestKind.KnownBad))
            {
                await ingestedAsync(outcome);
            }

            return outcome;
        }
        catch (StageException failed) when (disk.Report(failed))
        {
            // The guard says so, and says when it goes on; nothing was taken.
            throw DiskFull();
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
            // Cut off by the end of the drain; nothing was taken.
            lock (_gate)
            {
                _cutOff.Add(dataset);
            }

            throw new IntakeObstacleException(IntakeObstacle.Stopping, "The daemon was stopped before this was safe. Send the same again when it runs.");
        }
        finally
        {
            lock (_gate)
            {
                _inHandCount--;
                if (_inHandCount == 0)
                {
                    _emptied?.TrySetResult();
                }
            }
        }
    }

    private static IntakeObstacleException DiskFull() => new(
        IntakeObstacle.DiskFull, "The disk of the daemon is full. Send the same again once there is room; what was acknowledged is safe.");
}
