using System.ComponentModel;
using Microsoft.AspNetCore.WebUtilities;

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

    /// <summary>A problem of a status.</summary>
    public static Problem Of(int status, string detail) => new("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail);
}
