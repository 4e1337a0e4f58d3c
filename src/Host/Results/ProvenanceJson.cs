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
    public static string Of(RunResult result) => JsonText.Of(json => Document(json, result));

    private static void Document(Utf8JsonWriter json, RunResult result)
    {
        PreparedRun prepared = result.Prepared;
        StudyPlan plan = prepared.Plan;
        json.WriteNumber("formatVersion", FormatVersion);
        json.WriteString("run", prepared.Work.Key.ToString());
        json.WriteString("finished", result.Finished);
        json.WriteObject("inputs", () => Inputs(json, prepared));
        json.WriteObject("samples", () => Samples(json, plan.Manifest));
        json.WriteObject("study", () => Study(json, prepared.Bound.Study));
        json.WriteObject("folds", () =>
        {
            json.WriteString("scheme", plan.FoldScheme);
            json.WriteNumber("count", plan.Folds.Count);
            json.WriteString("key", plan.FoldsKey.ToString());
            json.WriteString("membership", MembershipOf(plan).ToString());
        });
        json.WriteObject("seeds", () =>
        {
            json.WriteString("folds", plan.FoldScheme);
            json.WriteString("outerFolds", prepared.Judging.Outer?.Scheme);
            json.WriteTexts("repeats", prepared.Judging.Repeats?.Searches.Select(search => search.Plan.FoldScheme));
            json.WriteString("resamplesAndShuffles", plan.FoldsKey.ToString());
            json.WriteString("models", "in their notation, under methods");
        });
        json.WriteObject("methods", () => Methods(json, [.. plan.Units.Values.Select(unit => unit.Description)]));
        json.WriteObject("plan", () =>
        {
            json.WriteString("key", plan.Work.Key.ToString());
            json.WriteNumber("units", plan.Work.Units.Length);
            json.WriteNumber("unitsWithJudging", prepared.Work.Units.Length);
            json.WriteTexts("notes", plan.Notes.Concat(prepared.Judging.Notes));
        });
        json.WriteNumber("candidates", plan.CandidateCount);
        json.WriteString("program", typeof(ProvenanceJson).Assembly.GetName().Version?.ToString(3));
        json.WriteObject("code", () => Code(json));
        Course(json, result);
    }

    private static void Inputs(Utf8JsonWriter json, PreparedRun prepared)
    {
        json.WriteString("from", Path.GetFullPath(prepared.Request.DataPath));
        json.WriteNumber("count", prepared.Inputs.Length);
        json.WriteString("key", KeyOf(prepared.Inputs).ToString());
        json.WriteObjects("files", prepared.Inputs.Take(InputsMax), file =>
        {
            json.WriteString("role", file.Role);
            json.WriteString("path", file.Path);
            json.WriteString("sha256", file.Digest?.ToString());
            json.WriteNumber("lengthBytes", file.LengthBytes);
        });
    }

    private static void Samples(Utf8JsonWriter json, CalibrationManifest samples)
    {
        json.WriteString("key", samples.Key.ToString());
        json.WriteString("spectraKey", samples.SpectraKey.ToString());
        json.WriteString("response", samples.Response);
        json.WriteNumber("count", samples.SampleCount);
        json.WriteNumber("groups", samples.GroupCount);
        json.WriteNumber("variables", samples.Axis.Count);
    }

    private static void Study(Utf8JsonWriter json, Study study)
    {
        string document = StudyFile.Write(study);
        json.WriteString("key", new FingerprintBuilder("study", FormatVersion).Add("document", document).ToFingerprint().ToString());
        json.WriteJson("document", document);
    }

    private static void Methods(Utf8JsonWriter json, UnitDescription[] units)
    {
        Versions(json, "pretreatments", units.SelectMany(unit => unit.Steps));
        Versions(json, "subsets", units.SelectMany(unit => unit.Subsets));
        Versions(json, "models", units.Select(unit => unit.Family));
        json.WriteTexts("forms", units.SelectMany(unit => unit.Forms).Where(form => form.Length > 0).Distinct().Order(StringComparer.Ordinal));
    }

    private static void Versions(Utf8JsonWriter json, string name, IEnumerable<DescribedMethod> methods) =>
        json.WriteObjects(name, methods.Distinct().OrderBy(method => method.Notation, StringComparer.Ordinal), method =>
        {
            json.WriteString("notation", method.Notation);
            json.WriteNumber("version", method.Version);
        });

    private static void Code(Utf8JsonWriter json)
    {
        json.WriteString("version", typeof(ProvenanceJson).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        json.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        json.WriteString("system", RuntimeInformation.OSDescription);
        json.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString());
        json.WriteString("kernels", Kernels());
    }

    /// <summary>How the run went: what no result depends on.</summary>
    private static void Course(Utf8JsonWriter json, RunResult result)
    {
        using var self = Process.GetCurrentProcess();
        PreparedRun prepared = result.Prepared;
        json.WriteNumber("threads", result.Threads);
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteNumber("restoredUnits", result.RestoredUnits);
        json.WriteNumber("searchSeconds", result.Elapsed.TotalSeconds);
        json.WriteObjects("phases", result.Phases, phase =>
        {
            json.WriteString("name", phase.Name);
            json.WriteNumber("seconds", phase.Seconds);
        });
        json.WriteNumber("predictedProcessorSeconds", prepared.Work.CpuSeconds);
        json.WriteNumber("predictedProcessorSecondsOfTheSearch", prepared.Plan.Work.CpuSeconds);
        json.WriteNumber("processPeakBytes", self.PeakWorkingSet64);
        json.WriteNumber("budgetBytes", prepared.Limits.BudgetBytesMax);
        json.WriteNumber("reservedBytesPeak", result.ReservedBytesPeak);
        json.WriteObjects("blocks", result.Summary.Steps, block => Block(json, block));
        json.WriteObject("cache", () =>
        {
            json.WriteNumber("hits", result.Cache.Hits);
            json.WriteNumber("misses", result.Cache.Misses);
            json.WriteNumber("evictions", result.Cache.Evictions);
            json.WriteObjects("kinds", result.Cache.Kinds, kind => Kind(json, kind));
        });
    }

    private static void Block(Utf8JsonWriter json, StepProgress block)
    {
        json.WriteString("name", block.Name);
        json.WriteNumber("in", block.In);
        json.WriteNumber("out", block.Out);
        json.WriteNumber("failures", block.Failures);
        json.WriteNumber("capacity", block.Capacity);
        json.WriteNumber("parallelism", block.Parallelism);
    }

    private static void Kind(Utf8JsonWriter json, KindStatistics kind)
    {
        json.WriteString("kind", kind.Kind);
        json.WriteNumber("hits", kind.Hits);
        json.WriteNumber("hitsDisk", kind.HitsDisk);
        json.WriteNumber("misses", kind.Misses);
        json.WriteNumber("savedSeconds", kind.SavedSeconds);
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

    /// <summary>The body of the kernels that this machine takes; all give the same bits.</summary>
    private static string Kernels() => Vector512.IsHardwareAccelerated ? "512 bits" : Vector256.IsHardwareAccelerated ? "256 bits" : "portable";
}
