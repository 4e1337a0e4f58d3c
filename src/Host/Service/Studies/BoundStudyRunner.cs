using System.Collections.Immutable;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Host.Runs;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.State;
using Pipeline.Host.Telemetry;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Service.Studies;

/// <summary>One study that is bound to a dataset: asks for runs when it is time, runs, predicts what has no reference.</summary>
/// <remarks>
/// Order of effects: results and model are complete in a folder named by the run's key (samples and plan: another plan on the same
/// samples has another folder), then the rows of study and run name that folder, in one commit. A run that is cut off goes on with
/// the units that it had finished; one whose row is written is not repeated. What the study remembers belongs to its dataset and its
/// response: where new settings name others, model, predictions and counts of the earlier ones count as none, and a run in hand that
/// was begun under the earlier ones ends without touching them. <see cref="LookAsync"/> and <see cref="PredictAsync(CancellationToken)"/>
/// are called by one thread at a time,
/// <see cref="RunAsync"/> by one, and these two may be different ones. Samples in memory are reserved first: a run waits for
/// its share, a prediction is put off.
/// </remarks>
internal sealed class BoundStudyRunner
{
    private readonly BoundStudyOptions _options;
    private readonly StudyContext _context;
    private readonly ConfiguredStudy _configured;
    private readonly Study _study;
    private readonly StudySamples _samples;
    private readonly StudyFolder _folder;

    // The model that a prediction uses must not be removed meanwhile, also by a run that was begun under earlier settings.
    private readonly SemaphoreSlim _model;
    private volatile string? _lookRefusal;
    private volatile string? _runRefusal;
    private volatile string? _predictRefusal;
    private volatile Look? _predicted;

    /// <summary>A runner whose results go below the data folder.</summary>
    /// <param name="options">The study's settings.</param>
    /// <param name="context">What it works with.</param>
    /// <param name="before">The runner of the same study under earlier settings, or null.</param>
    public BoundStudyRunner(BoundStudyOptions options, StudyContext context, BoundStudyRunner? before = null)
    {
        _options = options;
        _model = before?._model ?? new SemaphoreSlim(1, 1);
        _context = context;
        _configured = ConfiguredStudy.Of(options);
        _study = _configured.Study;
        _samples = new StudySamples(_configured, context);
        _folder = new StudyFolder(options.Name, context);
    }

    /// <summary>The settings it was made of.</summary>
    public BoundStudyOptions Options => _options;

    /// <summary>The study's name.</summary>
    public string Name => _options.Name;

    /// <summary>The dataset it is bound to.</summary>
    public string DatasetName => _options.Dataset;

    /// <summary>The study.</summary>
    public Study Study => _study;

    /// <summary>How many new references start a run.</summary>
    public int RunAfterReferences => _options.RunAfterReferences;

    /// <summary>Why the study waits for a person, or null; any thread may ask.</summary>
    public string? Refusal => _lookRefusal ?? _runRefusal ?? _predictRefusal;

    /// <summary>What is remembered of this dataset and this response; any thread may ask.</summary>
    public StudyRow Row => StudyRow.Read(_context.State, Name) is var row && IsOwn(row) ? row : StudyRow.None;

    /// <summary>How many references the latest run had that has ended, whatever came of it.</summary>
    private int KnownBefore => _context.Queue.KnownWithoutOutcome(Name) ?? Row.KnownCount;

    /// <summary>Asks for a run for a person; where one has not ended yet, that one it is. Any thread may ask.</summary>
    public Task<(QueuedRun Run, bool IsNew)> AskAsync(int priority) => _context.Queue.AskAsync(Name, RunTrigger.Demand, priority, KnownBefore);

