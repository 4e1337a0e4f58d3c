namespace Pipeline.Stages.Preprocessing;

/// <summary>Reflectance (or transmittance) as a fraction of 1 that logarithms and quotients can take.</summary>
internal static class Reflectance
{
    /// <summary>What lower values count as: an absorbance of 6, beyond every detector.</summary>
    public const double Least = 1e-6;

    /// <summary>What is clipped, in words.</summary>
    public const string Clips = "reflectance below 0.000001 counts as 0.000001";

    /// <summary>The notation of a method that reads reflectance.</summary>
    public static string Notation(string name, bool isPercent) => isPercent ? $"{name}(percent)" : name;

    /// <summary>Whether a term says that reflectance is in percent.</summary>
    public static bool IsPercent(NotationTerm term)
    {
        term.RequireArguments(0, 1);
        return !term.Arguments.IsEmpty && (term.Arguments[0].Text.Equals("percent", StringComparison.OrdinalIgnoreCase)
            ? true
            : throw term.Error($"expected 'percent' or nothing, found '{term.Arguments[0].Text}'"));
    }

    /// <summary>Fractions, at least <see cref="Least"/>.</summary>
    public static void Read(ReadOnlySpan<double> x, bool isPercent, Span<double> target)
    {
        for (int j = 0; j < x.Length; j++)
        {
            target[j] = Math.Max(Fraction(x[j], isPercent), Least);
        }
    }

    /// <summary>How many values are below <see cref="Least"/>.</summary>
    public static int CountBelow(ReadOnlySpan<double> x, bool isPercent)
    {
        int count = 0;
        foreach (double value in x)
        {
            count += Fraction(value, isPercent) < Least ? 1 : 0;
        }

        return count;
    }

    private static double Fraction(double value, bool isPercent) => isPercent ? value / 100 : value;
}
