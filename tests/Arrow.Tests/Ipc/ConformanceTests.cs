using System.Text;
using Apache.Arrow;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>The Arrow project's own files are read as its gold data say, or refused by name.</summary>
public class ConformanceTests(ITestOutputHelper output)
{
    [SharedFact]
    public void IntegrationFiles_EqualTheirGoldOrAreRefusedByName()
    {
        // Each file is read as a stream and as a file; what is equal is then written by us and read again.
        string root = Path.Combine(Goldens.SharedRoot, "data", "arrow", "integration");
        var matrix = new StringBuilder();
        var failures = new List<string>();
        int equal = 0;
        int refused = 0;
        foreach (string gold in Directory.EnumerateFiles(root, "*.json.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = gold[..^".json.gz".Length];
            string outcome = Judge(name, gold);
            equal += outcome == "equal" ? 1 : 0;
            refused += outcome.StartsWith("not supported", StringComparison.Ordinal) ? 1 : 0;
            string line = $"{Path.GetFileName(Path.GetDirectoryName(name)),-20} {Path.GetFileName(name),-40} {outcome}";
            matrix.AppendLine(line);
            if (outcome.StartsWith("WRONG", StringComparison.Ordinal))
            {
                failures.Add(line);
            }
        }

        output.WriteLine(matrix.ToString());
        output.WriteLine($"{equal} equal, {refused} not supported, {failures.Count} wrong");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        Assert.True(equal > 0, "None of the files was read.");
    }

    private static string Judge(string name, string goldPath)
    {
        var gold = new GoldBatches(goldPath);
        string? reason = name.Contains("bigendian", StringComparison.Ordinal) ? "big-endian"
            : gold.Unsupported is string type ? $"type {type}"
            : name.Contains("compression", StringComparison.Ordinal) ? "compressed"
            : null;
        string stream = Judge(gold, reason, () => Transport.ReadMemory(File.ReadAllBytes(name + ".stream")));
        string file = Judge(gold, reason, () => Transport.ReadFile(File.ReadAllBytes(name + ".arrow_file")));
        return stream == file ? stream : $"WRONG: stream {stream}, file {file}";
    }

    private static string Judge(GoldBatches gold, string? reason, Func<(Schema Schema, List<RecordBatch> Batches)> read)
    {
        try
        {
            (Schema schema, List<RecordBatch> batches) = read();
            if (reason is not null)
            {
                return $"WRONG: read, although {reason}";
            }

            return Difference(gold, schema, batches)
                ?? Difference(gold, schema, Transport.ReadMemory(Transport.WriteStream(schema, [.. batches])).Batches)
                ?? Difference(gold, schema, Transport.ReadFile(Transport.WriteFile(schema, [.. batches])).Batches)
                ?? "equal";
        }
        catch (NotSupportedException error) when (reason is not null && error.Message.StartsWith("not supported: ", StringComparison.Ordinal))
        {
            bool namesReason = reason.StartsWith("type", StringComparison.Ordinal)
                ? error.Message.Contains("Arrow type ", StringComparison.Ordinal)
                : error.Message.Contains(reason, StringComparison.Ordinal);
            return namesReason ? error.Message : $"WRONG: expected {reason}, found {error.Message}";
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            return $"WRONG: {error.Message}";
        }
    }

    private static string? Difference(GoldBatches gold, Schema schema, List<RecordBatch> batches)
    {
        if (schema.FieldsList.Count != gold.Fields.Length || batches.Count != gold.Batches.Length)
        {
            return $"WRONG: {schema.FieldsList.Count} fields, {batches.Count} batches";
        }

        for (int j = 0; j < gold.Fields.Length; j++)
        {
            Field field = schema.GetFieldByIndex(j);
            if (field.Name != gold.Fields[j].GetProperty("name").GetString()
                || field.IsNullable != gold.Fields[j].GetProperty("nullable").GetBoolean()
                || !IsSame(field.Metadata, GoldBatches.MetadataOf(gold.Fields[j])))
            {
                return $"WRONG: field {j}: {field}";
            }

            for (int i = 0; i < batches.Count; i++)
            {
                if (batches[i].Length != gold.Length(i) || !Rendering.Of(batches[i].Column(j)).SequenceEqual(gold.Render(i, j)))
                {
                    return $"WRONG: batch {i}, field {field}";
                }
            }
        }

        return IsSame(schema.Metadata, gold.Metadata) ? null : "WRONG: metadata";
    }

    private static bool IsSame(IReadOnlyDictionary<string, string>? found, Dictionary<string, string> expected) =>
        (found ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .SequenceEqual(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal));
}
