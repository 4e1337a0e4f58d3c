using Pipeline.Engine.Planning;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>What it takes to find the leading directions of some spectra.</summary>
internal static class ProjectionCost
{
    private const double FlopsPerSecond = 1e10;

    /// <summary>
    /// The products of the smaller side m of n × p, their decomposition and A directions: npm + 4m³/3 + 4npA operations;
    /// a copy of the spectra, m² and 2Ap doubles.
    /// </summary>
    public static Cost Of(int samples, int variables, int directions)
    {
        double m = Math.Min(samples, variables);
        double a = Math.Min(directions, m);
        double values = (double)samples * variables;
        return new Cost(
            ((values * m) + (4 * m * m * m / 3) + (4 * values * a)) / FlopsPerSecond,
            (long)(sizeof(double) * (values + (m * m) + (2 * a * variables))));
    }
}
