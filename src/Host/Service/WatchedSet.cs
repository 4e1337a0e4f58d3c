using System.Collections.Immutable;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;

namespace Pipeline.Host.Service;

/// <summary>The watched folders and datasets of a daemon at one moment; another moment has another set.</summary>
/// <param name="Folders">The folders, each with its loop.</param>
/// <param name="Stores">The datasets that folders fill or studies look at, by name.</param>
internal sealed record WatchedSet(ImmutableArray<FolderLoop> Folders, ImmutableDictionary<string, DatasetStore> Stores)
{
    /// <summary>Nothing is watched.</summary>
    public static WatchedSet Nothing { get; } = new([], ImmutableDictionary.Create<string, DatasetStore>(StringComparer.Ordinal));
}

/// <summary>A watched folder with what ends its loop alone.</summary>
/// <param name="options">What is watched.</param>
/// <param name="inbox">The same, with limits.</param>
/// <param name="store">The dataset that its files join.</param>
internal sealed class FolderLoop(FolderOptions options, InboxOptions inbox, DatasetStore store) : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _cut = new();

    /// <summary>What is watched.</summary>
    public FolderOptions Options { get; } = options;

    /// <summary>The same, with limits.</summary>
    public InboxOptions Inbox { get; } = inbox;

    /// <summary>The dataset that its files join.</summary>
    public DatasetStore Store { get; } = store;

    /// <summary>The loop's name.</summary>
    public string Name => $"folder {Options.Name}";

    /// <summary>Signalled when no further file shall be taken.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Signalled when the file in hand must be left, too.</summary>
    public CancellationToken Cut => _cut.Token;

    /// <summary>Ends when the loop has ended.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;

    /// <summary>Ends the loop with the file in hand, which is cut off after a limit.</summary>
    public async Task EndAsync(TimeSpan limit)
    {
        await _stop.CancelAsync();
        _cut.CancelAfter(limit);
        await Ended;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _cut.Dispose();
    }
}
