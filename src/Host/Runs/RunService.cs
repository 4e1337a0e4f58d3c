using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Engine.Cores;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Host.Configuration;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Runs;

/// <summary>The application's work as methods; every command calls these and nothing below them.</summary>
public sealed class RunService
{
    /// <summary>
    /// What a sample takes in memory while its spectrum stays on the disk: id and group, reference, place, fold, and what sorting them
    /// takes.
    /// </summary>
    private const long DiskSampleBytes = 256;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(200);

    private readonly ILogger<RunService> _log;
    private readonly TimeProvider _clock;

    /// <summary>The service.</summary>
    public RunService(ILogger<RunService> log, TimeProvider clock)
    {
        _log = log;
        _clock = clock;
    }

    /// <summary>Reads the data, binds the study and plans it; runs nothing.</summary>
    /// <exception cref="StageException">The data, the study, the output folder or the budget do not allow the search.</exception>
    public PreparedRun Prepare(SearchRequest request, PipelineOptions options)
    {
        if (request.OutputPath is { } folder)
        {
            ResultFiles.RefuseUnwritable(folder);
        }

        long start = _clock.GetTimestamp();
        (SpectralReading reading, Fingerprint digest) = SpectraFiles.Read(request.DataPath, request.Reading, options.MemoryBytes);
        RefuseTwoSplits(request);
        SampleSets? sets = request.SplitPath is null ? null : SampleSets.Read(request, reading.Chunk);
        HoldOutSets? chosen = HoldOutSets.Of(request.Study, reading.Chunk);
        Func<string, bool>? calibrates = sets is not null ? sets.IsCalibration : chosen is not null ? chosen.IsCalibration : null;
        Func<string, bool>? tests = sets is not null ? sets.IsTest : chosen is not null ? chosen.IsTest : null;
        BoundStudy bound = StudyBinding.Bind(request.Study, reading.Chunk, calibrates);
        TestSet? test = tests is null ? null : TestSet.Bind(request.Study, reading.Chunk, bound.Set, tests);
        Limits limits = LimitsOf(options, bound.Set.SizeBytes + (test?.X.SizeBytes ?? 0) + PredictionBytes(bound));
        TimeSpan read = _clock.GetElapsedTime(start);
        PreparedRun prepared = Plan(request, digest, reading.Report, bound, test, limits);
        return prepared with
        {
            HoldOut = chosen,
            Inputs = [SpectraOf(request, digest), .. sets is null ? (InputFile[])[] : [sets.File]],
            Phases = [new PhaseTime("read", read.TotalSeconds), .. prepared.Phases],
        };
    }

    /// <summary>The same, also of a file whose spectra are larger than memory and stay on the disk.</summary>
    /// <exception cref="StageException">As <see cref="Prepare"/>.</exception>
    public async Task<PreparedRun> PrepareAsync(SearchRequest request, PipelineOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        if (SpectraFiles.ReadOnDisk(request.DataPath, request.Reading, options.MemoryBytes) is not { } reading)
        {
            return Prepare(request, options);
        }

        if (request.SplitPath is not null || request.Study.Holdout is not null)
        {
            string what = request.SplitPath is null ? "holdout" : "--split";
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{what} does not work with spectra that are larger than memory. Write the calibration samples to a file of their own, "
                + "and predict the others with 'pipeline predict'.");
        }

        if (request.OutputPath is { } folder)
        {
            ResultFiles.RefuseUnwritable(folder);
        }

        long start = _clock.GetTimestamp();
        long sampleBytes = reading.Chunk.SampleCount * (DiskSampleBytes + (sizeof(double) * (long)StudyMethods.Of(request.Study).PredictionsKept));
        Limits limits = LimitsOf(options, sampleBytes);
        (BoundStudy bound, ReadingReport report) = await BindAsync(request, reading, options, cancellation);

