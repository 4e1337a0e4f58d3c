using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Spectra;

public sealed class DatasetTests
{
    private static readonly DatasetManifest Empty = DatasetManifest.Empty("corn");

    [Theory]
    [InlineData(1ul)]
    [InlineData(2ul)]
    [InlineData(3ul)]
    public void Merge_AnyOrderOfArrival_GivesTheSameBits(ulong seed)
    {
        SpectralChunk whole = TestChunks.Make(30, 12, 7);
        var parts = new Dictionary<string, SpectralChunk>();
        for (int k = 0; k < 6; k++)
        {
            // Parts overlap by one sample, which is an alias.
            parts[$"part{k}"] = Rows(whole, k * 5, Math.Min(6, 30 - (k * 5)));
        }

        string[] names = [.. parts.Keys, "refs1", "refs2"];
        Fingerprint expected = Merged(names);
        new Pcg64(seed).Shuffle(names.AsSpan());
        Assert.Equal(expected, Merged(names));

        Fingerprint Merged(string[] order)
        {
            DatasetManifest manifest = Empty;
            foreach (string name in order)
            {
                manifest = parts.TryGetValue(name, out SpectralChunk? part)
                    ? Add(manifest, Source(name), part)
                    : Add(
                        manifest, Source(name), Table(name == "refs1" ? "Moisture" : "moisture", (name == "refs1" ? "S003" : "s004.spc", 1.5)));
            }

            SpectralChunk merged = Dataset.Merge(manifest, c => parts[c.Source.Path]);
            Assert.Equal(30, merged.SampleCount);
            Assert.Equal(["Moisture", "protein"], merged.Responses.Select(r => r.Name));
            Assert.Equal(2, merged.Responses[0].Values.Count(v => !double.IsNaN(v)));
            return DatasetDigests.Of(merged);
        }
    }

