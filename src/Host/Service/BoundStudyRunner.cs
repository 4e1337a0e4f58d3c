using System.Collections.Immutable;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Host.State;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Service;

/// <summary>One study that is bound to a dataset: runs when enough references have come, predicts what has none.</summary>
/// <remarks>
/// Order of effects: results and model are complete in a folder named by the samples' key, then the study's row names that
/// folder. A run that is cut off has no row and is begun again, with the units that it had finished; a run whose row is
/// written is not repeated. Called by one thread at a time.
/// </remarks>
internal sealed class BoundStudyRunner
{
    private readonly BoundStudyOptions _options;
    private readonly StudyContext _context;
    private readonly Study _study;
    private readonly string _folder;
    private volatile string? _refusal;
    private volatile string? _runRefusal;
    private DatasetManifest? _lookedAt;

    /// <summary>A runner whose results go below the data folder.</summary>
    public BoundStudyRunner(BoundStudyOptions options, StudyContext context)
    {
        _options = options;
        _context = context;
        _study = StudyOf(options);
        StudyMethods.Of(_study);
        _folder = Path.Combine(context.DataPath, "studies", options.Name);
        context.Storage.CreateFolder(_folder);
    }

    /// <summary>The study's name.</summary>
    public string Name => _options.Name;

    /// <summary>The dataset it is bound to.</summary>
    public string DatasetName => _options.Dataset;

    /// <summary>The study.</summary>
    public Study Study => _study;

    /// <summary>How many new references start a run.</summary>
    public int RunAfterReferences => _options.RunAfterReferences;

    /// <summary>Why the study waits for a person, or null; any thread may ask.</summary>
    public string? Refusal => _refusal ?? _runRefusal;

    /// <summary>Runs the study if its trigger says so, then predicts all samples without reference; tells what happened.</summary>
    /// <param name="cancellation">Ends a search at once.</param>
    /// <param name="drain">Ends a search when its units in work are finished and kept.</param>
    public async Task<ImmutableArray<DaemonEvent>> UpdateAsync(CancellationToken cancellation, CancellationToken drain = default)
    {
        // One look at the manifest: files may join or be superseded while the study runs.
        DatasetManifest manifest = _context.Store.Manifest;
        if (manifest.Chunks.IsEmpty || ReferenceEquals(manifest, _lookedAt))
        {
            return [];
        }

        var events = ImmutableArray.CreateBuilder<DaemonEvent>();

        // What a person must mend is said once; the daemon goes on, and looks again when something new comes.
        try
        {
            RefuseTooLarge(manifest);
            Dictionary<Fingerprint, SpectralChunk> chunks = manifest.Chunks.ToDictionary(chunk => chunk.Source.Digest, _context.Store.ReadChunk);
            SpectralChunk samples = Dataset.Merge(manifest, chunk => chunks[chunk.Source.Digest]);
            Study study = Spelt(_study, samples);
            StudyRow state = StudyRow.Read(_context.State, Name);
            int references = Known(study, samples);
            if (references - state.KnownCount >= _options.RunAfterReferences)
            {
                (state, DaemonEvent happened) = await RunAsync(study, [.. manifest.Chunks.Select(chunk => chunks[chunk.Source.Digest])], samples, references, state, cancellation, drain);
                _runRefusal = (happened as DaemonEvent.StudyRefused)?.Message;
                events.Add(happened);
            }

            if (state.ModelFolder.Length > 0 && Predict(study, samples, state) is { } predicted)
            {
                events.Add(predicted);
            }

            _refusal = null;
            _lookedAt = manifest;
        }
        catch (StageException refused) when (IsForAPerson(refused))
        {
            _lookedAt = manifest;
            if (refused.Message != _refusal)
            {
                _refusal = refused.Message;
                events.Add(new DaemonEvent.StudyRefused(Name, refused.Message));
            }
        }

        return events.ToImmutable();
    }

    private static bool IsForAPerson(StageException refused) => refused.Kind is not (FailureKind.Storage or FailureKind.Canceled);

