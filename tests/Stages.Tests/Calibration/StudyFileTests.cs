using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Engine;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

public sealed class StudyFileTests
{
    private static readonly Study Full = new()
    {
        Profile = Study.HonestProfile,
        Response = "fat \"%\" µ",
        Task = Study.NumbersTask,
        Metric = "composite",
        Group = "batch",
        Pretreatments = ["raw", "snv + sg(15,2,1)"],
        Models = [],
        Subsets = ["full"],
        Folds = "loo",
        Holdout = "duplex(25 %)",
        Predictions = 7,
        Lambda = 0.1 + 0.2,
        Nested = 3,
        Permutations = 19,
        Repeats = 2,
        Bootstrap = 100,
    };

    public static TheoryData<Study> Studies => [new Study(), Full, new Study { Task = Study.ClassesTask }, new Study { Profile = Study.SeedProfile }];

    /// <summary>Aim: no field is forgotten. Method: reflection over the record writes the same bytes, and reads the same study.</summary>
    [Theory]
    [MemberData(nameof(Studies))]
    public void Write_AnyStudy_IsWhatReflectionWrites(Study study)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        string written = StudyFile.Write(study);
        Assert.Equal(JsonSerializer.Serialize(study, options), written);
        Study read = StudyFile.Read(Encoding.UTF8.GetBytes(written), "study.json");
        Assert.Equal(written, JsonSerializer.Serialize(read, options));
    }

    [Fact]
    public void Schema_Fields_AreThoseThatAreRead()
    {
        JsonObject properties = JsonNode.Parse(StudyFile.Schema())!["properties"]!.AsObject();
        string[] names = [.. properties.Select(property => property.Key)];
        StageException refused = Assert.Throws<StageException>(() => StudyFile.Read("""{ "?": 1 }"""u8, "study.json"));
        Assert.EndsWith($"Valid here: {string.Join(", ", names)}.", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1: this is not JSON")]
    [InlineData("null", "line 1: expected a JSON object, found null.")]
    [InlineData("\n\"raw\"", "line 2: expected a JSON object, found \"raw\".")]
    [InlineData("{ \"nested\": 5", "line 1: this is not JSON")]
    [InlineData("{ \"nested\": 5 } {", "this is not JSON")]
    [InlineData("{ \"nested\": 2.5 }", "field 'nested': expected a whole number up to 2147483647, found 2.5.")]
    [InlineData("{ \"nested\": 12345678901 }", "found 12345678901.")]
    [InlineData("{ \"lambda\": 1e999 }", "field 'lambda': expected a number, found 1e999.")]
    [InlineData("{ \"lambda\": \"much\" }", "field 'lambda': expected a number, found \"much\".")]
    [InlineData("{ \"response\": [1] }", "field 'response': expected a text, or null, found a list.")]
    [InlineData("{ \"models\": \"pls(5)\" }", "field 'models': expected a list of texts, found \"pls(5)\".")]
    [InlineData("{ \"models\": [\"pls(5)\", {}] }", "field 'models': expected a list of texts, found an object.")]
    [InlineData("{ \"response\": \"\\ud800\" }", "line 1: this text is not Unicode.")]
    public void Read_NoStudy_NamesPlaceAndValue(string text, string expected)
    {
        StageException refused = Assert.Throws<StageException>(() => StudyFile.Read(Encoding.UTF8.GetBytes(text), "study.json"));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_CommentsCommasAndPreamble_AreTaken()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. "/* mine */ { \"folds\": \"loo\", // each alone\n \"models\": [\"ridge\",], } // end"u8];
        Study study = StudyFile.Read(bytes, "study.json");
        Assert.Equal("loo", study.Folds);
        Assert.Equal("ridge", Assert.Single(study.Models));
    }

    [Fact]
    public void Read_LargeFile_IsRefused()
    {
        using var file = new MemoryStream(new byte[StudyFile.BytesMax + 1]);
        StageException refused = Assert.Throws<StageException>(() => StudyFile.Read(file, "spectra.csv"));
        Assert.Contains("spectra.csv is larger than 1 MiB", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedBytes_AreAStudyOrRefused()
    {
        byte[] sound = Encoding.UTF8.GetBytes(StudyFile.Write(Full));
        var random = new Pcg64(3);
        for (int i = 0; i < 5000; i++)
        {
            byte[] damaged = [.. sound];
            for (int k = random.NextInt(3); k >= 0; k--)
            {
                damaged[random.NextInt(damaged.Length)] = (byte)random.NextInt(256);
            }

            try
            {
                StudyFile.Read(damaged.AsSpan(0, 1 + random.NextInt(damaged.Length)), "study.json");
            }
            catch (StageException refused)
            {
                Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
            }
        }
    }
}