    [Theory]
    [InlineData(AxisUnit.Wavenumber, 4, 0.0, "unit")]
    [InlineData(AxisUnit.Nanometre, 5, 0.0, "number of variables")]
    [InlineData(AxisUnit.Nanometre, 4, 2e-5, "Position 2")]
    public void Add_AnotherAxis_IsRefusedNamingBoth(AxisUnit unit, int count, double shift, string what)
    {
        DatasetManifest manifest = Add(Empty, Source("first"), On(AxisUnit.Nanometre, 4, 0, "A"));
        StageException refused = Assert.Throws<StageException>(
            () => Add(manifest, Source("second"), On(unit, count, shift, "B")));
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
        Assert.Contains("first", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{count} variables", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_AxisWithinTolerance_Joins() =>
        Assert.Equal(2, Add(
            Add(Empty, Source("first"), On(AxisUnit.Nanometre, 4, 0, "A")),
            Source("second"),
            On(AxisUnit.Nanometre, 4, 5e-6, "B")).SampleIds.Length);

    [Fact]
    public void Add_SampleWithAnotherSpectrum_IsRefusedNamingIdAndBothSources()
    {
        DatasetManifest manifest = Add(Empty, Source("first"), TestChunks.Make(3, 8, 1));
        StageException refused = Assert.Throws<StageException>(
            () => Add(manifest, Source("second"), TestChunks.Make(3, 8, 2)));
        Assert.Contains("'S000'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'first'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, Add(manifest, Source("second"), TestChunks.Make(3, 8, 2), Source("first").Digest).SampleIds.Length);
    }

    [Fact]
    public void Join_AmbiguousAndConflicting_AreReportedAndNotJoined()
    {
        SpectralChunk chunk = TestChunks.Make(3, 8, 1);
        chunk = new SpectralChunk(["A1", "a 1", "B"], chunk.Axis, chunk.X, [], []);
        DatasetManifest manifest = Add(Empty, Source("spectra"), chunk);
        manifest = Add(manifest, Source("one"), Table("y", ("a1.spc", 1), ("A1", 2), ("b", 3), ("C", 4)));
        manifest = Add(manifest, Source("two"), Table("y", ("B", 5)));
        DatasetJoin join = Dataset.Join(manifest);
        Assert.Equal(["a1.spc"], join.Ambiguous.ToArray());
        Assert.Equal(["b = B"], join.Normalised.ToArray());
        Assert.Equal(["C"], join.WithoutSpectrum.ToArray());
        Assert.Equal(new ReferenceConflict("B", "y", "3", "one", "5", "two"), Assert.Single(join.Conflicts));
        Assert.Equal(2, join.KnownCount);
    }

    [Fact]
    public void Join_IdWithoutSpectrum_JoinsWhenTheSpectrumArrives()
    {
        DatasetManifest manifest = Add(Empty, Source("refs"), Table("y", ("S001", 3)));
        Assert.Equal(["S001"], Dataset.Join(manifest).WithoutSpectrum.ToArray());
        manifest = Add(manifest, Source("spectra"), TestChunks.Make(3, 8, 1));
        DatasetJoin join = Dataset.Join(manifest);
        Assert.Empty(join.WithoutSpectrum);
        Assert.Equal(4, join.KnownCount);
    }

    [Theory]
    [InlineData("A1.SPC", "a1")]
    [InlineData(" A 1.csv", "a1")]
    [InlineData("12.5", "12.5")]
    [InlineData(".spc", ".spc")]
    public void Normalise_Id_LosesExtensionBlanksAndCase(string id, string form) => Assert.Equal(form, Dataset.Normalise(id));

    [Fact]
    public void Covers_LaterContent_HasAllKnownValuesOfTheSameKind()
    {
        DatasetManifest manifest = Add(Empty, Source("refs"), Table("protein", ("A", 1), ("B", double.NaN)));
        Assert.True(Covers(Table("Protein", ("A", 2), ("B", double.NaN), ("C", 3))));
        Assert.False(Covers(Table("moisture", ("A", 1), ("B", 1))));
        Assert.False(Covers(Table("protein", ("A", double.NaN), ("B", 1))));
        Assert.False(Covers(Table("protein", ("A", 1))));
        SpectralChunk spectra = On(AxisUnit.Nanometre, 4, 0, "A");
        manifest = Add(manifest, Source("spectra"), spectra);
        Assert.False(DatasetTests.Covers(manifest, Source("spectra").Digest, new SourceContent.References(Table("protein", ("A", 1)))));
        Assert.True(DatasetTests.Covers(manifest, Source("spectra").Digest, new SourceContent.Spectra(spectra)));

        bool Covers(ReferenceTable table) => DatasetTests.Covers(manifest, Source("refs").Digest, new SourceContent.References(table));
    }

    [Fact]
    public void Json_WrittenAndRead_IsTheSame()
    {
        SpectralChunk chunk = TestChunks.Make(5, 8, 1);
        chunk = new SpectralChunk(
            chunk.Ids, chunk.Axis, chunk.X, [new ResponseColumn("y", [1.0 / 3, double.NaN, 5e-324, -0.0, 1e300])],
            [new LabelColumn("set", ["a", "", "ü\"", "b", "c"])]);
        DatasetManifest manifest = Add(Empty, Source("spectra"), chunk);
        manifest = Add(manifest, Source("refs"), Table("z", ("S001", 0.1)));
        manifest = AddAlias(manifest, Source("refs").Digest, "other name");
        byte[] first = DatasetEntryJson.Write(manifest.Chunks[0]);
        DatasetChunk read = DatasetEntryJson.ReadChunk(first);
        Assert.Equal(first, DatasetEntryJson.Write(read));
        Assert.Equal(manifest.Chunks[0].Responses[0].Values.ToArray(), read.Responses[0].Values.ToArray());
        DatasetReferences references = DatasetEntryJson.ReadReferences(DatasetEntryJson.Write(manifest.References[0]));
        Assert.Equal(["other name"], references.Source.Aliases.ToArray());
        Assert.Equal(manifest.References[0].Ids.ToArray(), references.Ids.ToArray());
        SpectralAxis axis = DatasetEntryJson.ReadAxis(DatasetEntryJson.Write(manifest.Axis!));
        Assert.Equal(manifest.Axis!.Positions.ToArray(), axis.Positions.ToArray());
        Assert.Equal(manifest.Axis.Unit, axis.Unit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"unit\":\"Parsec\",\"positions\":[1]}")]
    [InlineData("{\"unit\":\"Nanometre\"}")]
    public void Json_Damaged_IsAStorageFailure(string text)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes(text);
        Assert.Equal(FailureKind.Storage, Assert.Throws<StageException>(() => DatasetEntryJson.ReadAxis(json)).Kind);
        Assert.Equal(FailureKind.Storage, Assert.Throws<StageException>(() => DatasetEntryJson.ReadChunk(json)).Kind);
        Assert.Equal(FailureKind.Storage, Assert.Throws<StageException>(() => DatasetEntryJson.ReadReferences(json)).Kind);
    }

    /// <summary>Classes that come later are joined by id, in any order of arrival; a cell that a table fills counts as known.</summary>
    [Fact]
    public void Join_LabelsOfALateTable_AreThoseOfTheSamples()
    {
        SpectralChunk chunk = On(AxisUnit.Nanometre, 3, 0, "s1");
        var table = new DatasetReferences(Source("b.csv"), ["S1.spc", "s2"], [], [new LabelColumn("variety", ["spelt", "emmer"])]);
        var draft = new DatasetDraft(DatasetManifest.Empty("grain"));
        draft.Add(table);
        Assert.Equal(0, Dataset.Join(draft.ToManifest()).KnownCount);
        draft.Add(DatasetChunk.Of(Source("a.csv"), chunk), chunk.Axis);
        DatasetManifest manifest = draft.ToManifest();
        Assert.Equal(["variety"], manifest.Labels.ToArray());
        Assert.Equal(1, Dataset.Join(manifest).KnownCount);
        Assert.Equal(["spelt"], Assert.Single(Dataset.Merge(manifest, _ => chunk).Labels).Values.ToArray());
        DatasetReferences again = DatasetEntryJson.ReadReferences(DatasetEntryJson.Write(table));
        Assert.Equal(["spelt", "emmer"], Assert.Single(again.Labels).Values.ToArray());
        string old = System.Text.Encoding.UTF8.GetString(DatasetEntryJson.Write(table with { Labels = [] })).Replace(",\"labels\":[]", "", StringComparison.Ordinal);
        Assert.DoesNotContain("labels", old, StringComparison.Ordinal);
        Assert.Empty(DatasetEntryJson.ReadReferences(System.Text.Encoding.UTF8.GetBytes(old)).Labels);
        draft.Add(new DatasetReferences(Source("d.csv"), ["s1"], [], [new LabelColumn("variety", ["emmer"])]));
        DatasetJoin differing = Dataset.Join(draft.ToManifest());
        Assert.Equal(["emmer"], Assert.Single(differing.Labels).Values.ToArray());
        Assert.Equal(new ReferenceConflict("s1", "variety", "emmer", "d.csv", "spelt", "b.csv"), Assert.Single(differing.Conflicts));
        draft.Add(new DatasetReferences(Source("e.csv"), ["s1"], [new ResponseColumn("variety", [double.NaN]), new ResponseColumn("y", [1])], []));
        Assert.Equal(["y"], draft.ToManifest().Responses.ToArray());
        var numbers = new DatasetReferences(Source("c.csv"), ["s1"], [new ResponseColumn("Variety", [1])], []);
        Assert.Contains("is a label", Assert.Throws<StageException>(() => draft.Add(numbers)).Message, StringComparison.Ordinal);
    }

    private static DatasetManifest Add(DatasetManifest manifest, DatasetSource source, SpectralChunk chunk, Fingerprint? superseded = null) =>
        Changed(manifest, draft => draft.Add(DatasetChunk.Of(source, chunk), chunk.Axis, superseded));

    private static DatasetManifest Add(DatasetManifest manifest, DatasetSource source, ReferenceTable table) =>
        Changed(manifest, draft => draft.Add(new DatasetReferences(source, table.Ids, table.Columns, table.Labels)));

    private static DatasetManifest AddAlias(DatasetManifest manifest, Fingerprint digest, string path) =>
        Changed(manifest, draft => draft.AddAlias(digest, path));

    private static bool Covers(DatasetManifest manifest, Fingerprint earlier, SourceContent content) =>
        new DatasetDraft(manifest).Covers(earlier, content);

    private static DatasetManifest Changed(DatasetManifest manifest, Action<DatasetDraft> change)
    {
        var draft = new DatasetDraft(manifest);
        change(draft);
        return draft.ToManifest();
    }

    private static DatasetSource Source(string name) =>
        new(Fingerprint.OfBytes(System.Text.Encoding.UTF8.GetBytes(name)), name, "test", name.Length, []);

    private static ReferenceTable Table(string response, params (string Id, double Value)[] rows) =>
        new([.. rows.Select(r => r.Id)], [new ResponseColumn(response, [.. rows.Select(r => r.Value)])], [], []);

    private static SpectralChunk On(AxisUnit unit, int count, double shift, string id) => new(
        [id],
        new SpectralAxis([.. Enumerable.Range(0, count).Select(j => 1100.0 + (10 * j) + (j == 1 ? shift : 0))], unit),
        new Matrix(1, count),
        [],
        []);

    private static SpectralChunk Rows(SpectralChunk chunk, int first, int count)
    {
        int[] rows = [.. Enumerable.Range(first, count)];
        return new SpectralChunk(
            [.. rows.Select(i => chunk.Ids[i])],
            chunk.Axis,
            chunk.X.SelectRows(rows),
            [.. chunk.Responses.Select(r => new ResponseColumn(r.Name, [.. rows.Select(i => r.Values[i])]))],
            []);
    }
}
