using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public class ArrivalFlowTests
{
    private static readonly SpectralChunk Spectra = TestChunks.Make(n: 40, p: 30, seed: 7);

    [Fact]
    public async Task RunAsync_ChunksTreatedOnArrival_AreNotTreatedAgainByTheStudy()
    {
        // Aim: a study over chunks finds every sample-wise step done, and its bits are those of one file.
        var cache = new ArtifactCache(Limits.Default, TimeProvider.System);
        SpectralChunk[] chunks = [Part(0, 15), Part(15, 16), Part(16, 40)];
        ImmutableArray<PretreatmentChain> chains = ArrivalFlow.ChainsOf(FlowHarness.SmallStudy, Spectra.Axis);
        Assert.Equal(["raw", "snv", "snv + sg(5,2,1)", "sg(5,2,1)"], chains.Select(chain => chain.Notation));

        int treated = await new ArrivalFlow(cache, new MemoryBudget(Limits.Default), Limits.Default).RunAsync(chunks, chains, CancellationToken.None);
        Assert.Equal(12, treated);
        KindStatistics before = cache.Statistics.Kinds.Single(kind => kind.Kind == "pretreated");

        BoundStudy bound = StudyBinding.Bind(FlowHarness.SmallStudy, Spectra);
        CalibrationSet set = bound.Set with { Pieces = [.. chunks.Select(chunk => Piece(chunk, bound.Set.Manifest))] };
        StudyPlan plan = StudyPlanner.Plan(bound.Study, set.Manifest, Limits.Default);
        var board = new LeaderboardBuilder(plan, bound.Study.Predictions);
        await new CalibrationFlow(
            plan, _ => ValueTask.FromResult(set), cache, new MemoryBudget(Limits.Default), Limits.Default, 2, board).RunAsync(CancellationToken.None);

        KindStatistics after = cache.Statistics.Kinds.Single(kind => kind.Kind == "pretreated");
        Assert.Equal(12, after.Hits - before.Hits - (plan.Units.Count - 4));
        Assert.Equal(4, after.Misses - before.Misses);
        Assert.Equal(FlowHarness.Bits((await FlowHarness.RunAsync(Spectra)).Board), FlowHarness.Bits(board.Finish()));
    }

    [Theory]
    [InlineData(FaultKind.WrongKind, 1, 12)]
    [InlineData(FaultKind.Cancellation, 2, 12)]
    [InlineData(FaultKind.WrongKind, 3, 8)]
    [InlineData(FaultKind.Stage, 1, 8)]
    public async Task RunAsync_FaultyChunk_IsTriedAgainAndLeftOutInTheEnd(FaultKind kind, int times, int treated)
    {
        // The first chunk meets all faults, since it is first again after every rebuild. An allowed failure is final.
        using var fault = new FaultPoint(kind, times);
        var budget = new MemoryBudget(Limits.Default);
        var flow = new ArrivalFlow(new ArtifactCache(Limits.Default, new FaultyClock(fault)), budget, Limits.Default);
        ImmutableArray<PretreatmentChain> chains = ArrivalFlow.ChainsOf(FlowHarness.SmallStudy, Spectra.Axis);
        Assert.Equal(treated, await flow.RunAsync([Part(0, 15), Part(15, 16), Part(16, 40)], chains, CancellationToken.None));
        Assert.Equal((times, 0), (fault.Strikes, budget.ReservedBytes));
    }

    private static SpectralChunk Part(int from, int to)
    {
        int[] rows = [.. Enumerable.Range(from, to - from).Reverse()];
        return TestChunks.Chunk([.. rows.Select(i => Spectra.Ids[i])], Spectra.X.SelectRows(rows), [.. rows.Select(i => Spectra.Responses[0].Values[i])]);
    }

    private static SpectraPiece Piece(SpectralChunk chunk, CalibrationManifest manifest) => new(
        PretreatedChunks.KeyOf(chunk),
        chunk.X,
        [.. Enumerable.Range(0, chunk.SampleCount)],
        [.. chunk.Ids.Select(id => manifest.Ids.IndexOf(id))]);
}
