using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Arrow.Tests.Hostile.Maps;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>The sound bytes from which hostile ones are made.</summary>
internal static class HostileSeeds
{
    private static readonly IpcOptions Legacy = new() { WriteLegacyIpcFormat = true };

    /// <summary>Every batch of ours in every format; a new type is added here.</summary>
    private static readonly (string Name, RecordBatch[] Batches)[] Ours =
    [
        ("everything", [Samples.Everything(6, withNulls: true), Samples.Everything(9, withNulls: true)]),
        ("everything without nulls", [Samples.Everything(5, withNulls: false)]),
        ("everything without rows", [Samples.Everything(0, withNulls: true)]),
        ("growing dictionary", [Dictionary("a", "b"), Dictionary("a", "b", "c"), Dictionary("a", "b", "c", "d")]),
        ("replaced dictionary", [Dictionary("a", "b"), Dictionary("x", "y", "z")]),
    ];

    /// <summary>Ours, then those of the Arrow project where they lie beside the repository.</summary>
    public static HostileSeed[] All { get; } = [.. FromUs(), .. FromElsewhere()];

    /// <summary>How many of them, from the first on, are ours: small, and of types that are surely read.</summary>
    public static int OursCount { get; } = FromUs().Count();

    private static RecordBatch Dictionary(params string[] values)
    {
        DictionaryArray groups = Samples.Groups(7, withNulls: true, values);
        Schema schema = new Schema.Builder().Field(field => field.Name("group").DataType(groups.Data.DataType).Nullable(true)).Build();
        return new RecordBatch(schema, [groups], groups.Length);
    }

    private static IEnumerable<HostileSeed> FromUs()
    {
        foreach ((string name, RecordBatch[] batches) in Ours)
        {
            Schema schema = batches[0].Schema;
            yield return new HostileSeed(name, Transport.WriteStream(schema, batches), isFile: false);
            yield return new HostileSeed(
                $"{name}, legacy",
                Transport.Write(stream => new ArrowStreamWriter(stream, schema, leaveOpen: true, Legacy), batches),
                isFile: false);

            // A file cannot replace a dictionary.
            if (!name.StartsWith("replaced", StringComparison.Ordinal))
            {
                yield return new HostileSeed(name, Transport.WriteFile(schema, batches), isFile: true);
            }
        }
    }

    private static IEnumerable<HostileSeed> FromElsewhere()
    {
        string root = Path.Combine(Goldens.SharedRoot, "data", "arrow", "integration");
        return Directory.Exists(root)
            ? Directory.EnumerateFiles(root, "generated_*", SearchOption.AllDirectories)
                .Where(path => Path.GetExtension(path) is ".stream" or ".arrow_file")
                .Order(StringComparer.Ordinal)
                .Select(path => new HostileSeed(Path.GetRelativePath(root, path), File.ReadAllBytes(path), path.EndsWith("_file", StringComparison.Ordinal)))
            : [];
    }
}

/// <summary>A sound stream or file with its map.</summary>
internal sealed class HostileSeed(string name, byte[] bytes, bool isFile)
{
    /// <summary>Where it is from.</summary>
    public string Name => name;

    /// <summary>The places in it.</summary>
    public MutationMap Map { get; } = MutationMap.Of(bytes, isFile);
}
