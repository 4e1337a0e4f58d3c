using Pipeline.Arrow.Tests.Hostile.Maps;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>The sound bytes from which hostile ones are made.</summary>
internal static class HostileSeeds
{
    private static readonly HostileSeed[] Ours = [.. OurSeeds.All()];

    /// <summary>Ours, then those of the Arrow project where they lie beside the repository.</summary>
    public static HostileSeed[] All { get; } = [.. Ours, .. FromElsewhere()];

    /// <summary>How many of them, from the first on, are ours: small, and of types that are surely read.</summary>
    public static int OursCount { get; } = Ours.Length;

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
