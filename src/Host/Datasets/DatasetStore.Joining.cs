using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Storage;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Datasets;

// How sources join: each is judged by what came before it, and a group becomes durable together.
public sealed partial class DatasetStore
{
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
        StagedSource staged, bool mayLose, DateTimeOffset time, CancellationToken cancellation = default) =>
        (await IngestAsync([staged], mayLose, time, cancellation))[0];

    /// <summary>Takes copied sources into the dataset, or into quarantine, one after the other; all become durable together.</summary>
    /// <param name="group">The copies, <see cref="GroupFilesMax"/> at most; they are used up.</param>
    /// <param name="mayLose">As for one source.</param>
    /// <param name="time">The time, for the quarantine.</param>
    /// <param name="cancellation">Ends the reading; nothing has changed then.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="StageException">Of kind Storage: nothing is lost, all sources must be kept and given again.</exception>
    public async Task<ImmutableArray<IngestOutcome>> IngestAsync(
        IReadOnlyList<StagedSource> group, bool mayLose, DateTimeOffset time, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(group.Count, GroupFilesMax);
        try
        {
            await _gate.WaitAsync(cancellation);
            try
            {
                Refresh();
                return await JoinAsync(group, mayLose, time, cancellation);
            }
            finally
            {
                _gate.Release();
            }
        }
        catch (OutOfMemoryException)
        {
            // What was allocated for these files is gone again; others go on, and they come again when there may be more room.
            Discard(group);
            throw new StageException(
                FailureKind.Storage,
                $"'{group[0].Path}' ({ByteSize.Format(group.Sum(staged => staged.LengthBytes))}) needs more memory than is free now. It is tried "
                + "again; split it, or raise Pipeline:Memory.");
        }
        catch
        {
            // Whatever went wrong, copies that have not found their place would stay until the next start; a second try makes its own.
            Discard(group);
            throw;
        }
    }

    private async Task<ImmutableArray<IngestOutcome>> JoinAsync(
        IReadOnlyList<StagedSource> group, bool mayLose, DateTimeOffset time, CancellationToken cancellation)
    {
        // Until all is durable, the draft says more than is so: a failure leaves none, and the next group begins with the manifest.
        DatasetDraft draft = _draft ?? new DatasetDraft(_manifest);
        _draft = null;
        Reading?[] readings = await SideBySide.RunAsync(
            group, _threads, staged => draft.Find(staged.Digest) is null && !Quarantine.Contains(staged.Digest) ? Read(staged, cancellation) : null);
        var joining = new Joining(draft);
        var outcomes = ImmutableArray.CreateBuilder<IngestOutcome>(group.Count);
        for (int i = 0; i < group.Count; i++)
        {
            outcomes.Add(Judge(joining, group[i], readings[i], mayLose, cancellation));
        }

        await KeepAsync(joining, time);
        _draft = draft;
        Discard(joining.Unwanted);
        return outcomes.MoveToImmutable();
    }

    /// <summary>Makes everything durable in the order bytes, chunks, rows.</summary>
    private async Task KeepAsync(Joining joining, DateTimeOffset time)
    {
        _storage.Flush([.. joining.Kept.Concat(joining.Refused.Values.Select(one => one.Staged)).Select(one => one.Unflushed).OfType<UnflushedFile>()]);
        _storage.Move([.. joining.Kept.Select(staged => (staged.Temporary, SourcePath(staged.Digest)))]);
        foreach ((Fingerprint digest, SpectralChunk chunk) in joining.Chunks)
        {
            WriteChunk(digest, chunk);
        }

        KeyValuePair<Fingerprint, QuarantineReason>[] refused =
            [.. joining.Refused.Select(one => KeyValuePair.Create(one.Key, Quarantine.Keep(one.Value.Staged, one.Value.Message, one.Value.Reader, time)))];
        DatasetManifest next = joining.Draft.ToManifest();
        if (refused.Length == 0 && ReferenceEquals(next, _manifest))
        {
            return;
        }

        await _table.WriteAsync(_manifest, next, joining.Events, transaction =>
        {
            foreach ((Fingerprint digest, QuarantineReason reason) in refused)
            {
                Quarantine.Write(transaction, digest, reason);
            }
        });
        Quarantine.Show(joining.Refused.Keys);
        Quarantine.Joined(joining.Kept.Select(staged => staged.Digest));
        _manifest = next;
        foreach (Fingerprint digest in joining.Touched)
        {
            if (joining.Draft.Find(digest) is null)
            {
                _digests.TryRemove(digest, out _);
            }
            else
            {
                _digests.TryAdd(digest, true);
            }
        }
    }

    private IngestOutcome Judge(Joining joining, StagedSource staged, Reading? reading, bool mayLose, CancellationToken cancellation)
    {
        var outcome = new IngestOutcome { Dataset = _manifest.Name, Path = staged.Path, Digest = staged.Digest };
        if (joining.Draft.Find(staged.Digest) is { } known)
        {
            return Alias(joining, staged, known, mayLose, outcome);
        }

        if (joining.Refused.ContainsKey(staged.Digest)
            || (staged is { IsKeptWhenRefused: true, IsRetry: false } && Quarantine.Contains(staged.Digest)))
        {
            joining.Unwanted.Add(staged);
            return outcome with { Kind = IngestKind.KnownBad };
        }

        // What was known a moment ago may have been superseded by an earlier source of the group.
        reading ??= Read(staged, cancellation);
        if (reading.Refusal is { } refusal)
        {
            return Refused(refusal);
        }

        try
        {
            return Add(joining, staged, reading, mayLose, outcome);
        }
        catch (StageException broken) when (broken.Kind != FailureKind.Storage)
        {
            // Only the private copy has been read; it goes where a person can look at it.
            return Refused(new Refusal(broken.Message, broken.Place));
        }

        IngestOutcome Refused(Refusal refusal)
        {
            outcome = outcome with { Message = refusal.Message, Place = refusal.Place };
            if (!staged.IsKeptWhenRefused)
            {
                joining.Unwanted.Add(staged);
                return outcome with { Kind = IngestKind.Refused };
            }

            joining.Refused.Add(staged.Digest, (staged, refusal.Message, reading.Reader?.Name ?? "none"));
            return outcome with { Kind = IngestKind.Quarantined };
        }
    }

    private IngestOutcome Add(Joining joining, StagedSource staged, Reading reading, bool mayLose, IngestOutcome outcome)
    {
        DatasetDraft draft = joining.Draft;
        Fingerprint? superseded = draft.LatestOf(staged.Path) is { } earlier && (mayLose || draft.Covers(earlier.Digest, reading.Content!))
            ? earlier.Digest
            : null;
        outcome = outcome with { Superseded = superseded };
        switch (reading)
        {
            case { Chunk: { } entry, Content: SourceContent.Spectra { Chunk: { } chunk } }:
                outcome = Compared(
                    draft, outcome with { Kind = IngestKind.Spectra }, entry.Ids, () => draft.Add(entry, chunk.Axis, superseded), reading.Content.Warnings);
                if (HasChunkFile(entry.Source))
                {
                    joining.Chunks[entry.Digest] = chunk;
                }

                break;
            case { Content: SourceContent.References { Table: { } table } }:
                var references = new DatasetReferences(reading.Source(staged), table.Ids, table.Columns, table.Labels);
                outcome = Compared(
                    draft, outcome with { Kind = IngestKind.References }, table.Ids, () => draft.Add(references, superseded), reading.Content.Warnings);
                break;
            default:
                throw new InvalidOperationException($"Reader '{reading.Reader?.Name}' gave neither spectra nor references.");
        }

        joining.Kept.Add(staged);
        joining.Changed($"{staged.Path} {staged.Digest}", staged.Digest, superseded);
        return outcome;
    }

    private static IngestOutcome Alias(Joining joining, StagedSource staged, DatasetSource known, bool mayLose, IngestOutcome outcome)
    {
        // What lay under this path before has been overwritten, by bytes that first came under another one.
        DatasetDraft draft = joining.Draft;
        Fingerprint? superseded = mayLose && known.Path != staged.Path ? draft.LatestOf(staged.Path)?.Digest : null;
        joining.Unwanted.Add(staged);
        if (known.IsKnownAs(staged.Path) && superseded is null)
        {
            return outcome with { Kind = IngestKind.Known };
        }

        outcome = outcome with { Kind = IngestKind.Alias, Superseded = superseded };
        if (superseded is { } earlier)
        {
            outcome = Compared(draft, outcome, [], () => draft.Remove(earlier), []) with { Warnings = [] };
        }

        if (known.Aliases.Length < AliasesMax)
        {
            draft.AddAlias(staged.Digest, staged.Path);
        }

        if (superseded is not null || known.Aliases.Length < AliasesMax)
        {
            joining.Changed($"{staged.Path} is {staged.Digest}", staged.Digest, superseded);
        }

        return outcome;
    }

    /// <summary>Changes the draft, and says what that brings; only samples that the change touches are joined.</summary>
    private static IngestOutcome Compared(
        DatasetDraft draft, IngestOutcome outcome, ImmutableArray<string> ids, Action change, IEnumerable<string> warnings)
    {
        bool withForms = draft.HasTables || outcome.Kind == IngestKind.References;
        string[] touched = [.. ids, .. outcome.Superseded is { } superseded ? draft.IdsOf(superseded) : []];
        int newSamples = outcome.Kind == IngestKind.Spectra ? ids.Distinct(StringComparer.Ordinal).Count(id => !draft.HasSample(id)) : 0;
        DatasetManifest before = draft.PartOf(touched, withForms);
        change();
        (DatasetJoin was, DatasetJoin joined) = Dataset.Join(before, draft.PartOf(touched, withForms));
        return outcome with
        {
            NewSamples = newSamples,
            NewReferences = joined.KnownCount - was.KnownCount,
            Warnings = [.. warnings, .. Remarks(was, joined)],
        };
    }

    private static IEnumerable<string> Remarks(DatasetJoin before, DatasetJoin after)
    {
        foreach (ReferenceConflict conflict in after.Conflicts.Except(before.Conflicts))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Sample '{conflict.Id}', {conflict.Response}: {conflict.Refused} from '{conflict.RefusedFrom}' differs from "
                + $"{conflict.Kept} from '{conflict.KeptFrom}', which stays. Correct one of the files.");
        }

        foreach (string id in after.Ambiguous.Except(before.Ambiguous, StringComparer.Ordinal))
        {
            yield return $"Reference id '{id}' could mean several samples and is not joined. Write it as the spectra do.";
        }
    }

    /// <summary>Reads a copy; depends on nothing but its bytes and name.</summary>
    private Reading Read(StagedSource staged, CancellationToken cancellation)
    {
        ISpectraReader? reader = null;
        try
        {
            using Stream stream = _storage.OpenRead(staged.Temporary);
            byte[] head = new byte[(int)Math.Min(SpectraFormats.HeadBytesMax, staged.LengthBytes)];
            int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            SpectraFormat format = SpectraFormats.Detect(head.AsSpan(0, length), staged.Path);
            reader = (staged.Reader is { } asked ? _readers.Find(asked) : _readers.Find(format))
                ?? throw new StageException(
                    FailureKind.InvalidData,
                    (staged.LengthBytes == 0 ? "The file is empty" : $"The file is of no known kind ({format})")
                    + ": expected a text table with one row per sample, a table of reference values, or Arrow. Export it again as one of these.");
            stream.Position = 0;
            SourceContent content = reader.Read(stream, cancellation);
            var source = new DatasetSource(staged.Digest, staged.Path, reader.Name, staged.LengthBytes, []);
            return new Reading(reader, content, content is SourceContent.Spectra spectra ? DatasetChunk.Of(source, spectra.Chunk) : null, null);
        }
        catch (StageException refused) when (refused.Kind != FailureKind.Storage)
        {
            return new Reading(reader, null, null, new Refusal(refused.Message, refused.Place));
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
            // Bytes that a reader stumbles over must not stop the files behind them.
            string message = $"The reader failed on this file ({defect.GetType().Name}: {defect.Message}). This is a defect of the program; please "
                + "report it with the file.";
            return new Reading(reader, null, null, new Refusal(message, null));
        }
    }

    /// <summary>Why a copy cannot join, and where in it that shows.</summary>
    private sealed record Refusal(string Message, DataPlace? Place);

    /// <summary>What a reader has made of a copy.</summary>
    private sealed record Reading(ISpectraReader? Reader, SourceContent? Content, DatasetChunk? Chunk, Refusal? Refusal)
    {
        public DatasetSource Source(StagedSource staged) => new(staged.Digest, staged.Path, Reader!.Name, staged.LengthBytes, []);
    }

    /// <summary>What a group has come to so far, all of it in memory.</summary>
    private sealed class Joining(DatasetDraft draft)
    {
        public DatasetDraft Draft { get; } = draft;

        public List<StagedSource> Kept { get; } = [];

        public List<StagedSource> Unwanted { get; } = [];

        public Dictionary<Fingerprint, SpectralChunk> Chunks { get; } = [];

        public Dictionary<Fingerprint, (StagedSource Staged, string Message, string Reader)> Refused { get; } = [];

        public List<string> Events { get; } = [];

        public HashSet<Fingerprint> Touched { get; } = [];

        public void Changed(string what, Fingerprint digest, Fingerprint? superseded)
        {
            Events.Add(what);
            Touched.Add(digest);
            if (superseded is { } gone)
            {
                Touched.Add(gone);
            }
        }
    }
}
