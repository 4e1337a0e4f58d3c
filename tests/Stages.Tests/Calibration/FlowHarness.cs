using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>Runs a study through the real flow and turns its leaderboard into text, bit for bit.</summary>
internal static class FlowHarness
{
    public static readonly Study SmallStudy = new()
    {
        Response = "protein",
        Pretreatments = ["raw", "snv", "snv + sg(5,2,1)", "msc", "sg(5,2,1) + autoscale"],
        Models = ["pls(6)", "ridge(1e-3, 1e-5)"],
        Subsets = ["full", "top(8)", "region(50,25;1)", "region(50,25;2)", "regions(50,25;2)", "ranges(1150-1200, 1300 nm)"],
        Folds = "random(5, seed 3)",
        Predictions = Study.PredictionsMax,
    };

    public static async Task<FlowRun> RunAsync(
        SpectralChunk chunk, Study? study = null, int parallelism = 2, ArtifactCache? cache = null, Limits? limits = null)
    {
        limits ??= Limits.Default;
        BoundStudy bound = StudyBinding.Bind(study ?? SmallStudy, chunk);
        StudyPlan plan = StudyPlanner.Plan(bound.Study, bound.Set.Manifest, limits);
        var budget = new MemoryBudget(limits);
        var board = new LeaderboardBuilder(plan, bound.Study.Predictions);
        var flow = new CalibrationFlow(
            plan, _ => ValueTask.FromResult(bound.Set), cache ?? new ArtifactCache(limits, TimeProvider.System), budget, limits, parallelism, board);
        PipelineSummary summary = await flow.RunAsync(CancellationToken.None);
        return new FlowRun(plan, board.Finish(), summary, budget, flow);
    }

    /// <summary>Every number of a leaderboard as its bits.</summary>
    public static string Bits(Leaderboard board) => string.Join('\n', board.Rows.Select(row =>
        $"{row.Rank} {row.Candidate.Key} {row.Variables} {row.VariableCount} {row.Failure} "
        + string.Join(' ', row.Ranges.Select(range => Hex(range.FoldShare)))
        + $" {Hex(row.Metrics.Rmse)} {Hex(row.Metrics.RSquared)} {Hex(row.Metrics.Bias)} {Hex(row.Metrics.Rpd)} {Hex(row.FoldMetrics.RmseMean)}"))
        + '\n' + string.Join('\n', board.Predictions.Select(one => string.Join(' ', one.Select(Hex))));

    /// <summary>Out-of-fold predictions by candidate, samples in id order.</summary>
    public static Dictionary<Fingerprint, double[]> Predictions(Leaderboard board) =>
        board.Rows.Where(row => row.Rank > 0).ToDictionary(row => row.Candidate.Key, row => board.Predictions[row.Rank - 1].ToArray());

    private static string Hex(double value) => BitConverter.DoubleToUInt64Bits(value).ToString("x");
}

internal sealed record FlowRun(
    StudyPlan Plan, Leaderboard Board, PipelineSummary Summary, MemoryBudget Budget, CalibrationFlow Flow);
