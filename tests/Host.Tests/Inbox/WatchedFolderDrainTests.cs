using Pipeline.Host.Datasets;
using Xunit;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>A watched folder that is told to stop: the file in hand is finished, the next is not begun.</summary>
public sealed class WatchedFolderDrainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task RunAsync_StoppedWithinAFile_FinishesItAndTakesNoOther()
    {
        using var stop = new CancellationTokenSource();
        var outcomes = new List<IngestOutcome>();
        using var harness = new InboxHarness(change: options => options with
        {
            // The stop comes while the file is in hand: its bytes are safe, the rest of the way is not done.
            ReserveAsync = async (_, _) =>
            {
                await stop.CancelAsync();
                return new MemoryStream();
            },
            GroupFilesMax = 1,
            IngestedAsync = taken =>
            {
                outcomes.AddRange(taken);
                return ValueTask.CompletedTask;
            },
        });
        await PutTwoAsync(harness);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => harness.Folder.RunAsync(heartbeat: null, stop.Token, CancellationToken.None).WaitAsync(Patience));
        Assert.Equal("a.csv", Path.GetFileName(Assert.Single(outcomes).Path));
        Assert.Single(harness.Manifest.Chunks);
        Assert.Empty(harness.Folder.InHand);
    }

    [Fact]
    public async Task RunAsync_CutWithinAFile_NamesItAndTheNextScanTakesIt()
    {
        using var cut = new CancellationTokenSource();
        bool isFirst = true;
        using var harness = new InboxHarness(change: options => options with
        {
            GroupFilesMax = 1,
            ReserveAsync = async (_, cancellation) =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    await cut.CancelAsync();
                    cancellation.ThrowIfCancellationRequested();
                }

                return new MemoryStream();
            },
        });
        await PutTwoAsync(harness);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => harness.Folder.RunAsync(heartbeat: null, cut.Token, cut.Token).WaitAsync(Patience));
        Assert.Equal(harness.PathOf("a.csv"), Assert.Single(harness.Folder.InHand));
        Assert.Empty(harness.Manifest.Chunks);

        await harness.SettleAsync();
        Assert.Equal(2, harness.Manifest.Chunks.Length);
        Assert.Empty(harness.Folder.InHand);
    }

    private static async Task PutTwoAsync(InboxHarness harness)
    {
        harness.Put("a.csv", InboxHarness.Table(0, 4));
        harness.Put("b.csv", InboxHarness.Table(4, 4));
        await harness.Folder.ScanAsync();
        harness.Time.Advance(InboxHarness.Quiet);
    }
}
