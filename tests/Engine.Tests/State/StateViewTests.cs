using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Xunit;

namespace Pipeline.Engine.Tests.State;

/// <summary>A look from outside sees what is committed, and leaves the writer and the file alone.</summary>
public sealed class StateViewTests : IDisposable
{
    private readonly StateHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Open_WhileAnotherWrites_SeesOneMomentAndHindersNobody()
    {
        await using StateDatabase state = _harness.Open();
        RunLedger run = await BeginAsync(state);
        await run.CompleteUnitAsync(Key(1), new byte[10], 0.5, new byte[] { 1, 2, 3 });
        using (StateView view = StateView.Open(_harness.File))
        {
            await run.CompleteUnitAsync(Key(2), new byte[10], 0.5);
            await run.FailUnitAsync(Key(3), isPoison: false, "no variance", new byte[] { 9 });
            Assert.Empty(view.Units(Key(2)));
            Assert.Equal([1, 2, 3], Assert.Single(view.Units(Key(1))).Description);
            RecordedResult result = view.Result(Key(1))!;
            Assert.Equal((10, 0.5, 1, "0.1.0", false), (result.LengthBytes, result.Seconds, result.Epoch, result.Program, result.IsFile));
            RecordedRun recorded = Assert.Single(view.Runs());
            Assert.Equal(("a", "of wheat", 1, 3), (recorded.Study, recorded.About, recorded.EndedUnits, recorded.UnitCount));
        }

        using StateView later = StateView.Open(_harness.File);
        Assert.Single(later.Units(Key(2)));
        Assert.Equal("no variance", Assert.Single(later.Units(Key(3))).Failure);
        List<Fingerprint> described = [];
        later.ScanDescriptions((key, _) => described.Add(key));
        Assert.Equal(new[] { Key(1), Key(3) }.Order(), described.Order());
    }

    [Fact]
    public async Task Open_NobodyElse_LeavesTheFileAsItIs()
    {
        await using (StateDatabase state = _harness.Open())
        {
            await (await BeginAsync(state)).CompleteUnitAsync(Key(1), new byte[10], 0.5);
        }

        byte[] before = SHA256.HashData(await File.ReadAllBytesAsync(_harness.File));
        using (StateView view = StateView.Open(_harness.File))
        {
            Assert.Single(view.Units(Key(1)));
        }

        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(_harness.File)));
        await using StateDatabase again = _harness.Open();
        Assert.True(again.WasClosedCleanly);
    }

    [Fact]
    public async Task UnitKeys_Bounds_AreBothIncluded()
    {
        await using StateDatabase state = _harness.Open();
        RunLedger run = await BeginAsync(state);
        Fingerprint[] keys = [.. Enumerable.Range(1, 5).Select(Key).Order()];
        await Task.WhenAll(keys.Select(key => run.CompleteUnitAsync(key, new byte[1], 0)));
        using StateView view = StateView.Open(_harness.File);
        Assert.Equal(keys[1..4], view.UnitKeys(keys[1], keys[3], 10));
        Assert.Equal(keys[1..3], view.UnitKeys(keys[1], keys[3], 2));
    }

    [Fact]
    public async Task Open_NoneOrForeign_IsRefusedWithTheReason()
    {
        Assert.Contains("no state database", Assert.Throws<StageException>(() => StateView.Open(_harness.File)).Message, StringComparison.Ordinal);
        await using (StateDatabase state = _harness.Open())
        {
            await state.CommitAsync(transaction => transaction.Execute("UPDATE part SET version = 99 WHERE name = 'engine'"));
        }

        Assert.Contains("version 99", Assert.Throws<StageException>(() => StateView.Open(_harness.File)).Message, StringComparison.Ordinal);
        string foreign = Path.Combine(_harness.Root, "foreign.db");
        using (var other = new SqliteConnection($"Data Source={foreign};Pooling=False"))
        {
            other.Open();
            using SqliteCommand command = other.CreateCommand();
            command.CommandText = "CREATE TABLE a (b)";
            command.ExecuteNonQuery();
        }

        Assert.Contains("another program", Assert.Throws<StageException>(() => StateView.Open(foreign)).Message, StringComparison.Ordinal);
    }

    private Task<RunLedger> BeginAsync(StateDatabase state) => RunLedger.BeginAsync(
        state, new ResultStore(state, _harness.Storage, Limits.Default), "a", Key(100), 3, "", Limits.Default, "of wheat");

    private static Fingerprint Key(int number) => Fingerprint.OfBytes(BitConverter.GetBytes(number));
}
