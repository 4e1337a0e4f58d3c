using System.Text;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Results;

/// <summary>The sets that a study has chosen, as the table that <c>--split</c> reads.</summary>
internal static class SetsCsv
{
    /// <summary>One line per sample, in the order of ids.</summary>
    public static string Text(HoldOutSets sets)
    {
        var text = new StringBuilder("sample_id,set\n");
        for (int i = 0; i < sets.Ids.Length; i++)
        {
            text.Append(CsvText.Of(sets.Ids[i])).Append(sets.IsTestSample[i] ? ",test\n" : ",calibration\n");
        }

        return text.ToString();
    }
}
