using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>Pretreatments against what numpy and SciPy make of their definitions; tolerances are justified in the goldens' PROVENANCE.md.</summary>
public sealed class MethodsGoldenTests(ITestOutputHelper output)
{
    private const double OfScale = 1e-12;

    /// <summary>For a dense solution whose condition is up to the penalty times 16 over the smallest weight.</summary>
    private const double OfBaselines = 1e-9;

    private static readonly JsonElement Golden = Goldens.Load("preprocessing/methods.json");
    private static readonly Matrix X = Goldens.Load("preprocessing/preprocess.json").GetProperty("X").ToMatrix();
    private static readonly SpectralAxis Axis = new([.. Golden.GetProperty("axis").ToDoubles()], AxisUnit.Nanometre);

    [Fact]
    public void Apply_EveryMethod_MeetsGolden() =>
        CompareAll("out", notation => TestSpectra.Treat(notation, X, Axis));

    [Fact]
    public void Apply_Reflectance_MeetsGoldenWithClippedValues()
    {
        Matrix reflectance = Golden.GetProperty("reflectance").ToMatrix();
        CompareAll("ofReflectance", notation => TestSpectra.Treat(notation, reflectance, Axis));
    }

    [Fact]
    public void Apply_MethodsThatLookAtReferences_MeetGolden()
    {
        double[] y = Golden.GetProperty("y").ToDoubles();
        double[] sets = Golden.GetProperty("sets").ToDoubles();
        var one = new Matrix(y.Length, 1, y);
        var two = new Matrix(y.Length, 2, [.. y.SelectMany(value => new[] { value, value * value })]);
        var equal = new Matrix(y.Length, 1, sets);
        CompareAll(
            "supervised",
            notation => TestSpectra.TreatSupervised(notation, X, notation == "osc(1)" ? one : notation == "osc(2)" ? two : equal, Axis));
    }

    private void CompareAll(string group, Func<string, Matrix> treat)
    {
        ImmutableArray<JsonProperty> entries = [.. Golden.GetProperty(group).EnumerateObject()];
        Assert.NotEmpty(entries);
        foreach (JsonProperty entry in entries)
        {
            double tolerance = entry.Name.Contains("ls(", StringComparison.Ordinal) ? OfBaselines : OfScale;
            double worst = Tolerance.AssertClose(entry.Value.ToMatrix().View, treat(entry.Name).View, tolerance, entry.Name);
            output.WriteLine($"{entry.Name}: worst error {worst:E1} of the scale.");
        }
    }
}
