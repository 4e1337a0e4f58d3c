using Pipeline.Stages.Calibration;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Runs;

/// <summary>One search as asked for by a person.</summary>
public sealed record SearchRequest
{
    /// <summary>Path of the spectra file.</summary>
    public required string DataPath { get; init; }

    /// <summary>What to search.</summary>
    public required Study Study { get; init; }

    /// <summary>How to read the file where guessing is not wanted.</summary>
    public WideCsvOptions Reading { get; init; } = new();

    /// <summary>Table of sample ids and set names, or null for all samples as calibration samples.</summary>
    public string? SplitPath { get; init; }

    /// <summary>Sets that are calibration samples.</summary>
    public IReadOnlyList<string> CalibrationSets { get; init; } = ["train", "calibration"];

    /// <summary>Sets that are test samples: never seen by the search, predicted once at the end.</summary>
    public IReadOnlyList<string> TestSets { get; init; } = ["test"];

    /// <summary>Folder for the results, or null to write none.</summary>
    public string? OutputPath { get; init; }
}
