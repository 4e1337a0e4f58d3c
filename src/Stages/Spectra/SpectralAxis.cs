using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Spectra;

/// <summary>The positions of the variables of a spectrum, with their unit.</summary>
/// <remarks>Positions are finite and strictly monotonic, ascending or descending, as found in the file.</remarks>
public sealed class SpectralAxis
{
    /// <summary>An axis; throws <see cref="StageException"/> where the positions are not strictly monotonic.</summary>
    public SpectralAxis(ImmutableArray<double> positions, AxisUnit unit)
    {
        if (positions.IsDefaultOrEmpty)
        {
            throw new StageException(FailureKind.InvalidData, "A spectrum needs at least one variable, found none.");
        }

        for (int j = 0; j < positions.Length; j++)
        {
            bool monotonic = j < 2 || positions[j] > positions[j - 1] == positions[1] > positions[0];
            if (!double.IsFinite(positions[j]) || (j > 0 && positions[j] == positions[j - 1]) || !monotonic)
            {
                string before = j > 0 ? $" after {Format(positions[j - 1])}" : "";
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Axis position {j + 1} of {positions.Length} is {Format(positions[j])}{before}: positions must "
                    + "all rise or all fall. Sort the spectral columns, or remove the repeated one.");
            }
        }

        Positions = positions;
        Unit = unit;
    }

    /// <summary>Positions in file order.</summary>
    public ImmutableArray<double> Positions { get; }

    /// <summary>The unit of the positions.</summary>
    public AxisUnit Unit { get; }

    /// <summary>Number of variables, p.</summary>
    public int Count => Positions.Length;

    /// <summary>Mean signed distance between neighbours; 1 for a single variable.</summary>
    public double MeanStep => Count < 2 ? 1 : (Positions[^1] - Positions[0]) / (Count - 1);

    /// <summary>Largest relative deviation of one step from the mean step.</summary>
    public double StepDeviation
    {
        get
        {
            double step = MeanStep;
            double largest = 0;
            for (int j = 1; j < Count; j++)
            {
                largest = Math.Max(largest, Math.Abs(((Positions[j] - Positions[j - 1]) / step) - 1));
            }

            return largest;
        }
    }

    /// <summary>The unit as people write it: nm, cm⁻¹ or ch.</summary>
    public string UnitSymbol => Unit switch
    {
        AxisUnit.Nanometre => "nm",
        AxisUnit.Wavenumber => "cm⁻¹",
        _ => "ch",
    };

    /// <summary>An axis of some of the variables, in the order given, which must keep the axis monotonic.</summary>
    public SpectralAxis Select(ReadOnlySpan<int> variables)
    {
        var positions = ImmutableArray.CreateBuilder<double>(variables.Length);
        foreach (int j in variables)
        {
            positions.Add(Positions[j]);
        }

        return new SpectralAxis(positions.MoveToImmutable(), Unit);
    }

    /// <summary>A position as people write it, at most four decimals.</summary>
    public static string Format(double position) => position.ToString("0.####", CultureInfo.InvariantCulture);
}
