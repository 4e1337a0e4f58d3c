using System.Collections.Immutable;
using Pipeline.Stages.Selection;

namespace Pipeline.Host.Demo;

/// <summary>A substance in the simulated samples with its near-infrared absorption bands.</summary>
/// <param name="Name">The substance.</param>
/// <param name="Bands">Its bands.</param>
public sealed record Constituent(string Name, ImmutableArray<AbsorptionBand> Bands)
{
    private const double RangeWidths = 2;

    /// <summary>Absorbance of the pure substance per unit of path length.</summary>
    public double Absorptivity(double wavelengthNm)
    {
        double sum = 0;
        foreach (AbsorptionBand band in Bands)
        {
            double distance = (wavelengthNm - band.CentreNm) / band.WidthNm;
            sum += band.Height * Math.Exp(-0.5 * distance * distance);
        }

        return sum;
    }

    /// <summary>Where the substance absorbs: two widths around each centre, merged where they touch, ascending.</summary>
    public ImmutableArray<AxisRange> Ranges(double fromNm, double toNm)
    {
        var ranges = ImmutableArray.CreateBuilder<AxisRange>();
        foreach (AbsorptionBand band in Bands.OrderBy(b => b.CentreNm - (RangeWidths * b.WidthNm)))
        {
            double from = Math.Max(fromNm, band.CentreNm - (RangeWidths * band.WidthNm));
            double to = Math.Min(toNm, band.CentreNm + (RangeWidths * band.WidthNm));
            if (from >= to)
            {
                continue;
            }

            if (ranges.Count > 0 && from <= ranges[^1].To)
            {
                ranges[^1] = ranges[^1] with { To = Math.Max(to, ranges[^1].To) };
            }
            else
            {
                ranges.Add(new AxisRange(from, to));
            }
        }

        return ranges.ToImmutable();
    }
}

/// <summary>One Gaussian absorption band.</summary>
/// <param name="CentreNm">Wavelength of the maximum.</param>
/// <param name="WidthNm">Standard deviation.</param>
/// <param name="Height">Absorbance of the pure substance at the maximum.</param>
public readonly record struct AbsorptionBand(double CentreNm, double WidthNm, double Height);
