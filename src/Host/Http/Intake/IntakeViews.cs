using System.ComponentModel;
using System.Text.Json.Serialization;
using Pipeline.Host.Datasets;

namespace Pipeline.Host.Http.Intake;

/// <summary>What became of a record batch.</summary>
internal sealed record BatchAckView(
    [property: Description("Number of the batch in its stream, 1 for the first.")] int Batch,
    [property: Description("SHA-256 of the batch as it is kept, 64 digits: the same for the same content.")] string Digest,
    [property: Description("spectra where it has joined; known or alias where the dataset had it already.")] string Outcome,
    [property: Description("Samples that the dataset did not have.")] int NewSamples,
    [property: Description("Reference values that the dataset did not have.")] int NewReferences,
    [property: Description("What a person should check; the first twenty.")] IReadOnlyList<string> Warnings)
{
    /// <summary>The acknowledgement of an outcome.</summary>
    public static BatchAckView Of(int batch, IngestOutcome outcome) => new(
        batch, outcome.Digest.ToString(), SourceOutcomeView.Word(outcome.Kind), outcome.NewSamples, outcome.NewReferences, SourceOutcomeView.First(outcome));
}

/// <summary>What became of all batches of a request.</summary>
internal sealed record BatchesView(
    [property: Description("The dataset.")] string Dataset,
    [property: Description("One for each batch, in their order.")] IReadOnlyList<BatchAckView> Acknowledged);

/// <summary>The last line where a batch was refused.</summary>
internal sealed record RefusedLineView([property: Description("Why; batches before it are safe.")] Problem Problem);

/// <summary>What became of a file.</summary>
internal sealed record SourceOutcomeView(
    [property: Description("The dataset.")] string Dataset,
    [property: Description("SHA-256 of the bytes, 64 digits.")] string Digest,
    [property: Description("The name under which it is known.")] string Path,
    [property: Description("spectra or references where it has joined; known or alias where the dataset had it already.")] string Outcome,
    [property: Description("Samples that the dataset did not have.")] int NewSamples,
    [property: Description("Reference values that the dataset did not have; negative where a superseded version had more.")] int NewReferences,
    [property: Description("SHA-256 of the earlier version whose place it took; null where it took none.")] string? Superseded,
    [property: Description("What a person should check; the first twenty.")] IReadOnlyList<string> Warnings)
{
    private const int WarningsMax = 20;

    /// <summary>The answer to an outcome.</summary>
    public static SourceOutcomeView Of(IngestOutcome outcome) => new(
        outcome.Dataset,
        outcome.Digest.ToString(),
        outcome.Path,
        Word(outcome.Kind),
        outcome.NewSamples,
        outcome.NewReferences,
        outcome.Superseded?.ToString(),
        First(outcome));

    /// <summary>A kind of outcome as clients read it.</summary>
    public static string Word(IngestKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>As many warnings as a person reads.</summary>
    public static IReadOnlyList<string> First(IngestOutcome outcome) => [.. outcome.Warnings.Take(WarningsMax)];
}

/// <summary>How bytes in quarantine shall be tried again.</summary>
internal sealed record RetryRequest
{
    /// <summary>The dataset that they could not join.</summary>
    [Description("The dataset that they could not join; needed only where there are several.")]
    [JsonPropertyName("dataset")]
    public string? Dataset { get; init; }

    /// <summary>The reader.</summary>
    [Description("The reader to use; the one that fits the bytes where nothing is said.")]
    [JsonPropertyName("reader")]
    public string? Reader { get; init; }
}
