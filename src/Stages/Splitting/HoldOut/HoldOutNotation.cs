using System.Collections.Immutable;
using System.Globalization;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>Choices of test samples as people write them: a name and a share, such as <c>kennard-stone(25 %)</c>.</summary>
internal static class HoldOutNotation
{
    /// <summary>Catalogue entries in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<IHoldOut>> Entries { get; } =
    [
        new("kennard-stone", "kennard-stone(25 %)", "Calibrates on samples that cover the spectra evenly.", term => new KennardStone(Share(term, 1))),
        new("spxy", "spxy(25 %)", "As kennard-stone, by spectra and response together.", term => new Spxy(Share(term, 1))),
        new("duplex", "duplex(25 %)", "Calibration and test cover the spectra alike.", term => new Duplex(Share(term, 1))),
        new(
            "random",
            "random(25 %, seed 0)",
            "Test samples drawn by a seed.",
            term => new RandomHoldOut(Share(term, 2), term.Arguments.Length > 1 ? term.Seed(1) : 0)),
    ];

    private static HoldOutShare Share(NotationTerm term, int argumentsMax)
    {
        term.RequireArguments(1, argumentsMax);
        string text = term.Arguments[0].Text;
        return text.EndsWith('%') && double.TryParse(text[..^1].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            ? new HoldOutShare(percent)
            : throw term.Error($"expected the share of test samples in percent, found '{text}'");
    }
}
