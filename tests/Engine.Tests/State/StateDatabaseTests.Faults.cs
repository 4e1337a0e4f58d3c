using Microsoft.Data.Sqlite;
using Pipeline.Engine.State;
using Xunit;

namespace Pipeline.Engine.Tests.State;

// A disk that fails at a commit, a process that ends at one, a writer that is defective.
public sealed partial class StateDatabaseTests
{
    private const int DiskError = 10;
    private const int DiskFull = 13;

    [Theory]
    [InlineData(CommitPoint.BeforeCommit, DiskError, "Check the disk")]
    [InlineData(CommitPoint.BeforeCommit, DiskFull, "full")]
    [InlineData(CommitPoint.AfterCommit, DiskError, "Check the disk")]
    internal async Task Commit_DiskFails_TellsAllOfTheGroupAndGoesOn(CommitPoint where, int code, string word)
    {
        await using StateDatabase state = _harness.Open();
        await state.CommitAsync(transaction => StateHarness.Add(transaction, 1));
        bool fails = true;
        state.Probe = point =>
        {
            if (fails && point == where)
            {
                throw new SqliteException("injected", code);
            }
        };
        Task[] group = [.. Enumerable.Range(2, 3).Select(i => state.CommitSoonAsync(transaction => StateHarness.Add(transaction, i)))];
        foreach (Task change in group)
        {
            StageException told = await Assert.ThrowsAsync<StageException>(() => change);
            Assert.Equal(FailureKind.Storage, told.Kind);
            Assert.Contains(word, told.Message, StringComparison.Ordinal);
        }

        // Only a look at the file says what it has kept.
        Assert.InRange(state.Generation, 1, 3);
        Assert.Equal(where == CommitPoint.AfterCommit ? [1, 2, 3, 4] : [1], StateHarness.Ids(state));
        fails = false;
        await state.CommitAsync(transaction => StateHarness.Add(transaction, 5));
        Assert.Contains(5, StateHarness.Ids(state));
    }

    [Fact]
    public async Task Commit_DefectOfTheWriter_IsToldToEverybodyAndNobodyWaits()
    {
        StateDatabase state = _harness.Open();
        state.Probe = _ => throw new InvalidOperationException("a defect");
        Task first = state.CommitSoonAsync(transaction => StateHarness.Add(transaction, 1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.WaitAsync(TimeSpan.FromSeconds(10)));
        InvalidOperationException later = await Assert.ThrowsAsync<InvalidOperationException>(
            () => state.CommitAsync(_ => { }).WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("a defect", later.InnerException!.Message);
        await state.DisposeAsync();
        await using StateDatabase again = _harness.Open();
        Assert.Empty(StateHarness.Ids(again));
        Assert.False(again.WasClosedCleanly);
        Assert.Contains("recovered", StateHarness.Kinds(again));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Commit_RandomFaultsAndEnds_KeepsWhatItSaidItKept(int seed)
    {
        // Aim: what a caller was told is durable is there, what failed before the commit is not, and no group is there in part.
        // Method: 40 lives of a database with random changes; each life ends by a defect at a random commit point.
        var random = new Random(seed);
        HashSet<long> durable = [];
        long next = 0;
        for (int life = 0; life < 40; life++)
        {
            StateDatabase state = _harness.Open(random.Next(2) == 0 ? Limits.Tiny : Limits.Default);
            Assert.Equal(durable.Order(), StateHarness.Ids(state));
            int left = random.Next(1, 12);
            bool endsAfter = random.Next(2) == 0;
            List<long>? group = null;
            state.Probe = point =>
            {
                if (--left == 0)
                {
                    endsAfter = point == CommitPoint.AfterCommit;
                    throw random.Next(3) == 0 ? new InvalidOperationException("the end") : new SqliteException("injected", DiskError);
                }
            };
            while (left > 0)
            {
                group = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => next++)];
                long[] members = [.. group];

                // One change of several rows: it is there whole, or not at all.
                Task change = state.CommitAsync(transaction =>
                {
                    foreach (long id in members)
                    {
                        StateHarness.Add(transaction, id);
                    }
                });
                await change.ContinueWith(_ => { }, TaskScheduler.Default);
                if (change.IsCompletedSuccessfully || (left == 0 && endsAfter))
                {
                    durable.UnionWith(group);
                }
            }

            await state.DisposeAsync();
        }

        await using StateDatabase last = _harness.Open();
        Assert.Equal(durable.Order(), StateHarness.Ids(last));
    }
}