        // This goes on above the frames of the last read, which hold all that binding held, 40 bytes for each sample, as long
        // as nothing lets them end.
        await Task.Yield();
        TimeSpan read = _clock.GetElapsedTime(start);
        PreparedRun prepared = Plan(request, bound.Set.Manifest.SpectraKey, report, bound, test: null, limits);
        return prepared with
        {
            Inputs = [SpectraOf(request, digest: null)],
            Phases = [new PhaseTime("read", read.TotalSeconds), .. prepared.Phases],
        };
    }

    /// <summary>Plans a study whose samples are bound already; runs nothing.</summary>
    public PreparedRun Plan(
        SearchRequest request, Fingerprint dataDigest, ReadingReport report, BoundStudy bound, TestSet? test, Limits limits)
    {
        long start = _clock.GetTimestamp();
        StudyPlan plan = ClippedValues.AddTo(StudyPlanner.Plan(request.Study, bound.Set.Manifest, limits, bound.Set.OnDisk), bound.Set);
        var judging = JudgingPlan.Of(bound.Study, bound.Set, plan, limits);
        var prepared = new PreparedRun(request, dataDigest, report, bound, test, plan, limits)
        {
            Judging = judging,
            Work = Engine.Planning.Plan.Of(plan.Work.Units.Concat(judging.Searches.SelectMany(search => search.Plan.Work.Units)), limits),
        };
        prepared.Work.RefuseWhatCannotFit(limits.BudgetBytesMax);
        _log.Planned(plan.CandidateCount, prepared.Work.Units.Length, prepared.Work.CpuSeconds);
        return prepared with { Phases = [new PhaseTime("plan", _clock.GetElapsedTime(start).TotalSeconds)] };
    }

    /// <summary>Runs a prepared search in memory of its own.</summary>
    public async Task<RunResult> SearchAsync(
        PreparedRun prepared, PipelineOptions options, IProgress<RunProgress>? progress, CancellationToken cancellation)
    {
        await using RunMemory memory = RunMemory.Within(prepared.Limits, options.Threads, _clock);
        return await SearchAsync(prepared, options, memory, progress, ledger: null, onRestored: null, cancellation);
    }

    /// <summary>Begins to keep the finished units of a prepared search in a folder, or goes on with those kept there.</summary>
    /// <exception cref="StageException">The folder is in use, damaged or cannot be written.</exception>
    public Task<KeptSearch> KeepAsync(PreparedRun prepared, PipelineOptions options, string folder) =>
        KeptSearch.OpenAsync(folder, prepared, options.Threads, _clock);

    /// <summary>Runs a prepared search to its ranking and refits the candidates one would use.</summary>
    /// <param name="prepared">The search.</param>
    /// <param name="options">Threads.</param>
    /// <param name="memory">Cache, budget and cores.</param>
    /// <param name="progress">Told how far the search is.</param>
    /// <param name="ledger">Remembers units across runs; as long as the process lives if null.</param>
    /// <param name="onRestored">Told once how many units were known from an earlier run.</param>
    /// <param name="cancellation">Ends the search; what the ledger has is kept.</param>
    /// <param name="drain">Ends the search once the units in work are finished and kept.</param>
    public async Task<RunResult> SearchAsync(
        PreparedRun prepared,
        PipelineOptions options,
        RunMemory memory,
        IProgress<RunProgress>? progress,
        IUnitLedger? ledger,
        Action<int>? onRestored,
        CancellationToken cancellation,
        CancellationToken drain = default)
    {
        CalibrationSet samples = prepared.Bound.Set;
        ReturnGarbage(samples);
        var flows = new RunFlows(prepared, options, memory, ledger, _clock, rebuild => _log.FlowRebuilt(rebuild.Why, rebuild.Number));
        _log.SearchStarted(prepared.Plan.CandidateCount, prepared.Work.Units.Length, samples.Manifest.SampleCount);
        long start = _clock.GetTimestamp();
        Task<PipelineSummary> running = flows.RunAsync(onRestored, cancellation, drain);
        while (!running.IsCompleted)
        {
            progress?.Report(flows.Progress(_clock.GetElapsedTime(start)));
            await Task.WhenAny(running, Task.Delay(ProgressEvery, _clock, CancellationToken.None));
        }

        // Also of a search that was stopped: whoever stops it wants to know how far it came.
        progress?.Report(flows.Progress(_clock.GetElapsedTime(start)));
        PipelineSummary summary = await running;
        ReturnGarbage(samples);
        TimeSpan computed = _clock.GetElapsedTime(start);
        Leaderboard leaderboard = flows.Conclude(cancellation);
        TimeSpan elapsed = _clock.GetElapsedTime(start);
        _log.SearchFinished(prepared.Plan.CandidateCount, elapsed.TotalSeconds);
        IReadOnlyList<ChosenCandidate> chosen = await ChosenRefits.OfAsync(prepared, leaderboard, flows.Main, cancellation);
        return new RunResult(
            prepared,
            leaderboard,
            chosen,
            summary,
            memory.Cache.Statistics,
            memory.Budget.ReservedBytesPeak,
            elapsed,
            options.Threads,
            flows.RestoredUnits)
        {
            Phases =
            [
                .. prepared.Phases,
                .. flows.Phases,
                new PhaseTime("rank and judge", (elapsed - computed).TotalSeconds),
                new PhaseTime("refit", (_clock.GetElapsedTime(start) - elapsed).TotalSeconds),
            ],
            Finished = _clock.GetUtcNow(),
        };
    }

    /// <summary>Saves one of the chosen candidates, refitted on all calibration samples, and says so.</summary>
    /// <remarks>A candidate that cannot be saved costs nothing but the model: the ranking stands.</remarks>
    /// <exception cref="StageException">The folder cannot be written.</exception>
    public string SaveModel(RunResult result, ModelChoice choice, string folder)
    {
        string outcome = ModelSaving.Save(result, choice, folder);
        _log.ModelSaved(outcome);
        return outcome;
    }

    /// <summary>Predicts the spectra of a file by a saved model.</summary>
    /// <exception cref="StageException">The file, the model or their axes do not allow it.</exception>
    public PredictResult Predict(PredictRequest request, PipelineOptions options)
    {
        PredictResult result = PredictionRun.Run(request, options.MemoryBytes);
        _log.Predicted(result.Rows.Length, result.ModelName);
        return result;
    }

    /// <summary>Gives back what reading, binding and passes have left behind, where spectra that do not fit into memory are searched.</summary>
    private static void ReturnGarbage(CalibrationSet samples)
    {
        if (samples.OnDisk is not null)
        {
            RunMemory.ReturnGarbage();
        }
    }

    private static void RefuseTwoSplits(SearchRequest request)
    {
        if (request.SplitPath is not null && request.Study.Holdout is { } scheme)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"--split names the test samples, and the study's \"holdout\" ('{scheme}') would choose others. Leave one of them out.");
        }
    }

    private static InputFile SpectraOf(SearchRequest request, Fingerprint? digest) =>
        new("spectra", Path.GetFullPath(request.DataPath), digest, new FileInfo(request.DataPath).Length);

    /// <summary>Bytes of the held-out predictions that a search keeps.</summary>
    private static long PredictionBytes(BoundStudy bound) =>
        sizeof(double) * (long)bound.Set.Manifest.SampleCount * bound.Set.Manifest.OutputCount * bound.Methods.PredictionsKept;

    private static async Task<(BoundStudy Bound, ReadingReport Report)> BindAsync(
        SearchRequest request, DiskReading reading, PipelineOptions options, CancellationToken cancellation)
    {
        try
        {
            using var cores = new CorePool(options.Threads);
            BoundStudy bound = await StudyBinding.BindAsync(request.Study, reading, cores.Run, cancellation);
            return (bound, Report(reading, bound.Set, options));
        }
        catch (StageException refused)
        {
            throw new StageException(refused.Kind, $"{Path.GetFileName(request.DataPath)}: {refused.Message}", refused) { Place = refused.Place };
        }
    }

    private static ReadingReport Report(DiskReading reading, CalibrationSet samples, PipelineOptions options)
    {
        SpectraOnDisk spectra = samples.OnDisk!;
        string stay = $"{reading.Report.Form}; the spectra stay on the disk: as doubles they take "
            + $"{ByteSize.Format((long)spectra.SampleCount * spectra.VariableCount * sizeof(double))}, more than a quarter of the memory "
            + $"({ByteSize.Format(options.MemoryBytes)})";

        // About speed, not about results: a warning would stand in the report, which does not depend on the order of rows.
        const string Unsorted = "; the samples do not lie in the order of their ids, so each spectrum is fetched from its place, which is "
            + "slower: sort the file by id";
        return reading.Report with { Form = spectra.IsInFileOrder ? stay : stay + Unsorted };
    }

    /// <summary>What the samples take is gone; half of the rest is for cached intermediates, half for units in work.</summary>
    internal static Limits LimitsOf(PipelineOptions options, long sampleBytes)
    {
        long half = (options.MemoryBytes - sampleBytes) / 2;
        if (half <= 0)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"The samples, with the predictions that the study keeps of them, take {ByteSize.Format(sampleBytes)}; the memory budget is "
                    + $"{ByteSize.Format(options.MemoryBytes)}. "
                + "Raise --memory, search fewer samples, or lower the study's field 'predictions'.");
        }

        return options.LimitsFor(half, half);
    }
}
