namespace Pipeline.Host.Platform;

/// <summary>A file whose time says when the daemon last made progress, for whoever can run a command beside it.</summary>
/// <remarks>
/// Touched every <see cref="Period"/> while all loops make progress. Only its time counts, so it needs no space and survives a full
/// disk. It may be deleted at any moment.
/// </remarks>
internal static class LifeSign
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "alive";

    /// <summary>Time between two signs.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>Gives signs until the end.</summary>
    /// <param name="dataPath">The data folder.</param>
    /// <param name="makesProgress">Whether all loops do.</param>
    /// <param name="clock">Time.</param>
    /// <param name="end">Ends it.</param>
    public static async Task GiveAsync(string dataPath, Func<bool> makesProgress, TimeProvider clock, CancellationToken end)
    {
        await Task.Yield();
        string path = Path.Combine(dataPath, FileName);
        using var timer = new PeriodicTimer(Period, clock);

        // The end is an end and no failure.
        try
        {
            do
            {
                if (makesProgress())
                {
                    Touch(path, clock);
                }
            }
            while (await timer.WaitForNextTickAsync(end));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
        }
    }

    /// <summary>Time since the last sign, or null where there has been none.</summary>
    public static TimeSpan? Age(string dataPath, TimeProvider clock)
    {
        var file = new FileInfo(Path.Combine(dataPath, FileName));
        return file.Exists ? clock.GetUtcNow() - file.LastWriteTimeUtc : null;
    }

    private static void Touch(string path, TimeProvider clock)
    {
        // Safe: a sign that cannot be given is missed by whoever looks for it, as it should be.
        try
        {
            using FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            File.SetLastWriteTimeUtc(file.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
        }
    }
}
