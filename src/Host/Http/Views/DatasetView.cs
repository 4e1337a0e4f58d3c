using System.ComponentModel;

namespace Pipeline.Host.Http.Views;

/// <summary>A dataset as clients see it.</summary>
internal sealed record DatasetView(
    [property: Description("The dataset's name.")] string Name,
    [property: Description("The axis of its spectra; null while there are only references.")] AxisView? Axis,
    [property: Description("Distinct samples.")] int Samples,
    [property: Description("Reference values known, of all responses.")] int References,
    [property: Description("The responses.")] IReadOnlyList<ResponseView> Responses,
    [property: Description("Columns of text beside the spectra.")] IReadOnlyList<string> Labels,
    [property: Description("Sources that have joined.")] int Sources,
    [property: Description("Sources in quarantine.")] int Quarantined);

/// <summary>An axis as clients see it.</summary>
internal sealed record AxisView(
    [property: Description("nm, cm⁻¹, or ch for channels without unit.")] string Unit,
    [property: Description("The first position.")] double From,
    [property: Description("The last position.")] double To,
    [property: Description("Number of variables.")] int Variables);

/// <summary>A response as clients see it.</summary>
internal sealed record ResponseView(
    [property: Description("The response's name.")] string Name,
    [property: Description("Samples with a reference value.")] int Count);

/// <summary>A source as clients see it.</summary>
internal sealed record SourceView(
    [property: Description("SHA-256 of the bytes, 64 digits.")] string Digest,
    [property: Description("spectra or references.")] string Kind,
    [property: Description("The path under which the bytes first came.")] string Path,
    [property: Description("Further paths under which the same bytes came.")] IReadOnlyList<string> Aliases,
    [property: Description("The reader that took them.")] string Reader,
    [property: Description("Number of bytes.")] long LengthBytes,
    [property: Description("Sample ids in it.")] int Samples);
