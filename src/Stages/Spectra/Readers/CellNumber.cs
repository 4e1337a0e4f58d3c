using System.Globalization;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>The number in one cell of a text table.</summary>
/// <remarks>
/// Decimal digits with a mantissa below 2⁵³ and at most 22 decimals are one exact division (Clinger 1990, How to
/// read floating point numbers accurately, PLDI, 92-101); all else goes to the framework. Both are correctly rounded.
/// </remarks>
internal static class CellNumber
{
    private const int CellBytesMax = 128;

    private static readonly double[] PowersOfTen =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>Reads a cell that holds one number and blanks, nothing else; NaN and infinity count as numbers.</summary>
    public static bool TryParse(ReadOnlySpan<byte> cell, char decimalMark, out double value)
    {
        cell = cell.Trim((byte)' ');
        int at = !cell.IsEmpty && cell[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        ulong mantissa = 0;
        int digits = 0;
        int decimalsFrom = -1;
        for (; at < cell.Length; at++)
        {
            uint digit = (uint)(cell[at] - '0');
            if (digit <= 9)
            {
                mantissa = (mantissa * 10) + digit;
                digits++;
            }
            else if (cell[at] == decimalMark && decimalsFrom < 0)
            {
                decimalsFrom = digits;
            }
            else
            {
                break;
            }
        }

        // Nineteen digits always fit into 64 bits, so the mantissa has not wrapped.
        int scale = decimalsFrom < 0 ? 0 : digits - decimalsFrom;
        if (at == cell.Length && digits is > 0 and <= 19 && mantissa <= 1UL << 53)
        {
            value = mantissa / PowersOfTen[scale];
            value = cell[0] == (byte)'-' ? -value : value;
            return true;
        }

        return TryParseAny(cell, decimalMark, out value);
    }

    /// <summary>Reads a text as a cell is read.</summary>
    public static bool TryParse(string text, char decimalMark, out double value)
    {
        value = double.NaN;
        if (text.Length > CellBytesMax || !System.Text.Ascii.IsValid(text))
        {
            return false;
        }

        Span<byte> cell = stackalloc byte[CellBytesMax];
        int length = System.Text.Encoding.ASCII.GetBytes(text, cell);
        return TryParse(cell[..length], decimalMark, out value);
    }

    private static bool TryParseAny(ReadOnlySpan<byte> cell, char decimalMark, out double value)
    {
        value = double.NaN;
        if (cell.Length is 0 or > CellBytesMax)
        {
            return false;
        }

        Span<byte> invariant = stackalloc byte[CellBytesMax];
        cell.CopyTo(invariant);
        invariant = invariant[..cell.Length];
        if (decimalMark != '.')
        {
            if (invariant.Contains((byte)'.'))
            {
                return false;
            }

            invariant.Replace((byte)decimalMark, (byte)'.');
        }

        return double.TryParse(invariant, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
