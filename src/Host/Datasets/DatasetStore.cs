using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Datasets;

/// <summary>One dataset: its rows in the state database, original bytes, chunks, quarantine.</summary>
/// <remarks>
/// The folder is <c>datasets/NAME</c> with <c>sources/DIGEST</c>, <c>chunks/DIGEST.*</c> and <c>quarantine/DIGEST</c>. Order
/// of effects: bytes durable, then chunk, then rows; only after that may a caller release the source. Bytes without
/// row are left over from a crash and are taken up when they come again, so repeating any step is harmless.
/// Safe for all threads: changes go one at a time, <see cref="Manifest"/> is a snapshot. After a commit that failed, what
/// the disk has kept is read again before anything else happens. Original bytes are never deleted.
/// </remarks>
public sealed class DatasetStore : IDisposable
{
    // The most names kept for the same bytes; further ones are recognised all the same.
    private const int AliasesMax = 64;

    // A crash before the first commit may leave one source, which comes again.
    private const int SourcesWithoutRowsMax = 1;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Lock _chunkGate = new();
    private readonly StateDatabase _state;
    private readonly DatasetTable _table;
    private readonly IStorage _storage;
    private readonly IChunkCodec _codec;
    private readonly SpectraFormatsReaders _readers;
    private volatile DatasetManifest _manifest;
    private volatile ConcurrentDictionary<Fingerprint, bool> _digests = new();
    private int _temporaryNumber;

    // Guarded by _gate.
    private HashSet<string> _ids = new(StringComparer.Ordinal);
    private long _generation;

    private DatasetStore(
        string folder, string name, StateDatabase state, IStorage storage, IChunkCodec codec, SpectraFormatsReaders readers)
    {
        Folder = folder;
        _state = state;
        _table = new DatasetTable(state, name);
        _storage = storage;
        _codec = codec;
        _readers = readers;
        Quarantine = new Quarantine(state, name, storage, Path.Combine(folder, "quarantine"));
        _manifest = DatasetManifest.Empty(name);
    }

    /// <summary>The dataset's folder.</summary>
    public string Folder { get; }

    /// <summary>The dataset as it stands on the disk.</summary>
    public DatasetManifest Manifest => _manifest;

    /// <summary>What could not join.</summary>
    public Quarantine Quarantine { get; }

