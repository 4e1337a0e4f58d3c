namespace Pipeline.Host.Demo;

/// <summary>How many samples a simulated instrument measures, with the strength of each disturbance.</summary>
public sealed record SimulatedInstrumentOptions
{
    /// <summary>A perfect instrument and laboratory: neither scatter, nor baseline, nor any error.</summary>
    public static SimulatedInstrumentOptions Ideal { get; } =
        new() { PathLengthSd = 0, Baseline = 0, DetectorNoise = 0, EdgeNoise = 0, LaboratoryError = 0 };

    /// <summary>Number of physical samples.</summary>
    public int SpecimenCount { get; init; } = 60;

    /// <summary>Spectra per sample.</summary>
    public int ReplicateCount { get; init; } = 3;

    /// <summary>Same seed, same bits.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Standard deviation of the relative path length, which differs by packing of the powder.</summary>
    public double PathLengthSd { get; init; } = 0.08;

    /// <summary>Strength of offset, slope and curvature of the baseline; 1 is usual.</summary>
    public double Baseline { get; init; } = 1;

    /// <summary>Standard deviation of the detector's noise at all wavelengths, in absorbance.</summary>
    public double DetectorNoise { get; init; } = 2e-4;

    /// <summary>Standard deviation of the further noise at both ends of the axis, in absorbance.</summary>
    public double EdgeNoise { get; init; } = 3e-4;

    /// <summary>Strength of the laboratory's error; 1 is usual.</summary>
    public double LaboratoryError { get; init; } = 1;
}
