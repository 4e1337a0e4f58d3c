using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>Widths of radial kernels as studies ask for them: multiples of the median distance between calibration samples.</summary>
internal static class KernelWidths
{
    /// <summary>The most widths that may be asked for.</summary>
    public const int CountMax = 50;

    private const double WidthMin = 1e-3;
    private const double WidthMax = 1e3;

    /// <summary>Refuses none, too many, one twice, or one that is no plausible multiple.</summary>
    public static void Require(ImmutableArray<double> widths, string model)
    {
        if (widths.IsDefaultOrEmpty || widths.Length > CountMax)
        {
            throw Refusal($"{model} takes 1 to {CountMax} widths, found {(widths.IsDefault ? 0 : widths.Length)}.");
        }

        foreach (double width in widths)
        {
            if (width is not (>= WidthMin and <= WidthMax))
            {
                throw Refusal(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{model} takes widths from {WidthMin} to {WidthMax} times the median distance between samples, found {width}."));
            }
        }

        if (widths.Distinct().Count() != widths.Length)
        {
            throw Refusal($"{model} takes distinct widths, found one of them twice.");
        }
    }

    /// <summary>A width as people write it.</summary>
    public static string Text(double width) => width.ToString("R", CultureInfo.InvariantCulture);

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