    /// <summary>Asks for a run where enough references have come, or where it is time; cheap, for it reads no spectrum.</summary>
    /// <param name="now">The time.</param>
    /// <param name="zone">In which times of day are meant.</param>
    /// <returns>What a person must mend, where it is new; and when the schedule is due next.</returns>
    public async Task<(DaemonEvent? Happened, DateTimeOffset? Due)> LookAsync(DateTimeOffset now, TimeZoneInfo zone)
    {
        await DropForeignAsync();
        DateTimeOffset? due = await AskOnTimeAsync(now, zone);
        DatasetManifest manifest = _context.Store.Manifest;
        if (manifest.Chunks.IsEmpty)
        {
            return (null, due);
        }

        // What a person must mend is said once; the daemon goes on, and looks again when something new comes.
        try
        {
            int references = _samples.References(manifest);

            // In this order: a run that ends between the two has written what it had seen.
            if (_context.Queue.Open(Name) is null && references - KnownBefore >= _options.RunAfterReferences)
            {
                await _context.Queue.AskAsync(Name, RunTrigger.References, priority: 0, references);
            }

            _lookRefusal = null;
            return (null, due);
        }
        catch (StageException refused) when (IsForAPerson(refused))
        {
            bool isNew = refused.Message != Refusal;
            _lookRefusal = refused.Message;
            return (isNew ? new DaemonEvent.StudyRefused(Name, refused.Message) : null, due);
        }
    }

    /// <summary>Predicts all samples without reference, where dataset or model have changed since; tells what happened.</summary>
    /// <returns>What happened, or nothing; and false where there was no memory for it now.</returns>
    public async Task<(DaemonEvent? Happened, bool IsDone)> PredictAsync(CancellationToken cancellation)
    {
        DatasetManifest manifest = _context.Store.Manifest;
        StudyRow state = Row;
        var look = new Look(manifest, state);
        if (manifest.Chunks.IsEmpty || state.ModelFolder.Length == 0 || look.IsSame(_predicted))
        {
            return (null, true);
        }

        try
        {
            if (!_context.Samples.TryReserve(Math.Min(_samples.BytesOf(manifest), _context.Samples.CapacityBytes), out MemoryLease? room))
            {
                return (null, false);
            }

            using (room)
            {
                _samples.RefuseTooLarge(manifest);
                SpectralChunk samples = Dataset.Merge(manifest, _context.Store.ReadChunk);
                return (await PredictAsync(_configured.SpeltAs(samples), samples, look, cancellation), true);
            }
        }
        catch (StageException refused) when (IsForAPerson(refused))
        {
            bool isNew = refused.Message != Refusal;
            _predicted = look;
            _predictRefusal = refused.Message;
            return (isNew ? new DaemonEvent.StudyRefused(Name, refused.Message) : null, true);
        }
    }

    /// <summary>The present model and the name of its run, or null where there is none; any thread may ask.</summary>
    /// <exception cref="StageException">It cannot be read, or it is of another response.</exception>
    public async Task<(SavedModel Model, string Run)?> ModelAsync(CancellationToken cancellation)
    {
        // A run that has just ended removes older folders, and saves over the same key's.
        await _model.WaitAsync(cancellation);
        try
        {
            return Row is { ModelFolder.Length: > 0 } row ? _folder.Load(row, _study.Response!) : null;
        }
        finally
        {
            _model.Release();
        }
    }

