using System.Collections.Immutable;
using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Service;

/// <summary>One study that is bound to a dataset: runs when enough references have come, predicts what has none.</summary>
/// <remarks>
/// Order of effects: results and model are complete in a folder named by the samples' key, then the state names that folder.
/// A run that is cut off has no state and runs again; a run whose state is written is not repeated. Called by one thread
/// at a time.
/// </remarks>
internal sealed class BoundStudyRunner
{
    private readonly BoundStudyOptions _options;
    private readonly Study _study;
    private readonly DatasetStore _store;
    private readonly IStorage _storage;
    private readonly RunService _runs;
    private readonly PipelineOptions _process;
    private readonly RunMemory _memory;
    private readonly ILogger _log;
    private readonly IProgress<RunProgress>? _progress;
    private readonly string _folder;

    /// <summary>A runner whose results go below <paramref name="dataPath"/>.</summary>
    public BoundStudyRunner(
        BoundStudyOptions options,
        string dataPath,
        DatasetStore store,
        IStorage storage,
        RunService runs,
        PipelineOptions process,
        RunMemory memory,
        ILogger log,
        IProgress<RunProgress>? progress)
    {
        _options = options;
        _study = StudyOf(options);
        StudyMethods.Of(_study);
        _store = store;
        _storage = storage;
        _runs = runs;
        _process = process;
        _memory = memory;
        _log = log;
        _progress = progress;
        _folder = Path.Combine(dataPath, "studies", options.Name);
        storage.CreateFolder(_folder);
    }

    /// <summary>The study's name.</summary>
    public string Name => _options.Name;

    /// <summary>The dataset it is bound to.</summary>
    public string Dataset => _options.Dataset;

    /// <summary>The study.</summary>
    public Study Study => _study;

    private string StatePath => Path.Combine(_folder, "state.json");

    /// <summary>Runs the study if its trigger says so, then predicts all samples without reference; tells what happened.</summary>
    public async Task<ImmutableArray<DaemonEvent>> UpdateAsync(CancellationToken cancellation)
    {
        if (_store.Manifest.Chunks.IsEmpty)
        {
            return [];
        }

        SpectralChunk samples = _store.Merge();
        StudyState state = StudyState.Read(_storage, StatePath);
        var events = ImmutableArray.CreateBuilder<DaemonEvent>();
        int references = Known(samples);
        if (references - state.References >= _options.RunAfterReferences)
        {
            (state, DaemonEvent happened) = await RunAsync(samples, references, state, cancellation);
            events.Add(happened);
        }

        if (state.ModelFolder.Length > 0 && Predict(samples, state) is { } predicted)
        {
            events.Add(predicted);
        }

        return events.ToImmutable();
    }

    private static Study StudyOf(BoundStudyOptions options)
    {
        Study study = new();
        if (options.StudyPath is { } path)
        {
            using FileStream stream = SpectraFiles.Open(path);
            byte[] bytes = new byte[Math.Min(stream.Length, StudyFile.BytesMax)];
            stream.ReadExactly(bytes);
            study = StudyFile.Read(bytes, Path.GetFileName(path));
        }

        study = study with { Response = options.Response ?? study.Response, Group = options.Group ?? study.Group };
        return study.Response is not null
            ? study
            : throw new StageException(
                FailureKind.InvalidRequest, $"Study '{options.Name}' names no response. Add \"Response\" to it in the configuration.");
    }

    private int Known(SpectralChunk samples) =>
        samples.Responses.FirstOrDefault(column => column.Name == _study.Response)?.Values.Count(value => !double.IsNaN(value)) ?? 0;

    private async Task<(StudyState State, DaemonEvent Happened)> RunAsync(
        SpectralChunk samples, int references, StudyState state, CancellationToken cancellation)
    {
        // What a person must mend is said, and counts as looked at: the study waits for the next references.
        try
        {
            BoundStudy bound = StudyBinding.Bind(_study, samples);
            bound = bound with { Set = bound.Set with { Pieces = Pieces(bound.Set.Manifest) } };
            string folder = Path.Combine(_folder, bound.Set.Manifest.Key.ToShortString());
            var request = new SearchRequest { DataPath = _store.Folder, Study = _study, OutputPath = folder };
            Fingerprint digest = Fingerprint.OfBytes(Encoding.UTF8.GetBytes(bound.Set.Manifest.Key.ToString()));
            PreparedRun prepared = _runs.Plan(request, digest, Report(samples), bound, test: null, _memory.Limits);
            RunResult result = await _runs.SearchAsync(prepared, _process, _memory, _progress, cancellation);
            ResultFiles.RefuseUnwritable(folder);
            ResultFiles.Write(result, folder);
            string model = Path.Combine(folder, "model");
            _log.ModelSaved(Name, ModelSaving.Save(result, ModelChoice.Winner, model));
            var next = new StudyState(bound.Set.Manifest.Key.ToString(), references, Directory.Exists(model) ? model : state.ModelFolder);
            next.Write(_storage, StatePath);
            return (next, new DaemonEvent.StudyCompleted(Name, result, folder));
        }
        catch (StageException refused) when (refused.Kind is FailureKind.InvalidData or FailureKind.InvalidRequest or FailureKind.OverBudget)
        {
            StudyState next = state with { References = references };
            next.Write(_storage, StatePath);
            return (next, new DaemonEvent.StudyRefused(Name, refused.Message));
        }
    }

    private ImmutableArray<SpectraPiece> Pieces(CalibrationManifest manifest)
    {
        var open = manifest.Ids.Select((id, i) => (id, i)).ToDictionary(pair => pair.id, pair => pair.i, StringComparer.Ordinal);
        var pieces = ImmutableArray.CreateBuilder<SpectraPiece>();
        foreach (SpectralChunk chunk in _store.Manifest.Chunks.Select(_store.ReadChunk))
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

        return pieces.ToImmutable();
    }

    private DaemonEvent.SpectraPredicted? Predict(SpectralChunk samples, StudyState state)
    {
        ResponseColumn? reference = samples.Responses.FirstOrDefault(column => column.Name == _study.Response);
        int[] unknown = [.. Enumerable.Range(0, samples.SampleCount).Where(i => reference is null || double.IsNaN(reference.Values[i]))];
        if (unknown.Length == 0)
        {
            return null;
        }

        SavedModel model = ModelFolder.Load(state.ModelFolder);
        Matrix x = AxisMatch.Spectra(model.Axis, samples).SelectRows(unknown);
        ImmutableArray<PredictionRow> rows = model.Predict([.. unknown.Select(i => samples.Ids[i])], x.View, ConformalInterval.AlphaDefault);
        string path = Path.Combine(_folder, "predictions.csv");
        byte[] text = Encoding.UTF8.GetBytes(PredictedText.Csv(rows, Path.GetFileName(Path.GetDirectoryName(state.ModelFolder)!)));
        _storage.Write(path, stream => stream.Write(text));
        return new DaemonEvent.SpectraPredicted(Name, rows, path);
    }

    private ReadingReport Report(SpectralChunk samples) => new()
    {
        Form = $"Dataset '{_store.Manifest.Name}' of {_store.Manifest.Chunks.Length} chunks",
        SampleCount = samples.SampleCount,
        VariableCount = samples.Axis.Count,
        Axis = "",
        UnitReason = "",
        IdReason = "",
    };
}
