using System.Buffers;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>A column name that states the position of a variable, such as 1100, '1100 nm', X1100 or WL_350.0.</summary>
/// <param name="Position">The position.</param>
/// <param name="Unit">The unit, where the name states one.</param>
/// <param name="Form">What stands before the number, in small letters.</param>
internal readonly record struct AxisHeader(double Position, AxisUnit? Unit, string Form)
{
    private static readonly SearchValues<char> NumberLetters = SearchValues.Create("0123456789.,");

    private static readonly Dictionary<string, AxisUnit?> Prefixes = new()
    {
        [""] = null,
        ["x"] = null,
        ["spc"] = null,
        ["abs"] = null,
        ["absorbance"] = null,
        ["refl"] = null,
        ["reflectance"] = null,
        ["w"] = null,
        ["wl"] = AxisUnit.Nanometre,
        ["wvl"] = AxisUnit.Nanometre,
        ["wavelength"] = AxisUnit.Nanometre,
        ["lambda"] = AxisUnit.Nanometre,
        ["nm"] = AxisUnit.Nanometre,
        ["wn"] = AxisUnit.Wavenumber,
        ["wavenumber"] = AxisUnit.Wavenumber,
        ["ch"] = AxisUnit.Channel,
        ["channel"] = AxisUnit.Channel,
        ["pixel"] = AxisUnit.Channel,
    };

    private static readonly Dictionary<string, AxisUnit?> Suffixes = new()
    {
        [""] = null,
        ["nm"] = AxisUnit.Nanometre,
        ["nanometer"] = AxisUnit.Nanometre,
        ["nanometre"] = AxisUnit.Nanometre,
        ["cm-1"] = AxisUnit.Wavenumber,
        ["cm^-1"] = AxisUnit.Wavenumber,
        ["cm⁻¹"] = AxisUnit.Wavenumber,
        ["cm.1"] = AxisUnit.Wavenumber,
        ["1/cm"] = AxisUnit.Wavenumber,
        ["/cm"] = AxisUnit.Wavenumber,
    };

    /// <summary>Reads a column name; false where it is not a position.</summary>
    public static bool TryParse(string name, char decimalMark, out AxisHeader header)
    {
        header = default;
        if (TryNumber(name, decimalMark, out double bare))
        {
            header = new AxisHeader(bare, null, "");
            return true;
        }

        ReadOnlySpan<char> text = name;
        int from = text.IndexOfAnyInRange('0', '9');
        if (from < 0)
        {
            return false;
        }

        ReadOnlySpan<char> rest = text[from..];
        int length = rest.IndexOfAnyExcept(NumberLetters);
        length = length < 0 ? rest.Length : length;
        string form = text[..from].Trim("_. -([").ToString().ToLowerInvariant();
        string suffix = rest[length..].Trim("_ ()[]").ToString().ToLowerInvariant();
        if (!Prefixes.TryGetValue(form, out AxisUnit? before)
            || !Suffixes.TryGetValue(suffix, out AxisUnit? behind)
            || !TryNumber(rest[..length].ToString(), decimalMark, out double position))
        {
            return false;
        }

        header = new AxisHeader(position, behind ?? before, form);
        return true;
    }

    // Headers often keep the point although the cells have a comma.
    private static bool TryNumber(string text, char decimalMark, out double value) =>
        (CellNumber.TryParse(text, decimalMark, out value) || CellNumber.TryParse(text, '.', out value))
        && double.IsFinite(value);
}
