using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Xunit;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>The way into datasets beside the folders, when the daemon stops.</summary>
public sealed class IntakeDoorTests
{
    [Fact]
    public async Task EmptyAsync_CutWhileDataAreAlreadySafe_NamesNothing()
    {
        using var inbox = new InboxHarness();
        using var disk = new DiskGuard(inbox.Storage, inbox.Root, 1, TimeProvider.System);
        var joined = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        using var door = new IntakeDoor(
            () => new Dictionary<string, DatasetStore> { ["corn"] = inbox.Store },
            new MemoryBudget(Limits.Default),
            disk,
            1 << 20,
            async _ =>
            {
                joined.SetResult();
                await goOn.Task;
            },
            TimeProvider.System);
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(InboxHarness.Table(0, 2)));
        Task<IngestOutcome> taking = door.TakeAsync("corn", bytes, "a.csv", isKeptWhenRefused: true);
        await joined.Task;
        using var cut = new CancellationTokenSource();
        Task<IReadOnlyList<string>> emptied = door.EmptyAsync(cut.Token);
        await cut.CancelAsync();
        goOn.SetResult();
        Assert.Equal(IngestKind.Spectra, (await taking).Kind);
        Assert.Empty(await emptied);
    }

    [Fact]
    public async Task EmptyAsync_CutBeforeDataAreSafe_NamesTheirDataset()
    {
        using var inbox = new InboxHarness();
        using var disk = new DiskGuard(inbox.Storage, inbox.Root, 1, TimeProvider.System);
        using var cut = new CancellationTokenSource();
        IntakeDoor? self = null;
        Task<IReadOnlyList<string>>? emptied = null;
        using var door = new IntakeDoor(
            () =>
            {
                // Whoever has asked for the dataset is in hand, and has copied nothing yet.
                emptied = self!.EmptyAsync(cut.Token);
                cut.Cancel();
                return new Dictionary<string, DatasetStore> { ["corn"] = inbox.Store };
            },
            new MemoryBudget(Limits.Default),
            disk,
            1 << 20,
            _ => ValueTask.CompletedTask,
            TimeProvider.System);
        self = door;
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(InboxHarness.Table(0, 2)));
        await Assert.ThrowsAsync<IntakeObstacleException>(() => door.TakeAsync("corn", bytes, "a.csv", isKeptWhenRefused: true));
        Assert.Contains("'corn'", Assert.Single(await emptied!), StringComparison.Ordinal);
    }
}
