using System.Text.Json;
using Pipeline.Host.Runs;
using Xunit;

namespace Pipeline.Host.Tests.Runs;

/// <summary>
/// What a run is about is written field by field and read by its properties: both know the same ones, and rows that are kept stay as they
/// are.
/// </summary>
public sealed class RunAboutTests
{
    private static readonly RunAbout Number = new(
        "Eiweiß \"%\"", "/data/a.csv", "d1", "5a", "5b", 80, 700, 40, "random(5, seed 0)", 5, "f0");

    private static readonly RunAbout Full = Number with
    {
        Classes = ["Ä", "b"],
        Judging = new Dictionary<string, string> { ["K1"] = "without outer fold 1 of 2", ["k2"] = "without outer fold 2 of 2" },
        Study = JsonElement.Parse("""{ "models": ["pls(5)"], "lambda": 0.150 }"""),
    };

    [Fact]
    public void ToJson_KeptRows_HaveTheseBytes()
    {
        const string Common = """
            {"response":"Eiwei\u00DF \u0022%\u0022","data":"/data/a.csv","dataDigest":"d1","samples":"5a","spectra":"5b",
            """ + """
            "sampleCount":80,"variableCount":700,"groupCount":40,"foldScheme":"random(5, seed 0)","foldCount":5,"folds":"f0"
            """;
        const string More = """
            ,"classes":["\u00C4","b"],"judging":{"K1":"without outer fold 1 of 2","k2":"without outer fold 2 of 2"},"study":{"models":["pls(5)"],"lambda":0.150}
            """;
        Assert.Equal(Common + "}", Number.ToJson());
        Assert.Equal(Common + More + "}", Full.ToJson());
    }

    [Fact]
    public void FromJson_OfWhatToJsonWrites_KnowsEveryProperty()
    {
        RunAbout read = RunAbout.FromJson(Full.ToJson())!;
        foreach (System.Reflection.PropertyInfo property in typeof(RunAbout).GetProperties())
        {
            Assert.Equal(JsonSerializer.Serialize(property.GetValue(Full)), JsonSerializer.Serialize(property.GetValue(read)));
            Assert.NotNull(property.GetValue(read));
        }

        Assert.Equal(Number, RunAbout.FromJson(Number.ToJson()));
    }

    [Fact]
    public void Fields_Study_StandsApartFieldByField() => Assert.Equal(
        ["folds", "classes", "judging", "study.models", "study.lambda"], Full.Fields().Select(field => field.Name).TakeLast(5));
}
