using System.Collections.Concurrent;
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
/// of effects: bytes durable, then chunk, then rows; only after that may a caller release the source. Sources come in
/// groups that share flushes and one commit, and join one after the other in the order given: the result is that of groups of
/// one. Bytes without row are left over from a crash and are taken up when they come again, so repeating any step is harmless.
/// Chunks are not flushed: they are checked when they are read, and made again from their source. A source that is read as
/// quickly as its chunk would be has no chunk file.
/// Safe for all threads: changes go one at a time, <see cref="Manifest"/> is a snapshot. After a commit that failed, what
/// the disk has kept is read again before anything else happens. Original bytes are never deleted.
/// </remarks>
public sealed partial class DatasetStore : IDisposable
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
    private readonly long _chunkedFromBytes;
    private readonly int _threads;
    private volatile DatasetManifest _manifest;
    private volatile ConcurrentDictionary<Fingerprint, bool> _digests = new();
    private int _temporaryNumber;

    // Guarded by _gate.
    private DatasetDraft? _draft;
    private long _generation;

    private DatasetStore(
        string folder, string name, StateDatabase state, IStorage storage, IChunkCodec codec, SpectraFormatsReaders readers, DatasetStoreOptions options)
    {
        Folder = folder;
        _state = state;
        _table = new DatasetTable(state, name);
        _storage = storage;
        _codec = codec;
        _readers = readers;
        _chunkedFromBytes = options.ChunkedFromBytes;
        _threads = options.Threads;
        Quarantine = new Quarantine(state, name, storage, Path.Combine(folder, "quarantine"));
        _manifest = DatasetManifest.Empty(name);
    }

    /// <summary>The most sources of one group.</summary>
    public static int GroupFilesMax => 256;

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
    /// <param name="options">How it works; null for what is usual.</param>
    /// <exception cref="StageException">The name is impossible, or what is on the disk does not fit together.</exception>
    public static async Task<DatasetStore> OpenAsync(
        string dataFolder,
        string name,
        StateDatabase state,
        IStorage storage,
        IChunkCodec codec,
        SpectraFormatsReaders readers,
        DatasetStoreOptions? options = null)
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
        var store = new DatasetStore(folder, name, state, storage, codec, readers, options ?? new DatasetStoreOptions());
        await store.RecoverAsync();
        return store;
    }

    /// <summary>Takes a durable copy of a source, which the dataset does not know yet.</summary>
    /// <remarks>The copy must be given to <see cref="IngestAsync(StagedSource, bool, DateTimeOffset, CancellationToken)"/> or
    /// <see cref="Discard(StagedSource)"/>; a crash in between leaves a temporary.</remarks>
    public StagedSource Stage(Stream source, string path, long bytesMax, CancellationToken cancellation = default)
    {
        string temporary = NewTemporary();
        CopiedBytes copied = _storage.CopyIn(source, temporary, bytesMax, cancellation);
        return new StagedSource(temporary, path, copied.Digest, copied.LengthBytes);
    }

    /// <summary>As <see cref="Stage"/>, but the copy becomes durable only when it joins, together with those of its group.</summary>
    public StagedSource StageSoon(Stream source, string path, long bytesMax, CancellationToken cancellation = default)
    {
        UnflushedFile file = _storage.CopySoon(source, NewTemporary(), bytesMax, cancellation);
        return new StagedSource(file.Path, path, file.Copied.Digest, file.Copied.LengthBytes) { Unflushed = file };
    }

    /// <summary>Deletes a copy that is not wanted.</summary>
    public void Discard(StagedSource staged)
    {
        ArgumentNullException.ThrowIfNull(staged);
        staged.Unflushed?.Dispose();
        _storage.Delete(staged.Temporary);
    }

    /// <summary>Lets go of copies that are not wanted; one that cannot be deleted now stays until the next start.</summary>
    public void Discard(IReadOnlyList<StagedSource> unwanted)
    {
        ArgumentNullException.ThrowIfNull(unwanted);
        foreach (StagedSource staged in unwanted)
        {
            staged.Unflushed?.Dispose();
        }

        LeftOvers.TryDelete(_storage, [.. unwanted.Select(staged => staged.Temporary)]);
    }

    /// <summary>True where the dataset or its quarantine has these bytes.</summary>
    public bool Knows(Fingerprint digest) => _digests.ContainsKey(digest) || Quarantine.Contains(digest);

    /// <summary>The spectra of a chunk; a file that is damaged or missing is made anew from the source.</summary>
    public SpectralChunk ReadChunk(DatasetChunk chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        bool hasFile = HasChunkFile(chunk.Source);
        if (hasFile && TryReadChunk(chunk) is { } read)
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

        if (hasFile)
        {
            WriteChunk(chunk.Digest, spectra.Chunk);
        }

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

    private bool HasChunkFile(DatasetSource source) => source.LengthBytes >= _chunkedFromBytes;

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
            _storage.WriteSoon(ChunkPath(digest), stream => _codec.Write(chunk, stream));
        }
    }

    private void Show(DatasetManifest next)
    {
        _manifest = next;
        _draft = null;
        _digests = new(next.Sources.Select(source => new KeyValuePair<Fingerprint, bool>(source.Digest, true)));
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

        await _table.WriteAsync(_manifest, _manifest, ["begun"]);
    }

    private string NewTemporary() => Path.Combine(
        Folder, "sources", $"{Interlocked.Increment(ref _temporaryNumber)}{StorageNames.TemporaryEnding}");

    private string SourcePath(Fingerprint digest) => Path.Combine(Folder, "sources", digest.ToString());

    private string ChunkPath(Fingerprint digest) => Path.Combine(Folder, "chunks", digest + _codec.Extension);
}

/// <summary>A copy of a source that has not been judged yet.</summary>
/// <param name="Temporary">Where the copy lies.</param>
/// <param name="Path">The path, or another name, under which it came.</param>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="LengthBytes">Number of bytes.</param>
public sealed record StagedSource(string Temporary, string Path, Fingerprint Digest, long LengthBytes)
{
    /// <summary>The open file of a copy that is not durable yet; null where it is.</summary>
    internal UnflushedFile? Unflushed { get; init; }

    /// <summary>True where bytes that cannot join go to quarantine; false where their sender has them and is told.</summary>
    public bool IsKeptWhenRefused { get; init; } = true;

    /// <summary>True where a person asks to have bytes that lie in quarantine tried again.</summary>
    public bool IsRetry { get; init; }

    /// <summary>The name of the reader that must be used; null for the one that fits the bytes.</summary>
    public string? Reader { get; init; }
}
