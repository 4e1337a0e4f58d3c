using System.Globalization;
using Pipeline.Stages.Numerics;
using Xunit;
using Xunit.Sdk;

namespace Pipeline.Support;

/// <summary>Comparisons of numbers relative to a named scale, with the worst element in the message.</summary>
public static class Tolerance
{
    /// <summary>Asserts |actual − expected| ≤ tolerance × scale everywhere; the scale is the largest |expected|, or 1 if that is 0.</summary>
    /// <returns>The largest error relative to the scale.</returns>
    public static double AssertClose(
        ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what) =>
        AssertClose(expected, actual, tolerance, ScaleOf(expected), what, columns: 0);

    /// <summary>Asserts that two matrices agree relative to the largest |expected|.</summary>
    public static double AssertClose(MatrixView expected, MatrixView actual, double tolerance, string what)
    {
        Assert.Equal(expected.Rows, actual.Rows);
        Assert.Equal(expected.Columns, actual.Columns);
        Matrix first = expected.ToMatrix();
        return AssertClose(first.Values, actual.ToMatrix().Values, tolerance, ScaleOf(first.Values), what, expected.Columns);
    }

    /// <summary>Asserts that two numbers agree relative to a scale that the caller names.</summary>
    public static double AssertClose(double expected, double actual, double tolerance, double scale, string what) =>
        AssertClose([expected], [actual], tolerance, scale, what, columns: 0);

    /// <summary>Asserts that all values lie within tolerance × scale of zero.</summary>
    public static double AssertZero(ReadOnlySpan<double> actual, double tolerance, double scale, string what) =>
        AssertClose(new double[actual.Length], actual, tolerance, scale, what, columns: 0);

    /// <summary>Asserts that two vectors have the same bits.</summary>
    public static void AssertSameBits(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(expected[i]) != BitConverter.DoubleToInt64Bits(actual[i]))
            {
                throw new XunitException($"{what}: element {i} is {Text(actual[i])}, expected the bits of {Text(expected[i])}.");
            }
        }
    }

    private static double AssertClose(
        ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, double scale, string what, int columns)
    {
        Assert.Equal(expected.Length, actual.Length);
        int worst = -1;
        double error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = expected[i].Equals(actual[i]) ? 0 : Math.Abs(actual[i] - expected[i]) / scale;
            if (!(difference <= error))
            {
                worst = i;
                error = difference;
            }

            if (double.IsNaN(error))
            {
                break;
            }
        }

        if (error <= tolerance)
        {
            return error;
        }

        string place = columns > 0 ? $"row {worst / columns}, column {worst % columns}" : $"element {worst}";
        throw new XunitException(
            $"{what}: {place} is {Text(actual[worst])}, expected {Text(expected[worst])}; "
            + $"error {error:E2} of the scale {Text(scale)}, allowed {tolerance:E2}.");
    }

    private static double ScaleOf(ReadOnlySpan<double> values)
    {
        double scale = 0;
        foreach (double value in values)
        {
            scale = Math.Max(scale, Math.Abs(value));
        }

        return scale == 0 ? 1 : scale;
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
