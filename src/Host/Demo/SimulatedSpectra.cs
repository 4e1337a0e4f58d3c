using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Demo;

/// <summary>Simulated spectra together with what a real laboratory would never know.</summary>
/// <param name="Chunk">The spectra with responses as the laboratory gives them, and the label group.</param>
/// <param name="Truth">What is true.</param>
public sealed record SimulatedSpectra(SpectralChunk Chunk, SimulatedTruth Truth);

/// <summary>The truth behind simulated spectra.</summary>
/// <param name="Constituents">What absorbs.</param>
/// <param name="Concentrations">n × constituents: percent of each in each spectrum's sample, without error.</param>
/// <param name="Laboratory">Standard deviation of the laboratory's error by response.</param>
public sealed record SimulatedTruth(
    ImmutableArray<Constituent> Constituents, Matrix Concentrations, ImmutableArray<LaboratoryError> Laboratory)
{
    /// <summary>The true values of one response, sample by sample.</summary>
    public double[] Values(string response)
    {
        int column = Constituents.Select(c => c.Name).ToList().IndexOf(response);
        ArgumentOutOfRangeException.ThrowIfNegative(column);
        var values = new double[Concentrations.Rows];
        Concentrations.View.CopyColumn(column, values);
        return values;
    }

    /// <summary>The wavelengths at which one constituent absorbs on the simulated axis.</summary>
    public ImmutableArray<AxisRange> Bands(string constituent) =>
        Constituents.Single(c => c.Name == constituent)
            .Ranges(SimulatedInstrument.Axis.Positions[0], SimulatedInstrument.Axis.Positions[^1]);
}
