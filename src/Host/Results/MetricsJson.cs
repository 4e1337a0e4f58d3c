using System.Text.Json;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results;

/// <summary>Metrics as fields of JSON.</summary>
internal static class MetricsJson
{
    /// <summary>Those of numbers.</summary>
    /// <param name="json">The document.</param>
    /// <param name="errorName">What their root mean square error is called: <c>rmsecv</c>, <c>rmsep</c>.</param>
    /// <param name="metrics">The metrics.</param>
    public static void Numbers(Utf8JsonWriter json, string errorName, RegressionMetrics metrics)
    {
        json.WriteFinite(errorName, metrics.Rmse);
        json.WriteFinite("r2", metrics.RSquared);
        json.WriteFinite("bias", metrics.Bias);
        json.WriteFinite("sep", metrics.Sep);
        json.WriteFinite("slope", metrics.Slope);
        json.WriteFinite("rpd", metrics.Rpd);
        json.WriteFinite("rpiq", metrics.Rpiq);
    }

    /// <summary>Those of classes.</summary>
    public static void Classes(Utf8JsonWriter json, ClassMetrics metrics)
    {
        json.WriteNumber("balancedAccuracy", metrics.BalancedAccuracy);
        json.WriteNumber("accuracy", metrics.Accuracy);
        json.WriteNumber("macroF1", metrics.MacroF1);
        json.WriteFinite("rocAuc", metrics.RocAuc);
        json.WriteFinite("logLoss", metrics.LogLoss);
    }

    /// <summary>Those of classes, with the number of samples they are over.</summary>
    public static void CountedClasses(Utf8JsonWriter json, ClassMetrics metrics)
    {
        json.WriteNumber("samples", metrics.Count);
        Classes(json, metrics);
    }
}
