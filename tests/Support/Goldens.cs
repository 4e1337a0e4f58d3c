using System.Text.Json;
using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Support;

/// <summary>Reference data: committed ones under tests/golden, larger ones in a folder beside the repository.</summary>
public static class Goldens
{
    /// <summary>The folder of larger reference data beside the repository, which need not exist.</summary>
    public static string SharedRoot { get; } = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared"));

    /// <summary>True where the folder of larger reference data exists.</summary>
    public static bool HasShared => Directory.Exists(SharedRoot);

    /// <summary>Loads a committed golden, such as <c>preprocessing/preprocess.json</c>.</summary>
    public static JsonElement Load(string path) => Read(Checkout.PathOf("tests", "golden", path));

    /// <summary>Loads reference data from beside the repository; tests that do so carry <see cref="SharedFactAttribute"/>.</summary>
    public static JsonElement LoadShared(string path) => Read(Path.Combine(SharedRoot, path));

    /// <summary>The numbers of a JSON array.</summary>
    public static double[] ToDoubles(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetDouble())];

    /// <summary>The whole numbers of a JSON array.</summary>
    public static int[] ToIntegers(this JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetInt32())];

    /// <summary>The matrix of a JSON array of rows.</summary>
    public static Matrix ToMatrix(this JsonElement rows)
    {
        double[][] values = [.. rows.EnumerateArray().Select(ToDoubles)];
        return new Matrix(values.Length, values[0].Length, [.. values.SelectMany(row => row)]);
    }

    private static JsonElement Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }
}

/// <summary>A test that needs the reference data beside the repository and is skipped without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        Skip = Goldens.HasShared ? null : "skipped: no ../shared";
    }
}

/// <summary>A theory that needs the reference data beside the repository and is skipped without them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        Skip = Goldens.HasShared ? null : "skipped: no ../shared";
    }
}
