using System.Collections.Immutable;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Host.Configuration;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Service.Studies;

/// <summary>What a bound study takes from its dataset: how many references, how many bytes, and a run of its samples.</summary>
/// <remarks>References may be asked by any thread; all else is by whoever has reserved the bytes.</remarks>
internal sealed class StudySamples(ConfiguredStudy study, StudyContext context)
{
    // As merged, as bound, and chunk by chunk.
    private const int SampleCopies = 3;

    private volatile Counted? _counted;

    /// <summary>References of the response; counted once for each manifest.</summary>
    /// <exception cref="StageException">The dataset has other responses only.</exception>
    public int References(DatasetManifest manifest)
    {
        if (_counted is { } counted && ReferenceEquals(counted.Manifest, manifest))
        {
            return counted.References;
        }

        int references = study.ReferencesIn(manifest);
        _counted = new Counted(manifest, references);
        return references;
    }

    /// <summary>Of samples, and of the held-out predictions that a search of them keeps.</summary>
    public long BytesOf(DatasetManifest manifest) =>
        sizeof(double) * manifest.Chunks.Sum(chunk => (long)chunk.Ids.Length) * (((long)SampleCopies * manifest.Axis!.Count) + study.Methods.PredictionsKept);

    /// <summary>There is nothing to calibrate on without spectra.</summary>
    public static void RefuseEmpty(DatasetManifest manifest)
    {
        if (manifest.Chunks.IsEmpty)
        {
            throw new StageException(FailureKind.InvalidRequest, $"Dataset '{manifest.Name}' has no spectra yet. Drop a file with spectra first.");
        }
    }

    /// <summary>A share of the memory is for samples.</summary>
    public void RefuseTooLarge(DatasetManifest manifest)
    {
        long bytes = BytesOf(manifest);
        long share = context.Samples.CapacityBytes;
        if (bytes > share)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"Dataset '{manifest.Name}' has {manifest.Chunks.Sum(chunk => (long)chunk.Ids.Length)} spectra of {manifest.Axis!.Count} "
                    + $"variables and needs {ByteSize.Format(bytes)}; "
                + $"{ByteSize.Format(share)} of the memory are for samples. Raise Pipeline:Memory to "
                + $"{ByteSize.Format(DaemonMemory.MemoryBytesFor(bytes))}, or split the dataset.");
        }
    }

    /// <summary>A run of the study on merged samples, planned.</summary>
    /// <param name="spelt">The study as the dataset spells it.</param>
    /// <param name="chunks">The samples chunk by chunk.</param>
    /// <param name="samples">All of them.</param>
    public PreparedRun Plan(Study spelt, ImmutableArray<SpectralChunk> chunks, SpectralChunk samples)
    {
        BoundStudy bound = StudyBinding.Bind(spelt, samples);
        bound = bound with { Set = bound.Set with { Pieces = Pieces(chunks, bound.Set.Manifest) } };
        var request = new SearchRequest { DataPath = context.Store.Folder, Study = spelt };
        Fingerprint digest = Fingerprint.OfBytes(Encoding.UTF8.GetBytes(bound.Set.Manifest.Key.ToString()));
        return context.Runs.Plan(request, digest, Report(chunks.Length, samples), bound, test: null, context.Memory.Limits);
    }

    private static ImmutableArray<SpectraPiece> Pieces(ImmutableArray<SpectralChunk> chunks, CalibrationManifest calibration)
    {
        var open = calibration.Ids.Select((id, i) => (id, i)).ToDictionary(pair => pair.id, pair => pair.i, StringComparer.Ordinal);
        var pieces = ImmutableArray.CreateBuilder<SpectraPiece>();
        foreach (SpectralChunk chunk in chunks.Select(one => one.On(calibration.Axis)))
        {
            int[] rows = [.. Enumerable.Range(0, chunk.SampleCount).Where(i => open.ContainsKey(chunk.Ids[i]))];
            if (rows.Length == 0)
            {
                continue;
            }

            ImmutableArray<int> places = [.. rows.Select(i => open[chunk.Ids[i]])];
            pieces.Add(new SpectraPiece(PretreatedChunks.KeyOf(chunk), chunk.X, [.. rows], places));
            foreach (int i in rows)
            {
                open.Remove(chunk.Ids[i]);
            }
        }

        return open.Count == 0
            ? pieces.ToImmutable()
            : throw new InvalidOperationException($"{open.Count} samples of the calibration lie in no chunk.");
    }

    private ReadingReport Report(int chunkCount, SpectralChunk samples) => new()
    {
        Form = $"Dataset '{context.Store.Manifest.Name}' of {chunkCount} chunks",
        SampleCount = samples.SampleCount,
        VariableCount = samples.Axis.Count,
        Axis = "",
        UnitReason = "",
        IdReason = "",
    };

    /// <summary>How many references a dataset has.</summary>
    private sealed record Counted(DatasetManifest Manifest, int References);
}
