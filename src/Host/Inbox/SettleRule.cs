using Pipeline.Engine.Storage;

namespace Pipeline.Host.Inbox;

/// <summary>The rule that a file is read when it has not changed for a while.</summary>
/// <remarks>
/// Only differences of the monotonic timestamp count, and times of files are compared for equality, so neither a clock that
/// is set nor a file from the future matters. Not safe for several threads; as many entries as files wait.
/// </remarks>
internal sealed class SettleRule(TimeProvider time)
{
    private readonly Dictionary<string, (FileStamp Stamp, long Since)> _waiting = new(StringComparer.Ordinal);

    /// <summary>Looks at a file; true once it has had this stamp for the whole period.</summary>
    public bool IsSettled(string path, FileStamp stamp, TimeSpan period)
    {
        long now = time.GetTimestamp();
        if (!_waiting.TryGetValue(path, out (FileStamp Stamp, long Since) before) || before.Stamp != stamp)
        {
            _waiting[path] = (stamp, now);
            return false;
        }

        return time.GetElapsedTime(before.Since, now) >= period;
    }

    /// <summary>Lets a file wait anew, or forgets one that is done.</summary>
    public void Restart(string path) => _waiting.Remove(path);

    /// <summary>Forgets all files but those that are there.</summary>
    public void Keep(IReadOnlySet<string> paths)
    {
        foreach (string path in _waiting.Keys.Where(p => !paths.Contains(p)).ToList())
        {
            _waiting.Remove(path);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => _waiting.Clear();
}
