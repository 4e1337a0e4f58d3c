using System.Collections.Immutable;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Metrics;

namespace Pipeline.Host.Results.Tables;

/// <summary>Predictions as tables: one row per sample, in the order of ids; for each candidate its number, or its class and the probability of each.</summary>
internal static class PredictionsTable
{
    /// <summary>
    /// Held-out predictions of the best candidates, with the 1-based number of each sample's fold; no value for a sample that is never held
    /// out.
    /// </summary>
    public static ColumnTable HeldOut(RunResult result)
    {
        CalibrationSet samples = result.Prepared.Bound.Set;
        int[] folds = result.Prepared.Plan.Folds.FoldOfSample.ToArray();
        ImmutableArray<string> ids = samples.Manifest.Ids;
        ImmutableArray<string> classes = samples.Manifest.Classes;
        ImmutableArray<double> strata = samples.Manifest.Strata;
        return ColumnTable.Of(
            "predictions",
            result,
            [
                new TextColumn("sample_id", i => ids[i]),
                Reference(classes, i => classes.IsEmpty ? samples.Y[i, 0] : strata[i]),
                new WholeColumn("fold", i => folds[i] + 1),
                .. result.Leaderboard.Predictions.SelectMany((one, place) => Predicted(place + 1, one, classes)),
            ],
            ids.Length);
    }

    /// <summary>Predictions of test samples by the chosen candidates; <c>known</c> names the calibration sample that a test sample repeats.</summary>
    public static ColumnTable Test(RunResult result)
    {
        TestSet test = result.Prepared.Test!;
        Dictionary<string, string> known = test.Known.ToDictionary(pair => pair.Test, pair => pair.Calibration);
        ImmutableArray<string> classes = result.Prepared.Bound.Set.Manifest.Classes;
        return ColumnTable.Of(
            "test-predictions",
            result,
            [
                new TextColumn("sample_id", i => test.Ids[i]),
                Reference(classes, i => test.Reference[i]),
                new TextColumn("known", i => known.GetValueOrDefault(test.Ids[i], "")),
                .. result.Chosen
                    .Where(one => one.Test is not null || one.ClassTest is not null)
                    .SelectMany(one => Predicted(one.Row.Rank, [.. one.Test?.Predictions ?? one.ClassTest!.Probabilities], classes)),
            ],
            test.Ids.Length);
    }

    private static TableColumn Reference(ImmutableArray<string> classes, Func<int, double> value) => classes.IsEmpty
        ? new NumberColumn("reference", value) { Unit = TableColumn.ResponseUnit }
        : new TextColumn("reference", i => classes[(int)value(i)]);

    private static IEnumerable<TableColumn> Predicted(int rank, ImmutableArray<double> values, ImmutableArray<string> classes)
    {
        int q = classes.Length;
        return q == 0
            ? [new NumberColumn($"rank_{rank}", i => values[i]) { Unit = TableColumn.ResponseUnit }]
            :
            [
                new TextColumn($"rank_{rank}", i => classes[ConfusionMatrix.Likeliest(values.AsSpan(i * q, q))]),
                .. classes.Select((name, place) => new NumberColumn($"rank_{rank}_p_{name}", i => values[(i * q) + place])),
            ];
    }
}
