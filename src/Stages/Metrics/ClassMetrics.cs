using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Metrics;

/// <summary>How well the classes of some samples are predicted.</summary>
/// <remarks>
/// Definitions as in scikit-learn 1.2: <c>accuracy_score</c>; <c>balanced_accuracy_score</c>, the mean recall of the classes
/// that samples have; <c>f1_score(average="macro")</c> over the classes that samples have or were predicted as, 0 where
/// nothing is right; <c>roc_auc_score(multi_class="ovr", average="macro")</c>, of two classes that of the second, NaN where
/// a class has no sample; <c>log_loss</c>, probabilities clipped to the distance of 1 to the next double and scaled to sum 1.
/// The class predicted is the likeliest, of equals the first. Time n C log n, memory n doubles.
/// </remarks>
/// <param name="Count">Number of samples, n.</param>
/// <param name="Accuracy">Share predicted right.</param>
/// <param name="BalancedAccuracy">Mean over classes of the share predicted right.</param>
/// <param name="MacroF1">Mean over classes of F1.</param>
/// <param name="RocAuc">Mean over classes of the area under the curve, one against the rest; NaN where it is not defined.</param>
/// <param name="LogLoss">Mean of -log of the probability of a sample's own class.</param>
public readonly record struct ClassMetrics(
    int Count, double Accuracy, double BalancedAccuracy, double MacroF1, double RocAuc, double LogLoss)
{
    private const double ProbabilityMin = 2.220446049250313e-16;

    /// <summary>Every metric by the name that studies and results give it.</summary>
    public static IReadOnlyDictionary<string, ClassMetric> Names { get; } = new Dictionary<string, ClassMetric>
    {
        ["balanced_accuracy"] = ClassMetric.BalancedAccuracy,
        ["accuracy"] = ClassMetric.Accuracy,
        ["macro_f1"] = ClassMetric.MacroF1,
        ["roc_auc"] = ClassMetric.RocAuc,
        ["log_loss"] = ClassMetric.LogLoss,
    };

    /// <summary>The metric of a name; the balanced accuracy for none.</summary>
    /// <exception cref="StageException">There is no metric of that name.</exception>
    public static ClassMetric Parse(string? name) => name is null
        ? ClassMetric.BalancedAccuracy
        : Names.TryGetValue(name, out ClassMetric metric)
            ? metric
            : throw new StageException(
                FailureKind.InvalidRequest,
                $"Study field 'metric': found '{name}'.{Spelling.Suggest(name, Names.Keys)} Give one of {string.Join(", ", Names.Keys)}, or leave it out.");

    /// <summary>The name of a metric.</summary>
    public static string NameOf(ClassMetric metric) => Names.First(pair => pair.Value == metric).Key;

    /// <summary>The metrics of some samples.</summary>
    /// <param name="classOfSample">The class of each of n samples.</param>
    /// <param name="probabilities">n × C probabilities, the C of a sample side by side.</param>
    /// <param name="classCount">C, at least 2.</param>
    public static ClassMetrics Of(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount)
    {
        var confusion = ConfusionMatrix.Of(classOfSample, probabilities, classCount);
        int n = classOfSample.Length;
        int right = 0;
        int present = 0;
        int named = 0;
        double recalls = 0;
        double f1 = 0;
        for (int c = 0; c < classCount; c++)
        {
            int actual = confusion.ActualCount(c);
            int predicted = confusion.PredictedCount(c);
            int hits = confusion[c, c];
            right += hits;
            recalls += actual > 0 ? (double)hits / actual : 0;
            present += actual > 0 ? 1 : 0;
            f1 += actual + predicted > 0 ? 2.0 * hits / (actual + predicted) : 0;
            named += actual + predicted > 0 ? 1 : 0;
        }

        return new ClassMetrics(
            n,
            (double)right / n,
            recalls / present,
            f1 / named,
            Area(classOfSample, probabilities, classCount),
            Loss(classOfSample, probabilities, classCount));
    }

    /// <summary>The value of a metric.</summary>
    public double Value(ClassMetric metric) => metric switch
    {
        ClassMetric.BalancedAccuracy => BalancedAccuracy,
        ClassMetric.Accuracy => Accuracy,
        ClassMetric.MacroF1 => MacroF1,
        ClassMetric.RocAuc => RocAuc,
        _ => LogLoss,
    };

    /// <summary>-log of the probability that one sample's own class was given, clipped as <see cref="LogLoss"/> clips.</summary>
    public static double LossOf(int ownClass, ReadOnlySpan<double> probabilities)
    {
        double sum = 0;
        foreach (double probability in probabilities)
        {
            sum += Clip(probability);
        }

        return -NaturalLogarithm.Of(Clip(probabilities[ownClass]) / sum);
    }

    private static double Loss(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount)
    {
        double sum = 0;
        for (int i = 0; i < classOfSample.Length; i++)
        {
            sum += LossOf(classOfSample[i], probabilities.Slice(i * classCount, classCount));
        }

        return sum / classOfSample.Length;
    }

    private static double Clip(double probability) => Math.Clamp(probability, ProbabilityMin, 1 - ProbabilityMin);

    private static double Area(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount)
    {
        double[] scores = new double[classOfSample.Length];
        int[] order = new int[scores.Length];
        double sum = 0;
        int first = classCount == 2 ? 1 : 0;
        for (int c = first; c < classCount; c++)
        {
            for (int i = 0; i < scores.Length; i++)
            {
                scores[i] = probabilities[(i * classCount) + c];
                order[i] = i;
            }

            Array.Sort(scores, order);
            sum += Area(c, classOfSample, scores, order);
        }

        return sum / (classCount - first);
    }

    /// <summary>Mann and Whitney's count of pairs in the right order, equal scores counting half; all sums are of halves and exact.</summary>
    private static double Area(int ownClass, ReadOnlySpan<int> classOfSample, double[] rising, int[] order)
    {
        double pairs = 0;
        double below = 0;
        long own = 0;
        int end;
        for (int start = 0; start < rising.Length; start = end)
        {
            end = start;
            int ownHere = 0;
            while (end < rising.Length && rising[end] == rising[start])
            {
                ownHere += classOfSample[order[end]] == ownClass ? 1 : 0;
                end++;
            }

            int othersHere = end - start - ownHere;
            pairs += ownHere * (below + (othersHere / 2.0));
            below += othersHere;
            own += ownHere;
        }

        return own == 0 || below == 0 ? double.NaN : pairs / (own * below);
    }
}
