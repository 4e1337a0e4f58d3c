using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Demo;

/// <summary>A near-infrared instrument that measures wheat which does not exist.</summary>
/// <remarks>
/// Absorbance = path length × Σ concentration × absorptivity (Beer and Lambert) + offset + slope u + curvature u²
/// + noise, with u from -1 to 1 along the axis. Composition and measurement have random streams of their own: the
/// strength of a disturbance does not change the samples, and more samples leave the first ones as they are.
/// Pure and without shared state.
/// </remarks>
public static class SimulatedInstrument
{
    private const int VariableCount = 700;
    private const ulong MeasurementStream = 0x6D656173757265;

    /// <summary>1100-2498 nm in steps of 2 nm.</summary>
    public static SpectralAxis Axis { get; } =
        new([.. Enumerable.Range(0, VariableCount).Select(j => 1100.0 + (2 * j))], AxisUnit.Nanometre);

    private static readonly Matrix PureSpectra = MakePureSpectra();

    /// <summary>Measures every replicate of every sample.</summary>
    public static SimulatedSpectra Measure(SimulatedInstrumentOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.SpecimenCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ReplicateCount);
        int n = checked(options.SpecimenCount * options.ReplicateCount);
        var composition = new Pcg64(options.Seed);
        var measurement = new Pcg64(options.Seed ^ MeasurementStream);
        var x = new Matrix(n, VariableCount);
        var concentrations = new Matrix(n, Wheat.Constituents.Length);
        var ids = ImmutableArray.CreateBuilder<string>(n);
        var groups = ImmutableArray.CreateBuilder<string>(n);
        var references = Wheat.Laboratory.Select(_ => ImmutableArray.CreateBuilder<double>(n)).ToArray();
        for (int sample = 0; sample < options.SpecimenCount; sample++)
        {
            double[] truth = Wheat.Draw(composition);
            double[] reference = Analyse(truth, options, composition);
            string group = $"W{sample + 1:000}";
            for (int replicate = 1; replicate <= options.ReplicateCount; replicate++)
            {
                truth.CopyTo(concentrations.Row(ids.Count));
                Scan(truth, options, measurement, x.Row(ids.Count));
                ids.Add($"{group}-{replicate}");
                groups.Add(group);
                for (int l = 0; l < reference.Length; l++)
                {
                    references[l].Add(reference[l]);
                }
            }
        }

        var responses = Wheat.Laboratory
            .Select((error, l) => new ResponseColumn(error.Response, references[l].MoveToImmutable()));
        var chunk = new SpectralChunk(
            ids.MoveToImmutable(), Axis, x, [.. responses], [new LabelColumn("group", groups.MoveToImmutable())]);
        ImmutableArray<LaboratoryError> laboratory =
            [.. Wheat.Laboratory.Select(e => e with { Sd = e.Sd * options.LaboratoryError })];
        return new SimulatedSpectra(chunk, new SimulatedTruth(Wheat.Constituents, concentrations, laboratory));
    }

    // The laboratory analyses a sample once, so its replicates share the error.
    private static double[] Analyse(double[] truth, SimulatedInstrumentOptions options, Pcg64 random)
    {
        var reference = new double[Wheat.Laboratory.Length];
        for (int l = 0; l < reference.Length; l++)
        {
            reference[l] = truth[l] + (options.LaboratoryError * Wheat.Laboratory[l].Sd * random.NextNormal());
        }

        return reference;
    }

    private static void Scan(double[] truth, SimulatedInstrumentOptions options, Pcg64 random, Span<double> target)
    {
        double pathLength = Math.Max(0.5, 1 + (options.PathLengthSd * random.NextNormal()));
        double offset = options.Baseline * (0.3 + (0.03 * random.NextNormal()));
        double slope = options.Baseline * (0.12 + (0.015 * random.NextNormal()));
        double curvature = options.Baseline * (-0.02 + (0.01 * random.NextNormal()));
        for (int j = 0; j < target.Length; j++)
        {
            double absorbance = 0;
            for (int k = 0; k < truth.Length; k++)
            {
                absorbance += 0.01 * truth[k] * PureSpectra[k, j];
            }

            double u = (2.0 * j / (target.Length - 1)) - 1;
            double noise = (options.DetectorNoise * random.NextNormal())
                + (options.EdgeNoise * u * u * random.NextNormal());
            target[j] = (pathLength * absorbance) + offset + (slope * u) + (curvature * u * u) + noise;
        }
    }

    private static Matrix MakePureSpectra()
    {
        var spectra = new Matrix(Wheat.Constituents.Length, VariableCount);
        for (int k = 0; k < spectra.Rows; k++)
        {
            for (int j = 0; j < VariableCount; j++)
            {
                spectra[k, j] = Wheat.Constituents[k].Absorptivity(Axis.Positions[j]);
            }
        }

        return spectra;
    }
}