    /// <summary>The study that the options name, with what they say in place of the file.</summary>
    /// <exception cref="StageException">The file cannot be read, or no response is named.</exception>
    internal static Study StudyOf(BoundStudyOptions options)
    {
        Study study = new();
        if (options.StudyPath is { } path)
        {
            using FileStream stream = SpectraFiles.Open(path);
            if (stream.Length > StudyFile.BytesMax)
            {
                throw new StageException(
                    FailureKind.InvalidRequest, $"'{path}' has {ByteSize.Format(stream.Length)}; a study has {ByteSize.Format(StudyFile.BytesMax)} at most.");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            study = StudyFile.Read(bytes, Path.GetFileName(path));
        }

        study = study with { Response = options.Response ?? study.Response, Group = options.Group ?? study.Group };
        return study.Response is not null
            ? study
            : throw new StageException(
                FailureKind.InvalidRequest, $"Study '{options.Name}' names no response. Add \"Response\" to it in the configuration.");
    }

    /// <summary>The study in the dataset's own spelling: laboratories write one name in several ways.</summary>
    private static Study Spelt(Study study, SpectralChunk samples)
    {
        string[] names = [.. samples.Responses.Select(column => column.Name), .. samples.Labels.Select(column => column.Name)];
        string? As(string? name) => names.Contains(name, StringComparer.Ordinal)
            ? name
            : names.FirstOrDefault(one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase)) ?? name;
        return study with { Response = As(study.Response), Group = As(study.Group) };
    }

    private static int Known(Study study, SpectralChunk samples)
    {
        ResponseColumn? reference = samples.Responses.FirstOrDefault(column => column.Name == study.Response);
        return reference is not null || samples.Responses.IsEmpty
            ? reference?.Values.Count(value => !double.IsNaN(value)) ?? 0
            : throw new StageException(
                FailureKind.InvalidRequest,
                $"The dataset has no response '{study.Response}'; it has {string.Join(", ", samples.Responses.Select(column => column.Name))}. "
                + "Correct the study's response, or drop a table with that column.");
    }

    /// <summary>A share of the memory is for samples: as merged, as bound, and chunk by chunk.</summary>
    private void RefuseTooLarge(DatasetManifest manifest)
    {
        long rows = manifest.Chunks.Sum(chunk => (long)chunk.Ids.Length);
        long bytes = 3 * rows * manifest.Axis!.Count * sizeof(double);
        long share = DaemonMemory.Of(_context.Process).SampleBytes;
        if (bytes > share)
        {
            throw new StageException(
                FailureKind.OverBudget,
                $"Dataset '{manifest.Name}' has {rows} spectra of {manifest.Axis.Count} variables and needs {ByteSize.Format(bytes)}; "
                + $"{ByteSize.Format(share)} of the memory are for samples. Raise Pipeline:Memory to {ByteSize.Format(DaemonMemory.MemoryBytesFor(bytes))}, or split the dataset.");
        }
    }

    private async Task<(StudyRow State, DaemonEvent Happened)> RunAsync(
        Study study, ImmutableArray<SpectralChunk> chunks, SpectralChunk samples, int references, StudyRow state, CancellationToken cancellation, CancellationToken drain)
    {
        RunLedger? ledger = null;

        // What a person must mend is said, and counts as looked at: the study waits for the next references.
        try
        {
            BoundStudy bound = StudyBinding.Bind(study, samples);
            bound = bound with { Set = bound.Set with { Pieces = Pieces(chunks, bound.Set.Manifest) } };
            Fingerprint key = bound.Set.Manifest.Key;
            using IDisposable? scope = _context.Log.BeginScope(
                new Dictionary<string, object> { ["Study"] = Name, ["Dataset"] = DatasetName, ["Run"] = key.ToShortString() });
            string folder = Path.Combine(_folder, key.ToShortString());
            var request = new SearchRequest { DataPath = _context.Store.Folder, Study = study, OutputPath = folder };
            Fingerprint digest = Fingerprint.OfBytes(Encoding.UTF8.GetBytes(key.ToString()));
            PreparedRun prepared = _context.Runs.Plan(request, digest, Report(chunks.Length, samples), bound, test: null, _context.Memory.Limits);
            ResultFiles.RefuseUnwritable(folder, _context.Storage);
            ledger = await RunLedger.BeginAsync(
                _context.State, _context.Results, Name, prepared.Plan.Work.Key, prepared.Plan.Units.Count, "", _context.Memory.Limits,
                RunAbout.Of(prepared).ToJson());
            var kept = new DurableLedger(ledger, isCareful: !_context.State.WasClosedCleanly, _context.Memory.Limits);
            RunResult result = await _context.Runs.SearchAsync(
                prepared, _context.Process, _context.Memory, _context.Progress, kept, onRestored: null, cancellation, drain);
            ResultFiles.Write(result, folder, _context.Storage);
            string model = Path.Combine(folder, "model");
            _context.Log.ModelSaved(Name, ModelSaving.Save(result, ModelChoice.Winner, model, _context.Storage));
            var next = new StudyRow(key, references, _context.Storage.FolderExists(model) ? Path.GetRelativePath(_folder, model) : state.ModelFolder);
            await ledger.EndAsync(RunState.Completed, Path.GetRelativePath(_context.DataPath, folder), transaction => next.Write(transaction, Name));
            RemoveOlder(next);
            return (next, new DaemonEvent.StudyCompleted(Name, result, folder));
        }
        catch (StageException refused) when (IsForAPerson(refused))
        {
            StudyRow next = state with { KnownCount = references };
            await (ledger?.EndAsync(RunState.Refused, refused.Message, transaction => next.Write(transaction, Name))
                ?? _context.State.CommitAsync(transaction => next.Write(transaction, Name)));
            return (next, new DaemonEvent.StudyRefused(Name, refused.Message));
        }
    }

