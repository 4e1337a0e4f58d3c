using System.Text.Json;
using Apache.Arrow;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>We read what the npm package apache-arrow writes, and it reads what we write; see foreign/README.md.</summary>
public class ForeignPartnerTests
{

    [ForeignFact]
    public async Task ForeignStreamAndFile_AreReadAsWritten()
    {
        using var folder = new ScratchFolder();
        await ForeignPartner.RunAsync("write", folder.Path);
        string[][] expected =
        [
            ["'snv'", "null", "'Müller'", "''"],
            ["1.5", "-0.25", "null", "1E+300"],
            ["[1,2,3]", "[4,5,6]", "null", "[7,8,9]"],
            ["'a'", "'b'", "null", "'a'"],
            ["0", "1500", "null", "86400000"],
        ];
        byte[] stream = await File.ReadAllBytesAsync(System.IO.Path.Combine(folder.Path, "partner.stream"));
        byte[] file = await File.ReadAllBytesAsync(System.IO.Path.Combine(folder.Path, "partner.arrow"));
        Assert.Equal(expected, Rendering.Of(Assert.Single(Transport.ReadMemory(stream).Batches)));
        Assert.Equal(expected, Rendering.Of(Assert.Single(Transport.ReadFile(file).Batches)));
    }

    [ForeignTheory]
    [InlineData("stream")]
    [InlineData("arrow")]
    public async Task OurStreamAndFile_AreReadByTheForeigner(string kind)
    {
        using var folder = new ScratchFolder();
        RecordBatch first = Samples.Everything(11, withNulls: true);
        RecordBatch[] batches = [first, first.Slice(3, 5), Samples.Everything(0, withNulls: true)];
        string path = System.IO.Path.Combine(folder.Path, "ours." + kind);
        await File.WriteAllBytesAsync(
            path, kind == "stream" ? Transport.WriteStream(first.Schema, batches) : Transport.WriteFile(first.Schema, batches));
        using var document = JsonDocument.Parse(await ForeignPartner.RunAsync("read", path));
        JsonElement root = document.RootElement;
        Assert.Equal(16, root.GetProperty("rows").GetInt32());
        Assert.Equal("schema ± note", root.GetProperty("note").GetString());
        string[] names = [.. first.Schema.FieldsList.Select(field => field.Name).Except(["bytes", "time", "f32"])];
        foreach (string name in names)
        {
            string[] foreign = [.. root.GetProperty("columns").GetProperty(name).EnumerateArray().Select(Render)];
            Assert.Equal(batches.SelectMany(batch => Rendering.Of(batch.Column(name))), foreign);
        }

        // It gives times in milliseconds, single precision as doubles, and bytes as lists of numbers.
        Assert.Equal(
            batches.SelectMany(batch => Times(batch)),
            root.GetProperty("columns").GetProperty("time").EnumerateArray().Select(ms => Nullable(ms, ms.GetDouble)));
        Assert.Equal(
            batches.SelectMany(batch => ((FloatArray)batch.Column("f32")).Select(value => (double?)value)),
            root.GetProperty("columns").GetProperty("f32").EnumerateArray().Select(value => Nullable(value, value.GetDouble)));
    }

    private static IEnumerable<double?> Times(RecordBatch batch)
    {
        var times = (TimestampArray)batch.Column("time");
        return Enumerable.Range(0, times.Length).Select(i => times.IsNull(i) ? null : (double?)(times.Values[i] / 1000.0));
    }

    private static double? Nullable(JsonElement element, Func<double> value) =>
        element.ValueKind == JsonValueKind.Null ? null : value();

    private static string Render(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => value.GetProperty("whole").GetString()!,
        JsonValueKind.String => $"'{value.GetString()}'",
        JsonValueKind.Array => $"[{string.Join(",", value.EnumerateArray().Select(Render))}]",
        JsonValueKind.Number => Rendering.Of(value.GetDouble()),
        _ => value.ToString().ToLowerInvariant(),
    };

    /// <summary>A folder that goes when the test ends.</summary>
    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("arrow-foreign").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
