using System.Collections.Immutable;
using System.Text;
using Pipeline.Host.Runs;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results;

/// <summary>Predictions as tables: one line per sample, in the order of ids, one column per candidate.</summary>
public static class PredictionsCsv
{
    private const int BufferBytes = 64 << 10;

    /// <summary>Held-out predictions of the best candidates, with the 1-based number of each sample's fold; nothing for a sample that is never held out.</summary>
    /// <remarks>Line after line: as one text, those of a million samples would take gigabytes.</remarks>
    public static void HeldOut(RunResult result, Stream target)
    {
        var samples = result.Prepared.Bound.Set;
        ReadOnlySpan<int> folds = result.Prepared.Plan.Folds.FoldOfSample;
        var predictions = result.Leaderboard.Predictions;
        ImmutableArray<string> classes = samples.Manifest.Classes;
        using var text = new StreamWriter(target, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferBytes, leaveOpen: true);
        text.Write("sample_id,reference,fold");
        text.Write(string.Concat(Enumerable.Range(1, predictions.Length).Select(rank => Head(rank, classes))));
        text.Write('\n');
        for (int i = 0; i < samples.Manifest.SampleCount; i++)
        {
            text.Write(CsvText.Of(samples.Manifest.Ids[i]));
            text.Write(',');
            if (classes.IsEmpty)
            {
                CsvText.Write(samples.Y[i, 0], text);
            }
            else
            {
                text.Write(CsvText.Of(classes[(int)samples.Manifest.Strata[i]]));
            }

            text.Write(',');
            text.Write(CsvText.Of(folds[i] + 1));
            foreach (ImmutableArray<double> one in predictions)
            {
                text.Write(Cells(one.AsSpan(), i, classes));
            }

            text.Write('\n');
        }
    }

    /// <summary>Predictions of test samples by the chosen candidates; <c>known</c> names the calibration sample that a test sample repeats.</summary>
    public static string Test(RunResult result)
    {
        var test = result.Prepared.Test!;
        ChosenCandidate[] chosen = [.. result.Chosen.Where(one => one.Test is not null || one.ClassTest is not null)];
        Dictionary<string, string> known = test.Known.ToDictionary(pair => pair.Test, pair => pair.Calibration);
        ImmutableArray<string> classes = result.Prepared.Bound.Set.Manifest.Classes;
        var text = new StringBuilder("sample_id,reference,known")
            .Append(string.Concat(chosen.Select(one => Head(one.Row.Rank, classes))))
            .Append('\n');
        for (int i = 0; i < test.Ids.Length; i++)
        {
            int sample = i;
            text.Append(CsvText.Of(test.Ids[i])).Append(',')
                .Append(classes.IsEmpty ? CsvText.Of(test.Reference[i]) : CsvText.Of(classes[(int)test.Reference[i]])).Append(',')
                .Append(CsvText.Of(known.GetValueOrDefault(test.Ids[i], "")))
                .Append(string.Concat(chosen.Select(one => Cells(one.Test?.Predictions ?? one.ClassTest!.Probabilities, sample, classes))))
                .Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The columns of a candidate: its number, or its class and the probability of each.</summary>
    private static string Head(int rank, ImmutableArray<string> classes) =>
        $",rank_{rank}" + string.Concat(classes.Select(name => "," + CsvText.Of($"rank_{rank}_p_{name}")));

    private static string Cells(ReadOnlySpan<double> predictions, int sample, ImmutableArray<string> classes)
    {
        if (classes.IsEmpty)
        {
            return "," + CsvText.Of(predictions[sample]);
        }

        ReadOnlySpan<double> own = predictions.Slice(sample * classes.Length, classes.Length);
        var text = new StringBuilder(",").Append(CsvText.Of(classes[ConfusionMatrix.Likeliest(own)]));
        foreach (double probability in own)
        {
            text.Append(',').Append(CsvText.Of(probability));
        }

        return text.ToString();
    }
}
