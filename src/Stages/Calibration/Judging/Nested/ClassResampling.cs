using Pipeline.Engine.Identity;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging.Nested;

/// <summary>Bootstrap of a metric of classes, groups drawn with replacement.</summary>
/// <remarks>
/// Metrics of classes are no sums over samples, so each replicate lists its samples anew. Time B n log n; where many samples
/// make a replicate long, fewer are drawn, <see cref="ReplicatesMin"/> at least.
/// </remarks>
internal static class ClassResampling
{
    private const int ReplicatesMin = 100;

    /// <summary>Probabilities that are looked at in all replicates together.</summary>
    private const long ValuesMax = 20_000_000;

    /// <summary>The interval of a metric.</summary>
    /// <param name="metric">Which one.</param>
    /// <param name="classes">The class of each of n samples.</param>
    /// <param name="probabilities">n × C probabilities.</param>
    /// <param name="classCount">C.</param>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="folds">Key of the folds, which seeds the draws.</param>
    /// <param name="replicates">Replicates, B.</param>
    public static Interval IntervalOf(
        ClassMetric metric, int[] classes, double[] probabilities, int classCount, SampleGroups groups, Fingerprint folds, int replicates)
    {
        var units = ResamplingUnits.Of(groups, folds);
        int[][] members = [.. Enumerable.Range(0, classes.Length).GroupBy(i => units.UnitOfSample[i]).OrderBy(unit => unit.Key).Select(unit => unit.ToArray())];
        double[] values = new double[Math.Min(replicates, Math.Max(ReplicatesMin, (int)(ValuesMax / probabilities.Length)))];
        Pcg64 draws = Draws.For("bootstrap", folds);
        for (int b = 0; b < values.Length; b++)
        {
            var drawn = new List<int>(classes.Length);
            for (int u = 0; u < members.Length; u++)
            {
                drawn.AddRange(members[draws.NextInt(members.Length)]);
            }

            double[] some = new double[drawn.Count * classCount];
            for (int i = 0; i < drawn.Count; i++)
            {
                probabilities.AsSpan(drawn[i] * classCount, classCount).CopyTo(some.AsSpan(i * classCount));
            }

            values[b] = ClassMetrics.Of([.. drawn.Select(i => classes[i])], some, classCount).Value(metric);
        }

        // An area under the curve needs two classes, and a replicate of very few samples may have one.
        return Interval.Of(Array.FindAll(values, double.IsFinite) is { Length: > 0 } finite ? finite : [double.NaN]);
    }
}
