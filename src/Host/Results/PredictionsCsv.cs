using System.Collections.Immutable;
using System.Text;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Results;

/// <summary>Predictions as tables: one line per sample, in the order of ids, one column per candidate.</summary>
public static class PredictionsCsv
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Held-out predictions of the best candidates, with the 1-based number of each sample's fold.</summary>
    /// <remarks>Line after line: as one text, those of a million samples would take gigabytes.</remarks>
    public static void HeldOut(RunResult result, Stream target)
    {
        var samples = result.Prepared.Bound.Set;
        ReadOnlySpan<int> folds = result.Prepared.Plan.Folds.FoldOfSample;
        var predictions = result.Leaderboard.Predictions;
        using var text = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferBytes, leaveOpen: true);
        text.Write("sample_id,reference,fold");
        text.Write(string.Concat(Enumerable.Range(1, predictions.Length).Select(rank => $",rank_{rank}")));
        text.Write('\n');
        for (int i = 0; i < samples.Manifest.SampleCount; i++)
        {
            text.Write(CsvText.Of(samples.Manifest.Ids[i]));
            text.Write(',');
            CsvText.Write(samples.Y[i, 0], text);
            text.Write(',');
            text.Write(CsvText.Of(folds[i] + 1));
            foreach (ImmutableArray<double> one in predictions)
            {
                text.Write(',');
                CsvText.Write(one[i], text);
            }

            text.Write('\n');
        }
    }

    /// <summary>Predictions of test samples by the chosen candidates; <c>known</c> names the calibration sample that a test sample repeats.</summary>
    public static string Test(RunResult result)
    {
        var test = result.Prepared.Test!;
        ChosenCandidate[] chosen = [.. result.Chosen.Where(one => one.Test is not null)];
        Dictionary<string, string> known = test.Known.ToDictionary(pair => pair.Test, pair => pair.Calibration);
        var text = new StringBuilder("sample_id,reference,known")
            .Append(string.Concat(chosen.Select(one => $",rank_{one.Row.Rank}")))
            .Append('\n');
        for (int i = 0; i < test.Ids.Length; i++)
        {
            int sample = i;
            text.Append(CsvText.Of(test.Ids[i])).Append(',')
                .Append(CsvText.Of(test.Reference[i])).Append(',')
                .Append(CsvText.Of(known.GetValueOrDefault(test.Ids[i], "")))
                .Append(string.Concat(chosen.Select(one => "," + CsvText.Of(one.Test!.Predictions[sample]))))
                .Append('\n');
        }

        return text.ToString();
    }
}
