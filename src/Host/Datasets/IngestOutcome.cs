using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;

namespace Pipeline.Host.Datasets;

/// <summary>What became of one source.</summary>
public sealed record IngestOutcome
{
    /// <summary>What became of it.</summary>
    public IngestKind Kind { get; init; }

    /// <summary>The dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>The path, or another name, under which it came.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of its bytes.</summary>
    public required Fingerprint Digest { get; init; }

    /// <summary>Samples that the dataset did not have.</summary>
    public int NewSamples { get; init; }

    /// <summary>Reference values that the dataset did not have; negative where a superseded version had more.</summary>
    public int NewReferences { get; init; }

    /// <summary>The earlier version whose place it took, or null.</summary>
    public Fingerprint? Superseded { get; init; }

    /// <summary>Why it could not join; empty elsewhere.</summary>
    public string Message { get; init; } = "";

    /// <summary>Where in the source it went wrong, if the reason has a place.</summary>
    public DataPlace? Place { get; init; }

    /// <summary>What a person should check.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>What may become of a source.</summary>
public enum IngestKind
{
    /// <summary>The same bytes came before under the same path.</summary>
    Known,

    /// <summary>The same bytes came before under another path.</summary>
    Alias,

    /// <summary>Spectra have joined the dataset.</summary>
    Spectra,

    /// <summary>Reference values have joined the dataset.</summary>
    References,

    /// <summary>It could not join and lies in quarantine.</summary>
    Quarantined,

    /// <summary>The same bytes are in quarantine already.</summary>
    KnownBad,

    /// <summary>It could not join, and nothing of it was kept.</summary>
    Refused,
}
