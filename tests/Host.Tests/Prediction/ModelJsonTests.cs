using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Host.Prediction;
using Pipeline.Host.Results;
using Pipeline.Stages.Prediction;
using Xunit;

namespace Pipeline.Host.Tests.Prediction;

/// <summary>The description of a model is written field by field and read by its properties: both know the same ones.</summary>
public sealed class ModelJsonTests
{
    private static readonly JsonSerializerOptions Serializer = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly ModelDescription Line = new()
    {
        Response = "Eiweiß \"%\"",
        ResponseMin = 7.5,
        ResponseMax = 19,
        AxisUnit = "nm",
        Pretreatment = "snv + sg(15,2,1)",
        PretreatmentVersion = 3,
        Subset = "top(50)",
        Variables = "1100-1200 nm",
        Model = "pls",
        Setting = "7 LV",
        Intercept = -0.1,
        SampleCount = 80,
        GroupCount = 40,
        Rmsec = 0.25,
        Rmsecv = 0.3,
        Alpha = 0.1,
        HalfWidth = 0.75,
        ScoreCount = 7,
        T2Warn = 14.5,
        T2Reject = 20.25,
        QWarn = 1e-7,
        QReject = 2e-7,
        LeverageWarn = 0.2625,
        CandidateKey = "c0",
        SamplesKey = "5a",
        Study = "{\n  \"folds\": \"loo\"\n}",
        Program = "0.1.0",
    };

    /// <summary>Of what a model may lack, nothing, all, and what one of classes has besides.</summary>
    private static readonly ModelDescription[] Cases =
    [
        Line,
        Line with
        {
            ResponseMin = null, ResponseMax = null, Intercept = null, Rmsec = null, Rmsecv = null, HalfWidth = null,
            T2Warn = null, T2Reject = null, QWarn = null, QReject = null, LeverageWarn = null,
        },
        Line with { Classes = ["Ä", "b"], BalancedAccuracyOfCalibration = 1, BalancedAccuracy = 0.875, Accuracy = 0.9, LogLoss = 0.125 },
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Description_AnyModel_IsWhatASerializerWrites(int place) => Assert.Equal(
        JsonSerializer.Serialize(Cases[place], Serializer),
        Encoding.UTF8.GetString(JsonText.Bytes(json => ModelJson.Description(json, Cases[place]))));

    [Fact]
    public void Cases_Together_HaveAndLackEveryProperty()
    {
        foreach (System.Reflection.PropertyInfo property in typeof(ModelDescription).GetProperties())
        {
            Assert.Contains(Cases, one => property.GetValue(one) is not null);
            bool mayBeAbsent = Nullable.GetUnderlyingType(property.PropertyType) is not null;
            Assert.Equal(mayBeAbsent, Cases.Any(one => property.GetValue(one) is null));
        }
    }
}
