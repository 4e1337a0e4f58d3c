using System.Collections.Immutable;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra;

/// <summary>A draft that goes on from source to source beside one that begins with the manifest each time.</summary>
public sealed class DatasetDraftTests
{
    private static readonly string[] Ids = ["A1", "a1.spc", "A 1", "B", "b", "C.csv", "c", "D", "E", "F", "G", "H"];
    private static readonly string[] Paths = ["p", "q", "r", "s", "t"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Draft_RandomChanges_IsTheSameAsOneMadeAnewEachTime(ulong seed)
    {
        // Random chunks, tables, aliases and removals, some of which break a rule: the draft and its naive twin give the same manifest,
        // the same refusals and the same sources of a path, and the join of a part changes as the join of the whole.
        var random = new Pcg64(seed);
        var draft = new DatasetDraft(DatasetManifest.Empty("d"));
        int refused = 0;
        for (int step = 0; step < 300; step++)
        {
            DatasetManifest before = draft.ToManifest();
            var twin = new DatasetDraft(before);
            (string[] touched, Action<DatasetDraft> change) = Change(random, step, draft);
            DatasetManifest part = draft.PartOf(touched, withForms: true);
            string? refusal = RefusalOf(change, draft);
            Assert.Equal(RefusalOf(change, twin), refusal);
            DatasetManifest after = draft.ToManifest();
            if (refusal is not null)
            {
                refused++;
                Assert.Same(before, after);
                continue;
            }

            Assert.Equal(Text(twin.ToManifest()), Text(after));
            Assert.All(Paths, path => Assert.Equal(after.Sources.LastOrDefault(source => source.Path == path)?.Digest, draft.LatestOf(path)?.Digest));
            Assert.All(after.Sources, source => Assert.Equal(source.Digest, draft.Find(source.Digest)?.Digest));
            (DatasetJoin was, DatasetJoin joined) = Dataset.Join(before, after);
            (DatasetJoin partWas, DatasetJoin partJoined) = Dataset.Join(part, draft.PartOf(touched, withForms: true));
            Assert.Equal(joined.KnownCount - was.KnownCount, partJoined.KnownCount - partWas.KnownCount);
            Assert.Equal(Sorted(joined.Conflicts.Except(was.Conflicts)), Sorted(partJoined.Conflicts.Except(partWas.Conflicts)));
            Assert.Equal(joined.Ambiguous.Except(was.Ambiguous), partJoined.Ambiguous.Except(partWas.Ambiguous));
        }

        Assert.InRange(refused, 20, 250);
    }

    private static (string[] Touched, Action<DatasetDraft> Change) Change(Pcg64 random, int step, DatasetDraft draft)
    {
        DatasetSource[] sources = [.. draft.ToManifest().Sources];
        string path = Paths[Next(Paths.Length)];
        var digest = Fingerprint.OfBytes(Encoding.UTF8.GetBytes($"{step}"));
        var source = new DatasetSource(digest, path, "test", 1, []);
        Fingerprint? superseded = Next(2) == 0 ? draft.LatestOf(path)?.Digest : null;
        string[] gone = superseded is { } earlier ? [.. draft.IdsOf(earlier)] : [];
        string[] ids = [.. Ids.Where(_ => Next(4) == 0)];
        ids = ids.Length == 0 ? ["Z"] : ids;
        switch (Next(10))
        {
            case < 5:
                SpectralChunk chunk = Chunk(ids);
                return ([.. ids, .. gone], one => one.Add(DatasetChunk.Of(source, chunk), chunk.Axis, superseded));
            case < 8:
                var table = new DatasetReferences(
                    source,
                    [.. ids],
                    [new ResponseColumn(Next(2) == 0 ? "y" : "Y", [.. ids.Select(_ => Value())])],
                    Next(2) == 0 ? [] : [new LabelColumn(Next(2) == 0 ? "kind" : "Kind", [.. ids.Select(_ => Next(3) == 0 ? "" : $"k{Next(3)}")])]);
                return ([.. ids, .. gone], one => one.Add(table, superseded));
            case 8 when sources.Length > 0:
                DatasetSource known = sources[Next(sources.Length)];
                return ([], one => one.AddAlias(known.Digest, path));
            case 9 when sources.Length > 0:
                DatasetSource removed = sources[Next(sources.Length)];
                return ([.. draft.IdsOf(removed.Digest)], one => one.Remove(removed.Digest));
            default:
                return ([], _ => { });
        }

        // Mostly the one spectrum of an id, sometimes another one, and sometimes a label where there is a response.
        SpectralChunk Chunk(string[] of)
        {
            var x = new Matrix(of.Length, Next(30) == 0 ? 3 : 2);
            bool isOther = Next(5) == 0;
            for (int i = 0; i < of.Length; i++)
            {
                x.Row(i)[0] = Array.IndexOf(Ids, of[i]) + (isOther ? 0.5 : 0);
            }

            var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => 1100.0 + (10 * j))], AxisUnit.Nanometre);
            ImmutableArray<ResponseColumn> responses = Next(2) == 0 ? [new ResponseColumn(Next(2) == 0 ? "y" : "w", [.. of.Select(_ => Value())])] : [];
            ImmutableArray<LabelColumn> labels = Next(4) == 0 ? [new LabelColumn(Next(6) == 0 ? "Y" : "set", [.. of])] : [];
            return new SpectralChunk([.. of], axis, x, responses, labels);
        }

        double Value() => Next(4) == 0 ? double.NaN : Next(3);

        int Next(int count) => random.NextInt(count);
    }

    private static string? RefusalOf(Action<DatasetDraft> change, DatasetDraft draft)
    {
        try
        {
            change(draft);
            return null;
        }
        catch (StageException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>In which letter case a response is written depends on the columns that a part has.</summary>
    private static IEnumerable<string> Sorted(IEnumerable<ReferenceConflict> conflicts) =>
        conflicts.Select(conflict => (conflict with { Response = conflict.Response.ToUpperInvariant() }).ToString()).Order(StringComparer.Ordinal);

    private static string Text(DatasetManifest manifest) => string.Join(
        '\n',
        [
            manifest.Axis is { } axis ? Encoding.UTF8.GetString(DatasetEntryJson.Write(axis)) : "no axis",
            .. manifest.Chunks.Select(chunk => Encoding.UTF8.GetString(DatasetEntryJson.Write(chunk))),
            .. manifest.References.Select(table => Encoding.UTF8.GetString(DatasetEntryJson.Write(table))),
        ]);
}
