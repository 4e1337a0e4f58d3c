using System.Buffers.Binary;
using System.Data.SqlTypes;
using System.Globalization;
using System.Numerics;

namespace Apache.Arrow;

/// <summary>Decimal numbers as 128-bit counts of a power of ten.</summary>
/// <remarks>The scale s says that the count is of 10⁻ˢ. Decimals and texts are not rounded on the way in: what does not fit is refused.</remarks>
internal static class DecimalCount
{
    private const int PrecisionMax = 38;
    private const int DecimalScaleMax = 28;

    private static readonly UInt128 DecimalMax = (UInt128)decimal.MaxValue;

    /// <summary>The count in 16 bytes.</summary>
    internal static Int128 Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt128LittleEndian(bytes);

    /// <summary>The digits, with zeros up to the scale.</summary>
    internal static string ToText(Int128 count, int scale)
    {
        string digits = count.ToString(CultureInfo.InvariantCulture).TrimStart('-');
        string text = scale > 0
            ? digits.PadLeft(scale + 1, '0').Insert(Math.Max(digits.Length - scale, 1), ".")
            : count == 0 ? digits : digits + new string('0', -scale);
        return count < 0 ? "-" + text : text;
    }

    /// <summary>The number, cut behind the point as far as needed; false if its whole part is too large.</summary>
    internal static bool TryToDecimal(Int128 count, int scale, out decimal? value)
    {
        value = null;
        UInt128 magnitude = Magnitude(count);
        if (magnitude == 0)
        {
            value = 0;
            return true;
        }

        if (scale <= 0 && -scale > PrecisionMax)
        {
            return false;
        }

        decimal absolute;
        if (scale <= 0)
        {
            UInt128 unit = PowerOfTen(-scale);
            if (magnitude > DecimalMax / unit)
            {
                return false;
            }

            absolute = (decimal)(magnitude * unit);
        }
        else if (magnitude <= DecimalMax && scale <= DecimalScaleMax)
        {
            absolute = Scaled(magnitude, scale);
        }
        else
        {
            UInt128 whole = scale > PrecisionMax ? 0 : magnitude / PowerOfTen(scale);
            if (whole > DecimalMax)
            {
                return false;
            }

            UInt128 fraction = scale > PrecisionMax ? magnitude : magnitude % PowerOfTen(scale);
            for (int places = scale; places > DecimalScaleMax && fraction != 0; places--)
            {
                fraction /= 10;
            }

            absolute = (decimal)whole + Scaled(fraction, Math.Min(scale, DecimalScaleMax));
        }

        value = count < 0 ? -absolute : absolute;
        return true;
    }

    /// <summary>The number with all its digits.</summary>
    internal static SqlDecimal ToSqlDecimal(Int128 count, int precision, int scale)
    {
        UInt128 magnitude = Magnitude(count);
        return new SqlDecimal(
            checked((byte)precision),
            checked((byte)scale),
            count >= 0,
            (int)(uint)magnitude,
            (int)(uint)(magnitude >> 32),
            (int)(uint)(magnitude >> 64),
            (int)(uint)(magnitude >> 96));
    }

    /// <summary>The count of a number whose digits all lie within precision and scale.</summary>
    internal static Int128 FromDecimal(decimal value, int precision, int scale)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var magnitude = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        BigInteger digits = magnitude;
        return Fit(value < 0 ? -digits : digits, value.Scale, precision, scale);
    }

    /// <summary>The count of a number in digits, with a sign and a point or without, that lie within precision and scale.</summary>
    internal static Int128 FromText(string text, int precision, int scale)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? text : text.Remove(point, 1);
        return BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger count)
            ? Fit(count, point < 0 ? 0 : digits.Length - point, precision, scale)
            : throw new ArgumentException($"Expected a decimal number, found '{text}'.", nameof(text));
    }

    /// <summary>The count of a number, brought to precision and scale as SQL does.</summary>
    internal static Int128 FromSqlDecimal(SqlDecimal value, int precision, int scale)
    {
        SqlDecimal fitting = SqlDecimal.ConvertToPrecScale(value, precision, scale);
        int[] parts = fitting.Data;
        var magnitude = new UInt128(
            ((ulong)(uint)parts[3] << 32) | (uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        return fitting.IsPositive ? (Int128)magnitude : -(Int128)magnitude;
    }

    private static Int128 Fit(BigInteger digits, int digitsScale, int precision, int scale)
    {
        BigInteger count = BigInteger.DivRem(
            digits * BigInteger.Pow(10, Math.Max(scale - digitsScale, 0)),
            BigInteger.Pow(10, Math.Max(digitsScale - scale, 0)),
            out BigInteger rest);
        if (!rest.IsZero)
        {
            throw new OverflowException($"{digits}e-{digitsScale} has digits beyond the scale {scale}.");
        }

        if (BigInteger.Abs(count) >= BigInteger.Pow(10, Math.Min(precision, PrecisionMax)))
        {
            throw new OverflowException($"{digits}e-{digitsScale} has more than {precision} digits at the scale {scale}.");
        }

        return (Int128)count;
    }

    private static UInt128 PowerOfTen(int exponent)
    {
        UInt128 power = 1;
        for (int i = 0; i < exponent; i++)
        {
            power = checked(power * 10);
        }

        return power;
    }

    private static UInt128 Magnitude(Int128 count) => count < 0 ? (UInt128)(-count) : (UInt128)count;

    private static decimal Scaled(UInt128 digits, int scale) =>
        new((int)(uint)digits, (int)(uint)(digits >> 32), (int)(uint)(digits >> 64), isNegative: false, (byte)scale);
}
