using System.Collections.Immutable;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Host.Demo;

/// <summary>The composition of simulated wheat: what is in it, how much, how exactly a laboratory measures it.</summary>
/// <remarks>
/// Main bands stand at the usual near-infrared assignments: water O-H 1450, 1940; protein N-H 1510, 2055, 2180;
/// oil C-H 1210, 1725, 1760, 2310, 2348; starch O-H, C-O 1580, 2100, 2280; fibre 1490, 1820, 2270, 2336. Minor bands
/// and all widths and heights are chosen by eye so that the whole looks like ground grain; they are not measured.
/// </remarks>
public static class Wheat
{
    /// <summary>The constituents that absorb; fibre is the one that no laboratory measures here.</summary>
    public static ImmutableArray<Constituent> Constituents { get; } =
    [
        new("moisture", [new(1190, 40, 0.2), new(1450, 38, 1.6), new(1940, 36, 2.6), new(2540, 90, 1.8)]),
        new("protein",
        [
            new(1510, 28, 0.55), new(1690, 25, 0.3), new(1735, 22, 0.25), new(1980, 28, 0.6), new(2055, 30, 0.9),
            new(2180, 32, 1.1), new(2300, 25, 0.5), new(2470, 40, 0.7),
        ]),
        new("oil",
        [
            new(1210, 18, 1.2), new(1390, 25, 0.5), new(1725, 15, 3), new(1760, 14, 2.2), new(2143, 18, 0.8),
            new(2310, 14, 3.6), new(2348, 14, 3),
        ]),
        new("starch",
        [
            new(1200, 35, 0.08), new(1450, 48, 0.25), new(1580, 42, 0.2), new(1780, 45, 0.12), new(1930, 50, 0.28),
            new(2100, 65, 0.62), new(2280, 45, 0.3), new(2320, 35, 0.14), new(2400, 55, 0.22), new(2500, 60, 0.5),
        ]),
        new("fibre",
        [
            new(1430, 30, 0.3), new(1490, 40, 0.5), new(1820, 30, 0.45), new(2270, 26, 0.5), new(2336, 20, 0.65), new(2480, 30, 0.6),
        ]),
    ];

    /// <summary>The responses, which are the first constituents, with the standard deviation of a laboratory.</summary>
    public static ImmutableArray<LaboratoryError> Laboratory { get; } =
        [new("moisture", 0.1), new("protein", 0.15), new("oil", 0.06)];

    /// <summary>Draws the percentages of one sample in the order of <see cref="Constituents"/>.</summary>
    /// <remarks>
    /// Protein falls a little with moisture, oil and fibre rise with protein, starch is what remains besides 0.5-3.5 %
    /// of ash and others that do not absorb. The sum is therefore below 100.
    /// </remarks>
    public static double[] Draw(Pcg64 random)
    {
        double z1 = random.NextNormal();
        double z2 = random.NextNormal();
        double z3 = random.NextNormal();
        double z4 = random.NextNormal();
        double moisture = Math.Clamp(12.6 + (1.3 * z1), 8.5, 17);
        double protein = Math.Clamp(12.2 + (1.7 * ((-0.2 * z1) + (0.98 * z2))), 7, 18);
        double oil = Math.Clamp(2 + (0.35 * ((0.35 * z2) + (0.94 * z3))), 0.9, 3.2);
        double fibre = Math.Clamp(11.5 + (1.4 * ((0.3 * z2) + (0.2 * z3) + (0.93 * z4))), 6.5, 16.5);
        double others = Math.Clamp(2 + (0.4 * random.NextNormal()), 0.5, 3.5);
        return [moisture, protein, oil, 100 - moisture - protein - oil - fibre - others, fibre];
    }
}

/// <summary>How exactly the laboratory measures one response.</summary>
/// <param name="Response">The response.</param>
/// <param name="Sd">Standard deviation of its error, in percent of the sample.</param>
public readonly record struct LaboratoryError(string Response, double Sd);
