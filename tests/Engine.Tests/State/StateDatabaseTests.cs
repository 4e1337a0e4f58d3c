using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.State;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Engine.Tests.State;

/// <summary>The database: durable in groups, one writer, honest about a disk that fails.</summary>
public sealed partial class StateDatabaseTests(ITestOutputHelper output) : IDisposable
{
    private readonly StateHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Commit_ThenReopen_FindsTheChange()
    {
        await using (StateDatabase state = _harness.Open())
        {
            await state.CommitAsync(transaction => StateHarness.Add(transaction, 1));
            Assert.Equal([1], StateHarness.Ids(state));
        }

        await using StateDatabase again = _harness.Open();
        Assert.Equal([1], StateHarness.Ids(again));
        Assert.True(again.WasClosedCleanly);
        Assert.Equal(2, again.Epoch);
    }

    [Fact]
    public async Task Commit_ChangeThatThrows_TellsItsCallerAndHarmsNoOther()
    {
        await using StateDatabase state = _harness.Open();
        Task[] changes =
        [
            state.CommitSoonAsync(transaction => StateHarness.Add(transaction, 1)),
            state.CommitSoonAsync(transaction =>
            {
                StateHarness.Add(transaction, 2);
                throw new InvalidOperationException("a defect");
            }),
            state.CommitSoonAsync(transaction => StateHarness.Add(transaction, 1)),
            state.CommitSoonAsync(transaction => StateHarness.Add(transaction, 3)),
        ];
        await changes[0];
        await changes[3];
        Assert.Equal("a defect", (await Assert.ThrowsAsync<InvalidOperationException>(() => changes[1])).Message);
        await Assert.ThrowsAsync<SqliteException>(() => changes[2]);
        Assert.Equal([1, 3], StateHarness.Ids(state));
    }

    [Fact]
    public async Task Commit_FromManyThreads_RunsOneAtATimeAndLosesNone()
    {
        await using StateDatabase state = _harness.Open(Limits.Default with { CommitQueueMax = 4 });
        int inside = 0;
        int most = 0;
        long counter = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), async (_, _) =>
        {
            for (int i = 0; i < 50; i++)
            {
                await state.CommitAsync(transaction =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref inside));
                    StateHarness.Add(transaction, ++counter);
                    Interlocked.Decrement(ref inside);
                });
            }
        });
        Assert.Equal(1, most);
        Assert.Equal(800, StateHarness.Ids(state).Count);
    }

    [Fact]
    public async Task CommitSoon_ManyAtOnce_SharesCommits()
    {
        await using StateDatabase state = _harness.Open();
        int commits = 0;
        state.Probe = point => commits += point == CommitPoint.AfterCommit ? 1 : 0;
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => state.CommitSoonAsync(transaction => StateHarness.Add(transaction, i))));

        // At most a hundred changes share one; a machine that stalls between two changes makes some groups smaller.
        Assert.InRange(commits, 10, 100);
        StateStatistics done = state.Statistics;
        Assert.Equal((commits, 1000, 0, 0), (done.Commits, done.Changes, done.FailedCommits, done.WaitingChanges));
        Assert.True(done.CommitSeconds > 0 && done.FileBytes > 0);
    }

    [Fact]
    public async Task Read_DuringAWrite_SeesTheStateBefore()
    {
        await using StateDatabase state = _harness.Open();
        await state.CommitAsync(transaction => StateHarness.Add(transaction, 1));
        List<long> seen = [];
        state.Probe = point =>
        {
            if (point == CommitPoint.BeforeCommit)
            {
                seen = StateHarness.Ids(state);
            }
        };
        await state.CommitAsync(transaction => StateHarness.Add(transaction, 2));
        Assert.Equal([1], seen);
        Assert.Equal([1, 2], StateHarness.Ids(state));
    }

    [Fact]
    public async Task Read_CannotWrite()
    {
        await using StateDatabase state = _harness.Open();
        Assert.Throws<StageException>(() => state.Read(reader => reader.Query("DELETE FROM note RETURNING id", row => row.Number(0))));
    }

    [Fact]
    public async Task Open_FileInUse_IsRefused()
    {
        await using StateDatabase state = _harness.Open();
        StageException refused = Assert.Throws<StageException>(() => _harness.Open());
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is a text and no database, whatever its name says; it is long enough to have a header", "damaged")]
    public void Open_NoDatabase_IsRefusedAndLeftAlone(string content, string word)
    {
        File.WriteAllText(_harness.File, content);
        StageException refused = Assert.Throws<StageException>(() => _harness.Open());
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(_harness.File));
    }

    [Fact]
    public void Open_DatabaseOfAnotherProgram_IsRefused()
    {
        using (var connection = new SqliteConnection($"Data Source={_harness.File};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE theirs (id INTEGER)";
            command.ExecuteNonQuery();
        }

        Assert.Contains("another program", Assert.Throws<StageException>(() => _harness.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_BeyondTheLimit_PushesOutTheOldest()
    {
        await using StateDatabase state = _harness.Open(Limits.Default with { EventsMax = 5 });
        for (int i = 0; i < 20; i++)
        {
            await state.CommitAsync(transaction => transaction.Tell("counted", $"{i}", "text"));
        }

        Assert.Equal(
            ["15", "16", "17", "18", "19"],
            state.Read(reader => reader.Query("SELECT subject FROM event ORDER BY seq", row => row.Text(0))));
    }

    [Fact]
    public async Task Dispose_WithChangesWaiting_CommitsThem()
    {
        StateDatabase state = _harness.Open();
        Task[] waiting = [.. Enumerable.Range(0, 50).Select(i => state.CommitSoonAsync(transaction => StateHarness.Add(transaction, i)))];
        await state.DisposeAsync();
        await Task.WhenAll(waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => state.CommitAsync(_ => { }));
        await using StateDatabase again = _harness.Open();
        Assert.Equal(50, StateHarness.Ids(again).Count);
    }

    [Fact]
    [Trait("speed", "slow")]
    public async Task Open_WithAMillionUnits_IsReadyWithinTenSeconds()
    {
        await using (StateDatabase state = _harness.Open())
        {
            await state.CommitAsync(transaction => transaction.Execute(
                """
                WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1000000)
                INSERT INTO unit (run, key, state, deaths, epoch) SELECT n % 4, randomblob(32), CASE WHEN n % 1000 = 0 THEN 1 ELSE 2 END, 0, 1 FROM i
                """));
            await state.CommitAsync(transaction => transaction.Execute(
                "INSERT INTO result (key, digest, length, seconds, epoch, time, body) SELECT key, key, 64, 0.001, 1, 0, randomblob(64) FROM unit"));
            state.Probe = _ => throw new InvalidOperationException("the process ends here");
            await Assert.ThrowsAsync<InvalidOperationException>(() => state.CommitAsync(_ => { }));
        }

        long bytes = new FileInfo(_harness.File).Length;
        var watch = Stopwatch.StartNew();
        await using StateDatabase again = _harness.Open();
        int waiting = again.Read(reader => reader.First("SELECT count(*) FROM unit WHERE state = 0 AND deaths = 1", row => (int)row.Number(0), 0));
        watch.Stop();
        output.WriteLine($"recovery with 1,000,000 units: {watch.Elapsed.TotalSeconds:0.00} s, {bytes >> 20} MiB");
        Assert.Equal(1000, waiting);
        Assert.False(again.WasClosedCleanly);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }
}
