using System.Collections.Immutable;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The unit that the positions of an axis suggest.</summary>
/// <param name="Unit">The likely unit.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsSure">False where another unit is nearly as likely.</param>
internal readonly record struct AxisUnitGuess(AxisUnit Unit, string Reason, bool IsSure)
{
    private const double WavelengthMin = 150;
    private const double WavelengthMax = 3500;
    private const double NanometreStepMax = 2;

    /// <summary>
    /// Channels count from 0 or 1 by ones; wavelengths lie in 150-3500 nm; falling positions there are
    /// wavelengths only in steps of half nanometres up to 2, as ultraviolet instruments write them.
    /// </summary>
    public static AxisUnitGuess Of(ImmutableArray<double> positions)
    {
        double least = Math.Min(positions[0], positions[^1]);
        double largest = Math.Max(positions[0], positions[^1]);
        bool rises = positions[^1] >= positions[0];
        if (positions[0] is 0 or 1 && CountsByOnes(positions))
        {
            return new(AxisUnit.Channel, $"whole numbers from {positions[0]:0} on are channels", true);
        }

        if (largest > WavelengthMax)
        {
            return new(AxisUnit.Wavenumber, "positions above 3500 are wavenumbers", true);
        }

        if (least < WavelengthMin)
        {
            return largest > 2 * WavelengthMin
                ? new(AxisUnit.Wavenumber, "positions below 150 are too short for wavelengths", false)
                : new(AxisUnit.Channel, "positions are too small for wavelengths and wavenumbers", false);
        }

        if (rises)
        {
            return new(AxisUnit.Nanometre, "rising positions between 150 and 3500 are wavelengths", true);
        }

        double step = (largest - least) / Math.Max(1, positions.Length - 1);
        return step <= NanometreStepMax && Math.Abs((2 * step) - Math.Round(2 * step)) < 1e-9
            ? new(AxisUnit.Nanometre, $"falling positions between 150 and 3500 in even steps of {step:0.#}", false)
            : new(AxisUnit.Wavenumber, "falling positions in uneven or wide steps are wavenumbers", false);
    }

    private static bool CountsByOnes(ImmutableArray<double> positions)
    {
        for (int j = 1; j < positions.Length; j++)
        {
            if (positions[j] != positions[0] + j)
            {
                return false;
            }
        }

        return true;
    }
}
