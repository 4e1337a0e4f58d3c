using System.Security.Cryptography;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Inbox;

namespace Pipeline.Host.Configuration;

/// <summary>Tells when the settings must be read again: when the bytes of a file have changed and stay so, or when somebody asks.</summary>
/// <remarks>
/// A look at the bytes every two seconds is the truth, events of the system only make it come sooner; so it matters little how an
/// editor replaces a file, and one that is gone is a change like any other. A file that goes on changing is waited for up to
/// <see cref="LooksMax"/> looks. <see cref="Ask"/> is for all threads, the rest for one.
/// </remarks>
internal sealed class SettingsWatch : IDisposable
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    /// <summary>How long bytes must stay as they are.</summary>
    public static readonly TimeSpan QuietFor = TimeSpan.FromMilliseconds(200);

    // Opens no pipes: their writer may never come.
    private static readonly LocalStorage Disk = new();

    private const int LooksMax = 10;
    private const int BytesMax = SettingsFile.BytesMax + 1;

    private readonly string? _path;
    private readonly TimeProvider _clock;
    private readonly FolderHints? _hints;

    // One request stands for all that come before it is heard.
    private readonly SemaphoreSlim _asked = new(0, 1);
    private string[] _others = [];
    private byte[] _seen;

    /// <summary>Watches a file as it is now; null for none, so that only requests and other files count.</summary>
    public SettingsWatch(string? path, TimeProvider clock)
    {
        _path = path is null ? null : Path.GetFullPath(path);
        _clock = clock;
        _hints = _path is null ? null : new FolderHints(Path.GetDirectoryName(_path)!, isRecursive: false);
        _seen = Look();
    }

    /// <summary>Wants the settings to be read at once, changed or not.</summary>
    public void Ask()
    {
        // Safe: where it is full somebody has asked already, and a signal may still come when all is over.
        try
        {
            _asked.Release();
        }
        catch (Exception needless) when (needless is SemaphoreFullException or ObjectDisposedException)
        {
        }
    }

    /// <summary>Watches these files, too, as they are now: those that the settings name.</summary>
    public void Watch(IEnumerable<string> others)
    {
        string[] wanted = [.. others];
        if (!_others.SequenceEqual(wanted))
        {
            byte[] before = Look();
            bool isChanged = !before.AsSpan().SequenceEqual(_seen);
            _others = wanted;
            _seen = isChanged ? _seen : Look();
        }
    }

    /// <summary>Waits until the settings must be read; true where somebody has asked.</summary>
    /// <param name="isImpatient">Whether a look is wanted even where nothing has changed, since what was refused may be right by now.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<bool> NextAsync(bool isImpatient, CancellationToken stop)
    {
        while (true)
        {
            if (await WaitAsync(LookEvery, stop))
            {
                _seen = Look();
                return true;
            }

            byte[] now = Look();
            if (isImpatient || !now.AsSpan().SequenceEqual(_seen))
            {
                return await SettleAsync(now, stop);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hints?.Dispose();
        _asked.Dispose();
    }

    private async Task<bool> SettleAsync(byte[] now, CancellationToken stop)
    {
        for (int looks = 1; looks < LooksMax; looks++)
        {
            await Task.Delay(QuietFor, _clock, stop);
            byte[] again = Look();
            if (again.AsSpan().SequenceEqual(now))
            {
                break;
            }

            now = again;
        }

        _seen = now;
        return false;
    }

    /// <summary>Waits for a request, which is told by true, an event or the end of the time.</summary>
    private async Task<bool> WaitAsync(TimeSpan time, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _hints?.Reset();
        _hints?.Renew();
        Task asked = _asked.WaitAsync(ended.Token);
        Task? hint = _hints?.Next;
        Task end = Task.Delay(time, _clock, ended.Token);
        Task first = await Task.WhenAny(asked, hint ?? end, end);
        await ended.CancelAsync();

        // Safe: the wait was given up, or has been granted in the same moment; then it counts.
        await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();
        if (asked.IsCompletedSuccessfully)
        {
            return true;
        }

        if (first == hint)
        {
            // Other files of the folder may change all the time.
            await Task.Delay(QuietFor, _clock, stop);
        }

        return false;
    }

    /// <summary>What the files hold, or that they cannot be read.</summary>
    private byte[] Look()
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in _path is null ? _others : [_path, .. _others])
        {
            all.AppendData(Encoding.UTF8.GetBytes(path));
            all.AppendData(Bytes(path));
        }

        return all.GetHashAndReset();
    }

    private static byte[] Bytes(string path)
    {
        // What cannot be read is a state of the file like any other; whoever reads the settings says why.
        try
        {
            using Stream stream = Disk.OpenRead(path);
            byte[] bytes = new byte[Math.Min(stream.Length + 1, BytesMax)];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return SHA256.HashData(bytes.AsSpan(0, length));
        }
        catch (Exception unreadable) when (unreadable is StageException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Encoding.UTF8.GetBytes((unreadable.InnerException ?? unreadable).GetType().Name);
        }
    }
}
