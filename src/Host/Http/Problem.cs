using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;
using Pipeline.Host.Http.Intake;

namespace Pipeline.Host.Http;

/// <summary>Why a request was not answered as asked (RFC 9457).</summary>
/// <param name="Type">What kind of problem: <c>about:blank</c>, so the status says it.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The status.</param>
/// <param name="Detail">What was expected, what was found, what to do.</param>
internal sealed record Problem(
    [property: Description("The kind of problem; about:blank where the status says it all.")] string Type,
    [property: Description("The status in words.")] string Title,
    [property: Description("The HTTP status.")] int Status,
    [property: Description("What was expected, what was found, what to do.")] string Detail)
{
    /// <summary>The media type of a problem.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>The batch, where one of several is meant.</summary>
    [Description("The number of the batch that was refused, 1 for the first; only for batches.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Batch { get; init; }

    /// <summary>The row, where one is meant.</summary>
    [Description("The row of the sample that is wrong, 1 for the first of the batch or table; only where one is.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Row { get; init; }

    /// <summary>The column, where one is meant.</summary>
    [Description("The column or variable that is wrong; only where one is.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Column { get; init; }

    /// <summary>The batches before the one that was refused.</summary>
    [Description("The batches that were taken before the one that was refused, and are safe; only for batches.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<BatchAckView>? Acknowledged { get; init; }

    /// <summary>A problem of a status.</summary>
    public static Problem Of(int status, string detail) => new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail);
}