    /// <summary>Removes the folders of runs that the state has dropped; the one with the present model stays in any case.</summary>
    private void RemoveOlder(StudyRow present)
    {
        List<string> kept = _context.State.Read(reader => reader.Query(
            "SELECT detail FROM run WHERE study = $1 AND state = $2", row => row.Text(0), Name, (long)RunState.Completed));
        HashSet<string> names = [.. kept.Select(detail => Path.GetFileName(detail)), Path.GetDirectoryName(present.ModelFolder) ?? ""];
        foreach (StoredEntry old in _context.Storage.List(_folder).Where(entry => entry.IsFolder && IsOld(Path.GetFileName(entry.Path))))
        {
            // Costs space until the next run, and nothing else.
            try
            {
                _context.Storage.DeleteFolder(old.Path);
            }
            catch (StageException refused) when (refused.Kind == FailureKind.Storage)
            {
                return;
            }
        }

        // Only what bears the name of a run: other folders are somebody else's.
        bool IsOld(string name) => name.Length == present.Samples!.Value.ToShortString().Length && name.All(char.IsAsciiHexDigitLower) && !names.Contains(name);
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

    private DaemonEvent.SpectraPredicted? Predict(Study study, SpectralChunk samples, StudyRow state)
    {
        ResponseColumn? reference = samples.Responses.FirstOrDefault(column => column.Name == study.Response);
        int[] unknown = [.. Enumerable.Range(0, samples.SampleCount).Where(i => reference is null || double.IsNaN(reference.Values[i]))];
        string path = Path.Combine(_folder, "predictions.csv");
        if (unknown.Length == 0)
        {
            // Every sample has its reference by now; what was predicted before is no longer asked for.
            _context.Storage.Delete(path);
            return null;
        }

        string folder = Path.Combine(_folder, state.ModelFolder);
        SavedModel model = ModelFolder.Load(folder, _context.Storage);
        Matrix x = AxisMatch.Spectra(model.Axis, samples).SelectRows(unknown);
        ImmutableArray<PredictionRow> rows = model.Predict([.. unknown.Select(i => samples.Ids[i])], x.View, ConformalInterval.AlphaDefault);
        byte[] text = Encoding.UTF8.GetBytes(PredictedText.Csv(rows, Path.GetFileName(Path.GetDirectoryName(folder)!)));
        _context.Storage.Write(path, stream => stream.Write(text));
        return new DaemonEvent.SpectraPredicted(Name, rows, path);
    }

    private ReadingReport Report(int chunkCount, SpectralChunk samples) => new()
    {
        Form = $"Dataset '{DatasetName}' of {chunkCount} chunks",
        SampleCount = samples.SampleCount,
        VariableCount = samples.Axis.Count,
        Axis = "",
        UnitReason = "",
        IdReason = "",
    };
}
