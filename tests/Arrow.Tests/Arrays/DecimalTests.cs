using System.Buffers.Binary;
using System.Data.SqlTypes;
using Apache.Arrow;
using Apache.Arrow.Types;
using Xunit;

namespace Pipeline.Arrow.Tests.Arrays;

/// <summary>Decimal numbers in and out.</summary>
public sealed class DecimalTests
{
    private const string Largest = "99999999999999999999999999999999999999";

    [Theory]
    [InlineData("0", 10, 0, "0")]
    [InlineData("0", 10, 3, "0.000")]
    [InlineData("-0.5", 10, 1, "-0.5")]
    [InlineData("-0.05", 10, 4, "-0.0500")]
    [InlineData("+12.3", 10, 2, "12.30")]
    [InlineData("00012", 3, 0, "12")]
    [InlineData(Largest, 38, 0, Largest)]
    [InlineData("-" + Largest, 38, 0, "-" + Largest)]
    [InlineData("0." + Largest, 38, 38, "0." + Largest)]
    [InlineData("1.2345678901234567890123456789012345678", 38, 37, "1.2345678901234567890123456789012345678")]
    public void Append_Text_IsHeldExactly(string text, int precision, int scale, string expected)
    {
        Decimal128Array array = new Decimal128Array.Builder(new Decimal128Type(precision, scale)).Append(text).Build();

        Assert.Equal(expected, array.GetString(0));
    }

    [Theory]
    [InlineData("0.001", 10, 2)]
    [InlineData("1000", 3, 0)]
    [InlineData("1" + Largest, 38, 0)]
    public void Append_TextWithMoreDigitsThanTheType_Overflows(string text, int precision, int scale) =>
        Assert.Throws<OverflowException>(() => new Decimal128Array.Builder(new Decimal128Type(precision, scale)).Append(text));

    [Theory]
    [InlineData("")]
    [InlineData("1,5")]
    [InlineData("1e5")]
    public void Append_TextThatIsNoNumber_IsRefused(string text) =>
        Assert.Throws<ArgumentException>(() => new Decimal128Array.Builder(new Decimal128Type(10, 2)).Append(text));

    [Fact]
    public void Append_Decimal_IsHeldExactlyOrOverflows()
    {
        var builder = new Decimal128Array.Builder(new Decimal128Type(31, 2));
        decimal[] values = [0m, 1.5m, -1.25m, decimal.MaxValue, decimal.MinValue, -0.01m];

        Decimal128Array array = builder.AppendRange(values).AppendNull().Append(3m).Set(7, -3m).Build();

        Assert.Equal(new decimal?[] { 0m, 1.5m, -1.25m, decimal.MaxValue, decimal.MinValue, -0.01m, null, -3m }, array.ToList(includeNulls: true));
        Assert.Equal(7, array.ToList().Count);
        Assert.Throws<OverflowException>(() => builder.Append(0.001m));
    }

    [Fact]
    public void Append_SqlDecimal_IsHeldExactly()
    {
        SqlDecimal[] values = [SqlDecimal.Parse(Largest), SqlDecimal.Parse("-" + Largest), SqlDecimal.Parse("-1"), SqlDecimal.Parse("0")];

        Decimal128Array array = new Decimal128Array.Builder(new Decimal128Type(38, 0)).AppendRange(values).AppendNull().Build();

        Assert.Equal(new SqlDecimal?[] { values[0], values[1], values[2], values[3], null }, Enumerable.Range(0, 5).Select(i => array.GetSqlDecimal(i)));
        Assert.Equal(new[] { Largest, "-" + Largest, "-1", "0", null }, Enumerable.Range(0, 5).Select(i => array.GetString(i)));
    }

    [Fact]
    public void GetValue_MoreDigitsThanADecimalHolds_CutsBehindThePointOrOverflows()
    {
        Decimal128Array fine = new Decimal128Array.Builder(new Decimal128Type(38, 35))
            .Append("123." + new string('9', 35)).Append("-0." + new string('0', 34) + "1").Build();
        Decimal128Array large = new Decimal128Array.Builder(new Decimal128Type(38, 1)).Append("1" + new string('0', 36)).Build();

        Assert.InRange(fine.GetValue(0)!.Value, 123.99999999999999999999999999m, 124m);
        Assert.Equal(0m, fine.GetValue(1));
        Assert.False(large.TryGetValue(0, out decimal? value));
        Assert.Null(value);
        Assert.Throws<OverflowException>(() => large.GetValue(0));
    }

    [Fact]
    public void GetValue_ScaleBeyondAllDigits_IsNothing()
    {
        Assert.Equal(0m, Over(Int128.MaxValue, 38, 70).GetValue(0));
        Assert.Equal(170e-28m, Over(Int128.MaxValue, 38, 64).GetValue(0));
    }

    internal static Decimal128Array Over(Int128 count, int precision, int scale)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, count);
        return new Decimal128Array(new ArrayData(
            new Decimal128Type(precision, scale), 1, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)]));
    }
}