    /// <summary>Does a run to its end, then predicts all samples without reference.</summary>
    /// <param name="hand">The run.</param>
    /// <param name="tell">Told what happened.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="heartbeat">Told that it works, or waits for memory.</param>
    /// <param name="cancellation">Ends the run at once.</param>
    /// <param name="drain">Ends the run when its units in work are finished and kept.</param>
    public async Task RunAsync(
        RunInHand hand,
        Action<DaemonEvent> tell,
        IProgress<RunProgress>? progress,
        Heartbeat? heartbeat,
        CancellationToken cancellation,
        CancellationToken drain)
    {
        // One look at the manifest: files may join or be superseded while the study runs.
        DatasetManifest manifest = _context.Store.Manifest;
        await DropForeignAsync();
        StudyRow state = Row;
        int references = state.KnownCount;
        bool isKept = false;
        RunLedger? ledger = null;

        // What a person must mend is said, and counts as looked at: the study waits for the next references.
        try
        {
            StudySamples.RefuseEmpty(manifest);
            references = _samples.References(manifest);
            _samples.RefuseTooLarge(manifest);
            heartbeat?.Idle();
            using MemoryLease room = await _context.Samples.ReserveAsync(_samples.BytesOf(manifest), drain);
            heartbeat?.Working($"run {hand.Run.Id} of study {Name}");
            Dictionary<Fingerprint, SpectralChunk> chunks = manifest.Chunks.ToDictionary(chunk => chunk.Source.Digest, _context.Store.ReadChunk);
            SpectralChunk samples = Dataset.Merge(manifest, chunk => chunks[chunk.Source.Digest]);
            Study study = _configured.SpeltAs(samples);
            PreparedRun prepared = _samples.Plan(study, [.. manifest.Chunks.Select(chunk => chunks[chunk.Source.Digest])], samples);
            string folder = _folder.Of(prepared.Work.Key);
            ResultFiles.RefuseUnwritable(folder, _context.Storage);
            prepared = prepared with
            {
                Request = prepared.Request with { OutputPath = folder },
                Inputs = [.. manifest.Sources.Select(source => new InputFile("source", source.Path, source.Digest, source.LengthBytes))],
            };
            using IDisposable? scope = _context.Log.BeginScope(new Dictionary<string, object>
            {
                ["Study"] = Name, ["Dataset"] = DatasetName, ["Run"] = prepared.Bound.Set.Manifest.Key.ToShortString(), ["RunId"] = hand.Run.Id,
            });
            ledger = await RunLedger.BeginAsync(
                _context.State, _context.Results, Name, prepared.Work.Key, prepared.Work.Units.Length, "", _context.Memory.Limits,
                RunAbout.Of(prepared).ToJson(), hand.Run.Subject);
            await _context.Queue.PlanAsync(hand, prepared.Work.Key);
            var kept = new DurableLedger(ledger, isCareful: !_context.State.WasClosedCleanly, _context.Memory.Limits);
            RunResult result = await _context.Runs.SearchAsync(
                prepared, _context.Process, _context.Memory, progress, kept, onRestored: null, cancellation, drain);
            state = await KeepAsync(hand, ledger, result, folder, references, state, cancellation);
            isKept = true;
            _runRefusal = null;
            tell(new DaemonEvent.StudyCompleted(Name, result, folder));
            if (await PredictAsync(study, samples, new Look(manifest, state), cancellation) is { } predicted)
            {
                tell(predicted);
            }
        }
        catch (StageException refused) when (IsForAPerson(refused))
        {
            if (isKept)
            {
                // The run stands; only its predictions do not.
                _predictRefusal = refused.Message;
            }
            else
            {
                await RefuseAsync(hand, ledger, refused.Message, Own(state.Run, references, state.ModelFolder));
                _runRefusal = refused.Message;
            }

            tell(new DaemonEvent.StudyRefused(Name, refused.Message));
        }
    }

    private static bool IsForAPerson(StageException refused) => refused.Kind is not (FailureKind.Storage or FailureKind.Canceled);

    /// <summary>Asks for a run where the schedule is due; when it is due next, or null without one.</summary>
    private async Task<DateTimeOffset?> AskOnTimeAsync(DateTimeOffset now, TimeZoneInfo zone)
    {
        if (_options.Schedule is not { } schedule)
        {
            return null;
        }

        DateTimeOffset? due = _context.State.Read(reader => QueueTable.Due(reader, Name, schedule.Text));
        if (due is { } later && later > now)
        {
            return later;
        }

        // Times that were missed while nothing ran count once. Whoever is in the queue already will see what is new by then.
        DateTimeOffset next = due is { } then ? schedule.NextAfterDue(then, now, zone) : schedule.Next(now, zone);
        if (due is null)
        {
            await _context.State.CommitAsync(transaction => QueueTable.SetDue(transaction, Name, schedule.Text, next));
        }
        else
        {
            await _context.Queue.AskAsync(
                Name, RunTrigger.Schedule, priority: 0, KnownBefore,
                transaction => QueueTable.SetDue(transaction, Name, schedule.Text, next));
        }

        return next;
    }

    /// <summary>Results and model first, then the rows that name them.</summary>
    private async Task<StudyRow> KeepAsync(
        RunInHand hand, RunLedger ledger, RunResult result, string folder, int references, StudyRow state, CancellationToken cancellation)
    {
        await _model.WaitAsync(cancellation);
        try
        {
            ResultFiles.Write(result, folder, _context.Storage);
            string model = Path.Combine(folder, "model");
            _context.Log.ModelSaved(Name, ModelSaving.Save(result, ModelChoice.Winner, model, _context.Storage));
            string place = Path.GetRelativePath(_context.DataPath, folder);
            StudyRow next = Own(
                result.Prepared.Work.Key, references, _context.Storage.FolderExists(model) ? Path.GetRelativePath(_folder.FullPath, model) : state.ModelFolder);
            await ledger.EndAsync(RunState.Completed, place, transaction =>
            {
                _context.Queue.End(transaction, hand, RunPhase.Completed, "", place);
                WriteOwn(transaction, next);
            });
            _folder.RemoveOlder(Path.GetFileName(folder).Length);
            return next;
        }
        finally
        {
            _model.Release();
        }
    }