    /// <summary>Opens a dataset, or begins one; removes what a crash left behind.</summary>
    /// <param name="dataFolder">The folder of all datasets, which is the state database's.</param>
    /// <param name="name">The dataset.</param>
    /// <param name="state">Keeps everything but bytes.</param>
    /// <param name="storage">Keeps bytes.</param>
    /// <param name="codec">The form of chunks.</param>
    /// <param name="readers">Reads what comes.</param>
    /// <exception cref="StageException">The name is impossible, or what is on the disk does not fit together.</exception>
    public static async Task<DatasetStore> OpenAsync(
        string dataFolder, string name, StateDatabase state, IStorage storage, IChunkCodec codec, SpectraFormatsReaders readers)
    {
        ArgumentNullException.ThrowIfNull(storage);
        if (!StorageNames.IsFolderName(name))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"'{name}' cannot name a dataset: expected {StorageNames.FolderNameRule}.");
        }

        string folder = Path.Combine(Path.GetFullPath(dataFolder), "datasets", name);
        storage.CreateFolder(folder);
        var store = new DatasetStore(folder, name, state, storage, codec, readers);
        await store.RecoverAsync();
        return store;
    }

    /// <summary>Takes a durable copy of a source, which the dataset does not know yet.</summary>
    /// <remarks>The copy must be given to <see cref="IngestAsync"/> or <see cref="Discard"/>; a crash in between leaves a temporary.</remarks>
    public StagedSource Stage(Stream source, string path, long bytesMax, CancellationToken cancellation = default)
    {
        string temporary = Path.Combine(
            Folder, "sources", $"{Interlocked.Increment(ref _temporaryNumber)}{StorageNames.TemporaryEnding}");
        CopiedBytes copied = _storage.CopyIn(source, temporary, bytesMax, cancellation);
        return new StagedSource(temporary, path, copied.Digest, copied.LengthBytes);
    }

    /// <summary>Deletes a copy that is not wanted.</summary>
    public void Discard(StagedSource staged)
    {
        ArgumentNullException.ThrowIfNull(staged);
        _storage.Delete(staged.Temporary);
    }

    /// <summary>True where the dataset or its quarantine has these bytes.</summary>
    public bool Knows(Fingerprint digest) => _digests.ContainsKey(digest) || Quarantine.Contains(digest);

    /// <summary>Takes a copied source into the dataset, or into quarantine.</summary>
    /// <param name="staged">The copy; it is used up.</param>
    /// <param name="mayLose">
    /// True where a source from the same path is superseded whatever it holds, as for a file that lies there still; false where
    /// it is superseded only if the later one has all that it knows, as for a path that was emptied after ingest.
    /// </param>
    /// <param name="time">The time, for the quarantine.</param>
    /// <param name="cancellation">Ends the reading; nothing has changed then.</param>
    /// <exception cref="StageException">Of kind Storage: nothing is lost, the source must be kept and given again.</exception>
    public async Task<IngestOutcome> IngestAsync(
        StagedSource staged, bool mayLose, DateTimeOffset time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(staged);
        try
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                Refresh();
                return await IngestStagedAsync(staged, mayLose, time, cancellation);
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OutOfMemoryException)
        {
            // What was allocated for this file is gone again; others go on, and the file comes again when there may be more room.
            LeftOvers.TryDelete(_storage, staged.Temporary);
            throw new StageException(
                FailureKind.Storage,
                $"'{staged.Path}' ({ByteSize.Format(staged.LengthBytes)}) needs more memory than is free now. It is tried again; split it, or "
                + "raise Pipeline:Memory.");
        }
        catch
        {
            // Whatever went wrong, a copy that has not found its place would stay until the next start; a second try makes its own.
            LeftOvers.TryDelete(_storage, staged.Temporary);
            throw;
        }
    }

    private async Task<IngestOutcome> IngestStagedAsync(
        StagedSource staged, bool mayLose, DateTimeOffset time, CancellationToken cancellation)
    {
        var outcome = new IngestOutcome { Dataset = _manifest.Name, Path = staged.Path, Digest = staged.Digest };
        if (_manifest.Find(staged.Digest) is { } known)
        {
            return await AddAliasAsync(staged, known, mayLose, outcome);
        }

        if (Quarantine.Contains(staged.Digest) && staged is { IsKeptWhenRefused: true, IsRetry: false })
        {
            Discard(staged);
            return outcome with { Kind = IngestKind.KnownBad };
        }

        return await AddAsync(staged, mayLose, time, outcome, cancellation);
    }

    /// <summary>The spectra of a chunk; a damaged file is made anew from the source.</summary>
    public SpectralChunk ReadChunk(DatasetChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        if (TryReadChunk(chunk) is { } read)
        {
            return read;
        }

        string source = SourcePath(chunk.Source.Digest);
        ISpectraReader reader = _readers.Find(chunk.Source.Reader)
            ?? throw new StageException(
                FailureKind.Storage, $"A chunk of '{chunk.Source.Path}' is damaged and its reader '{chunk.Source.Reader}' is not available.");
        SourceContent content;
        try
        {
            using Stream stream = _storage.OpenRead(source);
            content = reader.Read(stream, default);
        }
        catch (Exception unreadable) when (unreadable is not (OperationCanceledException or OutOfMemoryException))
        {
            // Nothing has changed. These bytes could be read once, so whatever is wrong is the file's or the disk's.
            throw Lost($"'{source}' cannot be read: {unreadable.Message}", unreadable);
        }

        if (content is not SourceContent.Spectra spectra || DatasetDigests.Of(spectra.Chunk) != chunk.Digest)
        {
            throw Lost($"'{source}' no longer gives the spectra with digest {chunk.Digest.ToShortString()}.", null);
        }

        WriteChunk(chunk.Digest, spectra.Chunk);
        return spectra.Chunk;

        StageException Lost(string what, Exception? cause) => new(
            FailureKind.Storage,
            $"Chunk '{ChunkPath(chunk.Digest)}' and source of '{chunk.Source.Path}' are damaged: {what} Check the disk; restore one of "
            + "the two from a backup, or the source from the original file.",
            cause);
    }

    /// <summary>One chunk of all samples with all references known so far, in the order of ids.</summary>
    public SpectralChunk Merge() => Dataset.Merge(_manifest, ReadChunk);

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<IngestOutcome> AddAsync(
        StagedSource staged, bool mayLose, DateTimeOffset time, IngestOutcome outcome, CancellationToken cancellation)
    {
        ISpectraReader? reader = null;
        SourceContent content;
        DatasetManifest next;
        Fingerprint? superseded = null;
        try
        {
            content = Read(staged, out reader, cancellation);
            var source = new DatasetSource(staged.Digest, staged.Path, reader.Name, staged.LengthBytes, []);
            DatasetSource? earlier = _manifest.Sources.LastOrDefault(s => s.Path == staged.Path);
            superseded = earlier is not null && (mayLose || DatasetRules.Covers(_manifest, earlier.Digest, content))
                ? earlier.Digest
                : null;
            next = content switch
            {
                SourceContent.Spectra spectra => DatasetRules.Add(_manifest, source, spectra.Chunk, superseded),
                SourceContent.References references => DatasetRules.Add(_manifest, source, references.Table, superseded),
                _ => throw new InvalidOperationException($"Reader '{reader.Name}' gave neither spectra nor references."),
            };
        }
        catch (StageException refused) when (refused.Kind != FailureKind.Storage)
        {
            // Only the private copy has been read; it goes where a person can look at it.
            return await RefuseAsync(staged, reader, outcome with { Message = refused.Message, Place = refused.Place }, time);
        }
        catch (Exception disk) when (disk is UnauthorizedAccessException or (IOException and not EndOfStreamException))
        {
            // The disk failed while the copy was read, which says nothing about the bytes: nothing has changed, they come again.
            throw new StageException(
                FailureKind.Storage,
                $"The copy of '{staged.Path}' at '{staged.Temporary}' cannot be read: {disk.Message} It is tried again; check the disk.",
                disk);
        }
        catch (Exception defect) when (defect is not (StageException or OperationCanceledException or OutOfMemoryException))
        {
            // As above; bytes that a reader stumbles over must not stop the files behind them.
            string message = $"The reader failed on this file ({defect.GetType().Name}: {defect.Message}). This is a defect of the "
                + "program; please report it with the file.";
            return await RefuseAsync(staged, reader, outcome with { Message = message }, time);
        }

        _storage.Move(staged.Temporary, SourcePath(staged.Digest));
        if (content is SourceContent.Spectra written)
        {
            WriteChunk(next.Chunks.First(c => c.Source.Digest == staged.Digest).Digest, written.Chunk);
        }

        outcome = outcome with
        {
            Kind = content is SourceContent.Spectra ? IngestKind.Spectra : IngestKind.References,
            Superseded = superseded,
        };
        outcome = Compared(outcome, _manifest, next, content.Warnings);
        await CommitAsync(next, $"{outcome.Path} {staged.Digest}");
        Quarantine.Joined(staged.Digest);
        return outcome;
    }

    private async Task<IngestOutcome> AddAliasAsync(StagedSource staged, DatasetSource known, bool mayLose, IngestOutcome outcome)
    {
        // What lay under this path before has been overwritten, by bytes that first came under another one.
        Fingerprint? superseded = mayLose && known.Path != staged.Path
            ? _manifest.Sources.LastOrDefault(s => s.Path == staged.Path)?.Digest
            : null;
        if (known.IsKnownAs(staged.Path) && superseded is null)
        {
            Discard(staged);
            return outcome with { Kind = IngestKind.Known };
        }

        DatasetJoin before = Dataset.Join(_manifest);
        DatasetManifest next = superseded is { } earlier ? DatasetRules.Remove(_manifest, earlier) : _manifest;
        next = known.Aliases.Length < AliasesMax ? DatasetRules.AddAlias(next, staged.Digest, staged.Path) : next;
        if (!ReferenceEquals(next, _manifest))
        {
            await CommitAsync(next, $"{outcome.Path} is {staged.Digest}");
        }

        Discard(staged);
        return outcome with
        {
            Kind = IngestKind.Alias,
            Superseded = superseded,
            NewReferences = Dataset.Join(next).KnownCount - before.KnownCount,
        };
    }

    private static IEnumerable<string> Remarks(DatasetJoin before, DatasetJoin after)
    {
        foreach (ReferenceConflict conflict in after.Conflicts.Except(before.Conflicts))
        {
            yield return FormattableString.Invariant(
                $"Sample '{conflict.Id}', {conflict.Response}: {conflict.Refused} from '{conflict.RefusedFrom}' differs from {conflict.Kept} from '{conflict.KeptFrom}', which stays. Correct one of the files.");
        }

        foreach (string id in after.Ambiguous.Except(before.Ambiguous, StringComparer.Ordinal))
        {
            yield return $"Reference id '{id}' could mean several samples and is not joined. Write it as the spectra do.";
        }
    }

    /// <summary>Reads a copy; the reader is known also where it refuses.</summary>
    private SourceContent Read(StagedSource staged, [NotNull] out ISpectraReader? reader, CancellationToken cancellation)
    {
        reader = null;
        using Stream stream = _storage.OpenRead(staged.Temporary);
        byte[] head = new byte[(int)Math.Min(SpectraFormats.HeadBytesMax, staged.LengthBytes)];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        SpectraFormat format = SpectraFormats.Detect(head.AsSpan(0, length), staged.Path);
        ISpectraReader found = (staged.Reader is { } asked ? _readers.Find(asked) : _readers.Find(format))
            ?? throw new StageException(
                FailureKind.InvalidData,
                (staged.LengthBytes == 0 ? "The file is empty" : $"The file is of no known kind ({format})")
                + ": expected a text table with one row per sample, a table of reference values, or Arrow. Export it again as one of these.");
        reader = found;
        stream.Position = 0;
        return found.Read(stream, cancellation);
    }

    private async Task<IngestOutcome> RefuseAsync(StagedSource staged, ISpectraReader? reader, IngestOutcome outcome, DateTimeOffset time)
    {
        if (!staged.IsKeptWhenRefused)
        {
            Discard(staged);
            return outcome with { Kind = IngestKind.Refused };
        }

        await Quarantine.PutAsync(staged, outcome.Message, reader?.Name ?? "none", time);
        return outcome with { Kind = IngestKind.Quarantined };
    }

    private SpectralChunk? TryReadChunk(DatasetChunk chunk)
    {
        string path = ChunkPath(chunk.Digest);
        if (_storage.Stamp(path) is null)
        {
            return null;
        }

        // A chunk can be made again from its source, so whatever is wrong with the file is a miss.
        try
        {
            using Stream stream = _storage.OpenRead(path);
            SpectralChunk read = _codec.Read(stream);
            return DatasetDigests.Of(read) == chunk.Digest ? read : null;
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            return null;
        }
    }

    private void WriteChunk(Fingerprint digest, SpectralChunk chunk)
    {
        // An arrival and a repair may write the same chunk.
        lock (_chunkGate)
        {
            _storage.Write(ChunkPath(digest), stream => _codec.Write(chunk, stream));
        }
    }

    private async Task CommitAsync(DatasetManifest next, string what)
    {
        await _table.WriteAsync(_manifest, next, what);
        Show(next);
    }

    private void Show(DatasetManifest next)
    {
        DatasetManifest before = _manifest;
        _manifest = next;
        if (IsAppended(before, next))
        {
            // The usual case costs what the new chunk costs, however large the dataset.
            _digests.TryAdd(next.Chunks[^1].Source.Digest, true);
            _ids.UnionWith(next.Chunks[^1].Ids);
            return;
        }

        _digests = new(next.Sources.Select(source => new KeyValuePair<Fingerprint, bool>(source.Digest, true)));
        _ids = next.Chunks.SelectMany(chunk => chunk.Ids).ToHashSet(StringComparer.Ordinal);
    }

    private static bool IsAppended(DatasetManifest before, DatasetManifest next) =>
        next.References == before.References
        && next.Chunks.Length == before.Chunks.Length + 1
        && next.Chunks.AsSpan()[..^1].SequenceEqual(before.Chunks.AsSpan(), ReferenceEqualityComparer.Instance);

    /// <summary>What a source brings; the whole join is looked at only where the source touches samples that are there already.</summary>
    private IngestOutcome Compared(IngestOutcome outcome, DatasetManifest before, DatasetManifest next, IEnumerable<string> warnings)
    {
        if (IsAppended(before, next) && next.References.IsEmpty && !_ids.Overlaps(next.Chunks[^1].Ids))
        {
            DatasetChunk chunk = next.Chunks[^1];
            return outcome with
            {
                NewSamples = chunk.Ids.Distinct(StringComparer.Ordinal).Count(),
                NewReferences = Dataset.Join(next with { Chunks = [chunk] }).KnownCount,
                Warnings = [.. warnings],
            };
        }

        DatasetJoin was = Dataset.Join(before);
        DatasetJoin joined = Dataset.Join(next);
        return outcome with
        {
            NewSamples = joined.Ids.Except(was.Ids, StringComparer.Ordinal).Count(),
            NewReferences = joined.KnownCount - was.KnownCount,
            Warnings = [.. warnings, .. Remarks(was, joined)],
        };
    }

    /// <summary>After a commit that failed, the rows say what has been kept.</summary>
    private void Refresh()
    {
        long generation = _state.Generation;
        if (generation != _generation)
        {
            Show(_table.Read() ?? DatasetManifest.Empty(_manifest.Name));
            Quarantine.Refresh();
            _generation = generation;
        }
    }

    private async Task RecoverAsync()
    {
        _storage.CreateFolder(Path.Combine(Folder, "sources"));
        _storage.CreateFolder(Path.Combine(Folder, "chunks"));
        _storage.CreateFolder(Quarantine.Folder);
        LeftOvers.Remove(_storage, Folder, 2);
        _generation = _state.Generation;
        Quarantine.Refresh();
        if (_table.Read() is { } read)
        {
            Show(read);
            return;
        }

        // A dataset has its row from the start, so that sources without one mean that the database was lost, not that a commit failed.
        string sources = Path.Combine(Folder, "sources");
        int count = _storage.List(sources).Count(entry => !entry.IsFolder);
        if (count > SourcesWithoutRowsMax)
        {
            throw new StageException(
                FailureKind.Storage,
                $"'{_state.FilePath}' knows no dataset '{_manifest.Name}', though '{sources}' holds {count} sources. Restore the database from "
                + "a backup; or, to begin anew, move the dataset's folder away and give the original files again.");
        }

        await CommitAsync(_manifest, "begun");
    }

    private string SourcePath(Fingerprint digest) => Path.Combine(Folder, "sources", digest.ToString());

    private string ChunkPath(Fingerprint digest) => Path.Combine(Folder, "chunks", digest + _codec.Extension);
}

/// <summary>A durable copy of a source that has not been judged yet.</summary>
/// <param name="Temporary">Where the copy lies.</param>
/// <param name="Path">The path, or another name, under which it came.</param>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="LengthBytes">Number of bytes.</param>
public sealed record StagedSource(string Temporary, string Path, Fingerprint Digest, long LengthBytes)
{
    /// <summary>True where bytes that cannot join go to quarantine; false where their sender has them and is told.</summary>
    public bool IsKeptWhenRefused { get; init; } = true;

    /// <summary>True where a person asks to have bytes that lie in quarantine tried again.</summary>
    public bool IsRetry { get; init; }

    /// <summary>The name of the reader that must be used; null for the one that fits the bytes.</summary>
    public string? Reader { get; init; }
}
