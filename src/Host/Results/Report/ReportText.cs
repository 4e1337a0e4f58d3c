using System.Globalization;
using Pipeline.Host.Results.Plots;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Results.Report;

/// <summary>Words and figures that several sections of a report write alike.</summary>
internal static class ReportText
{
    /// <summary>Letters of a name that are shown at most.</summary>
    private const int NameMax = 60;

    /// <summary>Letters of a text that holds names.</summary>
    private const int TextMax = 200;

    /// <summary>A name of whatever length.</summary>
    public static string Name(string name) => Markup.Cut(name, NameMax);

    /// <summary>Some of many texts, and how many more there are; of each the beginning.</summary>
    public static string Some(IReadOnlyCollection<string> texts, int max, string gap = ", ") =>
        string.Join(gap, texts.Take(max).Select(text => Markup.Cut(text, TextMax))) + (texts.Count > max ? $" and {Figure.Count(texts.Count - max)} more" : "");

    /// <summary>A count with its noun.</summary>
    public static string Many(int count, string one, string? more = null) => $"{Figure.Count(count)} {(count == 1 ? one : more ?? one + "s")}";

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>Two decimals; ∞ where an error is 0.</summary>
    public static string Ratio(double value) => double.IsFinite(value) ? value.ToString("F2", CultureInfo.InvariantCulture) : Figure.Of(value);

    /// <summary>What a spectral axis is called, with its unit.</summary>
    public static string AxisLabel(SpectralAxis axis) => axis.Unit switch
    {
        AxisUnit.Nanometre => "Wavelength (nm)",
        AxisUnit.Wavenumber => "Wavenumber (cm⁻¹)",
        _ => "Channel",
    };

    /// <summary>A spectral axis as the field draws it: wavelengths rise, wavenumbers fall.</summary>
    public static PlotAxis Spectral(SpectralAxis axis) => PlotAxis.Exact(
        AxisLabel(axis), Math.Min(axis.Positions[0], axis.Positions[^1]), Math.Max(axis.Positions[0], axis.Positions[^1]))
        with { IsReversed = axis.Unit == AxisUnit.Wavenumber };

    /// <summary>From where to where an axis goes.</summary>
    public static string RangeOf(SpectralAxis axis) => WavelengthRanges.Format(
        [new AxisRange(Math.Min(axis.Positions[0], axis.Positions[^1]), Math.Max(axis.Positions[0], axis.Positions[^1]))], axis.Unit);

    /// <summary>A candidate in words, of bounded length.</summary>
    public static string Describe(LeaderboardRow row) =>
        $"{row.Candidate.Chain.Notation}, {Markup.Cut(row.Variables, NameMax)}, {row.Candidate.Family.Name} {row.Candidate.SettingText}";

    /// <summary>The figure by which a row is ranked, its name apart.</summary>
    public static double RankingValue(LeaderboardRow row, ClassMetric? metric) =>
        metric is { } ranking && row.Classes is { } classes ? classes.Pooled.Value(ranking) : row.Metrics.Rmse;

    /// <summary>The name of that figure.</summary>
    public static string RankingName(ClassMetric? metric) => metric is { } ranking ? Capital(ClassText.Word(ranking)) : "RMSECV";

    /// <summary>A text that begins a line.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>What a usual scale says of an RPD.</summary>
    public static string Scale(double rpd) => rpd switch
    {
        < 1.5 => "not usable",
        < 2 => "tells high from low",
        < 2.5 => "fit for screening",
        < 3 => "good",
        _ => "very good",
    };

    /// <summary>That not all samples are drawn; nothing where they are.</summary>
    public static string Thinned(int drawn, int all, string how) =>
        drawn < all ? $" {Figure.Count(drawn)} of {Figure.Count(all)} samples are drawn, {how}." : "";
}
