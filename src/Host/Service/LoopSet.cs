namespace Pipeline.Host.Service;

/// <summary>The loops of a daemon: some may end while others go on or begin; when one fails for good, all are ended.</summary>
/// <remarks>
/// It is over when it has been closed for beginners by <see cref="WaitAsync"/> and the last loop has ended; a loop that would
/// begin after that does not. Any thread may call anything.
/// </remarks>
internal sealed class LoopSet(CancellationToken cut) : IDisposable
{
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(cut);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    // Guarded by _gate. Whoever makes the set counts as a loop until it waits.
    private int _count = 1;

    // Written once, by whichever loop fails first.
    private Task? _failed;

    /// <summary>Begins a loop, which must end when its token is signalled.</summary>
    /// <returns>Ends with the loop, well in any case.</returns>
    public Task Begin(Func<CancellationToken, Task> loop)
    {
        lock (_gate)
        {
            if (_count == 0)
            {
                return Task.CompletedTask;
            }

            _count++;
        }

        return RunAsync(loop);
    }

    /// <summary>Waits for the end of all loops; the one that failed first, or null.</summary>
    public async Task<Task?> WaitAsync()
    {
        Leave();
        await _over.Task;
        return _failed;
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();

    private async Task RunAsync(Func<CancellationToken, Task> loop)
    {
        Task running = loop(_end.Token);

        // Safe: the first failure is what WaitAsync gives back.
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!running.IsCompletedSuccessfully)
        {
            _ = Interlocked.CompareExchange(ref _failed, running, null);
            await _end.CancelAsync();
        }

        Leave();
    }

    private void Leave()
    {
        lock (_gate)
        {
            _count--;
            if (_count == 0)
            {
                _over.TrySetResult();
            }
        }
    }
}
