using System.Text.Json;
using Pipeline.Stages.Numerics;
using Pipeline.Support;

namespace Pipeline.Stages.Tests.Models.Kernels;

/// <summary>The cases of tests/golden/kernels: what is fitted, what is predicted.</summary>
internal static class KernelGoldens
{
    public static IEnumerable<(JsonElement Case, Matrix X, Matrix Y, Matrix Others)> All()
    {
        foreach (JsonElement golden in Goldens.Load("kernels/sklearn.json").EnumerateArray())
        {
            (Matrix x, Matrix y) = ModelGoldens.Input(golden.GetProperty("input").GetString()!);
            int[] fitted = [.. Enumerable.Range(0, x.Rows).Where(i => i % 4 != 1)];
            int[] others = [.. Enumerable.Range(0, x.Rows).Where(i => i % 4 == 1)];
            yield return (golden, x.SelectRows(fitted), y.SelectRows(fitted), x.SelectRows(others));
        }
    }
}
