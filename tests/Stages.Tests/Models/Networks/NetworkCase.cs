using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;

namespace Pipeline.Stages.Tests.Models.Networks;

/// <summary>The cases of tests/golden/networks, and the data that their script makes from the same random stream.</summary>
internal static class NetworkCase
{
    public static IEnumerable<JsonElement> All(string name) => Goldens.Load("networks/sklearn.json").GetProperty(name).EnumerateArray();

    public static (Matrix X, Matrix Y) Data(uint seed, int n, int p)
    {
        var random = new Mt19937(seed);
        var x = new Matrix(n, p);
        foreach (ref double value in x.Values)
        {
            value = random.NextUniform(-1, 1);
        }

        var y = new Matrix(n, 1);
        for (int i = 0; i < n; i++)
        {
            y[i, 0] = (1.5 * x[i, 0]) - (x[i, 1] * x[i, 2]) + (0.3 * random.NextUniform(-1, 1));
        }

        return (x, y);
    }

    public static (Matrix X, Matrix Y) Data(JsonElement golden, uint seed) =>
        Data(seed, golden.GetProperty("n").GetInt32(), golden.GetProperty("p").GetInt32());

    /// <summary>Indicators of classes of equal size by the order of a response, the lowest first.</summary>
    public static Matrix Indicators(Matrix response, int count)
    {
        double[] sorted = [.. response.Values.ToArray().Order()];
        double[] edges = [.. Enumerable.Range(1, count - 1).Select(k => sorted[response.Rows * k / count])];
        var y = new Matrix(response.Rows, count);
        for (int i = 0; i < y.Rows; i++)
        {
            y[i, edges.Count(edge => edge <= response[i, 0])] = 1;
        }

        return y;
    }

    public static ImmutableArray<int> Hidden(JsonElement golden) => [.. golden.GetProperty("hidden").ToIntegers()];

    public static Activation ActivationOf(JsonElement golden) =>
        Enum.Parse<Activation>(golden.GetProperty("activation").GetString()!, ignoreCase: true);

    public static NetworkOptions Options(JsonElement golden, NetworkSolver solver) => new()
    {
        Hidden = Hidden(golden),
        Activation = ActivationOf(golden),
        Solver = solver,
        IsStandardised = false,
    };
}