    private Task RefuseAsync(RunInHand hand, RunLedger? ledger, string message, StudyRow next)
    {
        void Write(StateTransaction transaction)
        {
            _context.Queue.End(transaction, hand, RunPhase.Refused, message);
            WriteOwn(transaction, next);
        }

        return ledger?.EndAsync(RunState.Refused, message, Write) ?? _context.State.CommitAsync(Write);
    }

    private bool IsOwn(StudyRow row) => row.IsOf(DatasetName, _study.Response!);

    private StudyRow Own(Fingerprint? run, int known, string modelFolder) => new(run, known, modelFolder, DatasetName, _study.Response!);

    /// <summary>Writes the study's row, unless it is about another dataset or response by now: then this runner's settings are past.</summary>
    private void WriteOwn(StateTransaction transaction, StudyRow next)
    {
        if (IsOwn(StudyRow.Read(transaction, Name)))
        {
            next.Write(transaction, Name);
        }
    }

    /// <summary>Begins anew where the row is about another dataset or response; the results of the earlier runs stay.</summary>
    private async Task DropForeignAsync()
    {
        if (IsOwn(StudyRow.Read(_context.State, Name)))
        {
            return;
        }

        // The file first: where the row cannot be written, all this happens again.
        await _model.WaitAsync();
        try
        {
            _context.Storage.Delete(_folder.PredictionsPath);
            await _context.State.CommitAsync(transaction =>
            {
                Own(null, 0, "").Write(transaction, Name);
                QueueTable.ForgetKnown(transaction, Name);
            });
        }
        finally
        {
            _model.Release();
        }
    }

    private async Task<DaemonEvent.SpectraPredicted?> PredictAsync(Study study, SpectralChunk samples, Look look, CancellationToken cancellation)
    {
        await _model.WaitAsync(cancellation);
        try
        {
            DaemonEvent.SpectraPredicted? predicted = Predict(study, samples, Row);
            _predicted = look;
            _predictRefusal = null;
            return predicted;
        }
        finally
        {
            _model.Release();
        }
    }

    private DaemonEvent.SpectraPredicted? Predict(Study study, SpectralChunk samples, StudyRow state)
    {
        if (state.ModelFolder.Length == 0)
        {
            return null;
        }

        ResponseColumn? reference = samples.Responses.FirstOrDefault(column => column.Name == study.Response);
        LabelColumn? classes = samples.Labels.FirstOrDefault(column => column.Name == study.Response);
        bool IsKnown(int i) => reference is null ? classes is not null && StudyBinding.IsClass(classes.Values[i]) : !double.IsNaN(reference.Values[i]);
        int[] unknown = [.. Enumerable.Range(0, samples.SampleCount).Where(i => !IsKnown(i))];
        string path = _folder.PredictionsPath;
        if (unknown.Length == 0)
        {
            // Every sample has its reference by now; what was predicted before is no longer asked for.
            _context.Storage.Delete(path);
            return null;
        }

        (SavedModel model, string run) = _folder.Load(state, _study.Response!);
        Matrix x = AxisMatch.Spectra(model.Axis, samples).SelectRows(unknown);
        ImmutableArray<PredictionRow> rows = model.Predict([.. unknown.Select(i => samples.Ids[i])], x.View, ConformalInterval.AlphaDefault);
        byte[] text = Encoding.UTF8.GetBytes(PredictedText.Csv(rows, run, model.Classes));
        _context.Storage.Write(path, stream => stream.Write(text));
        return new DaemonEvent.SpectraPredicted(Name, rows, path);
    }

    /// <summary>A dataset and a model together, to see whether either has changed.</summary>
    private sealed record Look(DatasetManifest Manifest, StudyRow State)
    {
        public bool IsSame(Look? other) => other is not null && ReferenceEquals(Manifest, other.Manifest) && State == other.State;
    }
}
