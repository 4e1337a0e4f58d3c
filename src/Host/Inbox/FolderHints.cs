namespace Pipeline.Host.Inbox;

/// <summary>Events of the system for a folder, which mean no more than: look soon.</summary>
/// <remarks>
/// Events get lost in bursts, stop after an error and never come from some shares; nothing depends on them. After an error, or
/// when the folder was gone, <see cref="Renew"/> begins anew. Events come on threads of the system; everything else is the watcher's.
/// </remarks>
internal sealed class FolderHints(string path, bool isRecursive) : IDisposable
{
    private volatile TaskCompletionSource _next = New();
    private volatile bool _isBroken = true;
    private FileSystemWatcher? _watcher;

    /// <summary>Done at the next event.</summary>
    public Task Next => _next.Task;

    /// <summary>Forgets events so far.</summary>
    public void Reset() => _next = New();

    /// <summary>Begins to listen where it does not; false where the system refuses.</summary>
    public bool Renew()
    {
        if (!_isBroken)
        {
            return true;
        }

        // A refusal (no such folder, no handles left, no events on this share) costs promptness only.
        try
        {
            _watcher?.Dispose();
            _watcher = new FileSystemWatcher(path) { IncludeSubdirectories = isRecursive };
            _watcher.Created += Hint;
            _watcher.Changed += Hint;
            _watcher.Renamed += Hint;
            _watcher.Error += (_, _) =>
            {
                _isBroken = true;
                _next.TrySetResult();
            };
            _isBroken = false;
            _watcher.EnableRaisingEvents = true;
            return true;
        }
        catch (Exception error) when (error is IOException or ArgumentException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            _isBroken = true;
            return false;
        }
    }

    /// <summary>Listens anew at the next <see cref="Renew"/>.</summary>
    public void Break() => _isBroken = true;

    /// <inheritdoc/>
    public void Dispose() => _watcher?.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Hint(object sender, FileSystemEventArgs change) => _next.TrySetResult();
}
