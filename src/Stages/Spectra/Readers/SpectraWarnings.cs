using System.Text;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>What is odd about the spectra of a chunk though every value is a number.</summary>
internal static class SpectraWarnings
{
    private const int RangesMax = 5;

    /// <summary>Constant variables with their ranges.</summary>
    public static IEnumerable<string> Of(SpectralChunk chunk)
    {
        if (chunk.SampleCount < 2)
        {
            yield break;
        }

        bool[] varies = Varies(chunk);
        int constant = varies.Count(v => !v);
        if (constant > 0)
        {
            yield return $"{constant} of {varies.Length} variables have the same value in all samples: "
                + Ranges(chunk.Axis, varies) + ".";
        }
    }

    private static bool[] Varies(SpectralChunk chunk)
    {
        var varies = new bool[chunk.Axis.Count];
        ReadOnlySpan<double> first = chunk.X.Row(0);
        for (int i = 1; i < chunk.SampleCount; i++)
        {
            ReadOnlySpan<double> row = chunk.X.Row(i);
            for (int j = 0; j < row.Length; j++)
            {
                varies[j] |= row[j] != first[j];
            }
        }

        return varies;
    }

    private static string Ranges(SpectralAxis axis, bool[] varies)
    {
        var text = new StringBuilder();
        int ranges = 0;
        for (int j = 0; j < varies.Length; j++)
        {
            if (varies[j])
            {
                continue;
            }

            int start = j;
            while (j + 1 < varies.Length && !varies[j + 1])
            {
                j++;
            }

            if (++ranges <= RangesMax)
            {
                text.Append(ranges > 1 ? ", " : "").Append(SpectralAxis.Format(axis.Positions[start]));
                text.Append(j > start ? "-" + SpectralAxis.Format(axis.Positions[j]) : "");
            }
        }

        text.Append(' ').Append(axis.UnitSymbol);
        return text.Append(ranges > RangesMax ? $" and {ranges - RangesMax} more ranges" : "").ToString();
    }
}
