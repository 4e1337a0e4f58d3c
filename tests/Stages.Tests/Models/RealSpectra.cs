using System.Globalization;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Support;

namespace Pipeline.Stages.Tests.Models;

/// <summary>Spectra of real samples from beside the repository: comma-separated, variables headed by their wavelength.</summary>
internal static class RealSpectra
{
    /// <summary>The samples whose response is known.</summary>
    public static (Matrix X, Matrix Y) Read(string file, string response)
    {
        (Matrix x, Matrix y, _) = ReadWithAxis(file, response);
        return (x, y);
    }

    /// <summary>The same with the axis in nanometres.</summary>
    public static (Matrix X, Matrix Y, SpectralAxis Axis) ReadWithAxis(string file, string response)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Goldens.SharedRoot, "data", "spectra", file));
        string[] header = lines[0].Split(',');
        int[] variables = [.. Enumerable.Range(0, header.Length)
            .Where(j => double.TryParse(header[j], CultureInfo.InvariantCulture, out _))];
        int column = Array.IndexOf(header, response);
        string[][] rows = [.. lines.Skip(1).Select(line => line.Split(',')).Where(row => Number(row[column]) is not null)];
        var x = new Matrix(rows.Length, variables.Length);
        var y = new Matrix(rows.Length, 1);
        for (int i = 0; i < rows.Length; i++)
        {
            y[i, 0] = Number(rows[i][column])!.Value;
            for (int j = 0; j < variables.Length; j++)
            {
                x[i, j] = Number(rows[i][variables[j]])!.Value;
            }
        }

        return (x, y, new SpectralAxis([.. variables.Select(j => Number(header[j])!.Value)], AxisUnit.Nanometre));
    }

    private static double? Number(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : null;
}
