using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Results;

/// <summary>What a result comes from, as JSON: what makes it again, and what differed on the way.</summary>
/// <remarks>
/// The first part names every input of the result: bytes of files, samples, study, folds with their membership, seeds, methods with
/// their versions. The second part changes no bit of a result: program, machine, times, memory, cache.
/// </remarks>
internal static class ProvenanceJson
{
    /// <summary>Files that are listed; of more their number and the digest over all.</summary>
    private const int InputsMax = 1000;

    /// <summary>Raised by one whenever a field changes its name or meaning.</summary>
    private const int FormatVersion = 1;

    /// <summary>The document of a result.</summary>
    public static string Of(RunResult result)
    {
        PreparedRun prepared = result.Prepared;
        StudyPlan plan = prepared.Plan;
        using var self = Process.GetCurrentProcess();
        return JsonText.Of(new
        {
            formatVersion = FormatVersion,
            run = prepared.Work.Key.ToString(),
            finished = result.Finished,
            inputs = new
            {
                from = Path.GetFullPath(prepared.Request.DataPath),
                count = prepared.Inputs.Length,
                key = KeyOf(prepared.Inputs).ToString(),
                files = prepared.Inputs.Take(InputsMax).Select(file => new { file.Role, file.Path, sha256 = file.Digest?.ToString(), file.LengthBytes }),
            },
            samples = new
            {
                key = plan.Manifest.Key.ToString(),
                spectraKey = plan.Manifest.SpectraKey.ToString(),
                response = plan.Manifest.Response,
                count = plan.Manifest.SampleCount,
                groups = plan.Manifest.GroupCount,
                variables = plan.Manifest.Axis.Count,
            },
            study = Study(prepared.Bound.Study),
            folds = new
            {
                scheme = plan.FoldScheme,
                count = plan.Folds.Count,
                key = plan.FoldsKey.ToString(),
                membership = MembershipOf(plan).ToString(),
            },
            seeds = new
            {
                folds = plan.FoldScheme,
                outerFolds = prepared.Judging.Outer?.Scheme,
                resamplesAndShuffles = plan.FoldsKey.ToString(),
                models = "in their notation, under methods",
            },
            methods = Methods([.. plan.Units.Values.Select(unit => unit.Description)]),
            plan = new
            {
                key = plan.Work.Key.ToString(),
                units = plan.Work.Units.Length,
                unitsWithJudging = prepared.Work.Units.Length,
                notes = plan.Notes.Concat(prepared.Judging.Notes),
            },
            candidates = plan.CandidateCount,
            program = typeof(ProvenanceJson).Assembly.GetName().Version?.ToString(3),
            code = new
            {
                version = typeof(ProvenanceJson).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
                runtime = RuntimeInformation.FrameworkDescription,
                system = RuntimeInformation.OSDescription,
                architecture = RuntimeInformation.ProcessArchitecture.ToString(),
                kernels = Kernels(),
            },
            threads = result.Threads,
            processors = Environment.ProcessorCount,
            restoredUnits = result.RestoredUnits,
            searchSeconds = result.Elapsed.TotalSeconds,
            phases = result.Phases.Select(phase => new { phase.Name, phase.Seconds }),
            predictedProcessorSeconds = prepared.Work.CpuSeconds,
            predictedProcessorSecondsOfTheSearch = plan.Work.CpuSeconds,
            processPeakBytes = self.PeakWorkingSet64,
            budgetBytes = prepared.Limits.BudgetBytesMax,
            reservedBytesPeak = result.ReservedBytesPeak,
            blocks = result.Summary.Steps.Select(Block),
            cache = new { result.Cache.Hits, result.Cache.Misses, result.Cache.Evictions, kinds = result.Cache.Kinds.Select(Kind) },
        });
    }

    private static object Study(Study study)
    {
        string document = StudyFile.Write(study);
        return new
        {
            key = new FingerprintBuilder("study", FormatVersion).Add("document", document).ToFingerprint().ToString(),
            document = JsonSerializer.Deserialize<JsonElement>(document),
        };
    }

    /// <summary>Which sample is in which fold, whatever made it so.</summary>
    private static Fingerprint MembershipOf(StudyPlan plan) => new FingerprintBuilder("fold membership", FormatVersion)
        .Add("ids", plan.Manifest.Ids)
        .Add("folds", plan.Folds.FoldOfSample)
        .ToFingerprint();

    /// <summary>The bytes of all files, in whatever order they came; such as are not known count by their path.</summary>
    private static Fingerprint KeyOf(ImmutableArray<InputFile> inputs) => new FingerprintBuilder("inputs", FormatVersion)
        .Add("digests", inputs.Select(file => file.Digest?.ToString() ?? file.Path).Order(StringComparer.Ordinal))
        .ToFingerprint();

    private static object Methods(UnitDescription[] units) => new
    {
        pretreatments = Versions(units.SelectMany(unit => unit.Steps)),
        subsets = Versions(units.SelectMany(unit => unit.Subsets)),
        models = Versions(units.Select(unit => unit.Family)),
        forms = units.SelectMany(unit => unit.Forms).Where(form => form.Length > 0).Distinct().Order(StringComparer.Ordinal),
    };

    private static IEnumerable<DescribedMethod> Versions(IEnumerable<DescribedMethod> methods) =>
        methods.Distinct().OrderBy(method => method.Notation, StringComparer.Ordinal);

    /// <summary>The body of the kernels that this machine takes; all give the same bits.</summary>
    private static string Kernels() => Vector512.IsHardwareAccelerated ? "512 bits" : Vector256.IsHardwareAccelerated ? "256 bits" : "portable";

    private static object Block(StepProgress block) => new { block.Name, block.In, block.Out, block.Failures, block.Capacity, block.Parallelism };

    private static object Kind(KindStatistics kind) => new { kind.Kind, kind.Hits, kind.HitsDisk, kind.Misses, kind.SavedSeconds };
}
