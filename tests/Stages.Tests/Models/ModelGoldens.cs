using System.Text.Json;
using Pipeline.Stages.Numerics;
using Pipeline.Support;

namespace Pipeline.Stages.Tests.Models;

/// <summary>The data sets that the goldens of models are computed on.</summary>
internal static class ModelGoldens
{
    public static (Matrix X, Matrix Y) Input(string name)
    {
        JsonElement input = Goldens.Load("pls/inputs.json").GetProperty(name);
        double[] y = input.GetProperty("y").ToDoubles();
        return (input.GetProperty("X").ToMatrix(), new Matrix(y.Length, 1, y));
    }
}
