using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>What a network is to predict for each sample: one number, or which of several classes it is of.</summary>
/// <remarks>Immutable but for the arrays, which nobody writes to. Memory n doubles for each output.</remarks>
internal sealed class NetworkTargets
{
    private readonly int[] _classes;

    private NetworkTargets(Matrix values, int[] classes, double[] weights)
    {
        Values = values;
        _classes = classes;
        Weights = weights;
    }

    /// <summary>Outputs × n: the numbers; or indicators, of the second class alone where there are two.</summary>
    public Matrix Values { get; }

    /// <summary>Whether the outputs are scores of classes.</summary>
    public bool IsOfClasses => _classes.Length > 0;

    /// <summary>How much each sample counts; empty where all count the same.</summary>
    public double[] Weights { get; }

    /// <summary>Samples, n.</summary>
    public int SampleCount => Values.Columns;

    /// <summary>The targets of numbers; the array is taken over.</summary>
    public static NetworkTargets OfNumbers(double[] y) => new(new Matrix(1, y.Length, y), [], []);

    /// <summary>The targets of classes.</summary>
    /// <param name="classes">The class of each sample, from 0 on.</param>
    /// <param name="count">Number of classes, at least two.</param>
    /// <param name="weights">How much each sample counts, or nothing.</param>
    public static NetworkTargets OfClasses(int[] classes, int count, double[] weights)
    {
        var values = new Matrix(count == 2 ? 1 : count, classes.Length);
        for (int i = 0; i < classes.Length; i++)
        {
            if (count > 2 || classes[i] == 1)
            {
                values[count == 2 ? 0 : classes[i], i] = 1;
            }
        }

        return new NetworkTargets(values, classes, weights);
    }

    /// <summary>The targets of some samples.</summary>
    public NetworkTargets Some(ReadOnlySpan<int> rows)
    {
        var values = new Matrix(Values.Rows, rows.Length);
        int[] classes = new int[IsOfClasses ? rows.Length : 0];
        double[] weights = new double[Weights.Length == 0 ? 0 : rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int k = 0; k < values.Rows; k++)
            {
                values[k, i] = Values[k, rows[i]];
            }

            if (classes.Length > 0)
            {
                classes[i] = _classes[rows[i]];
            }

            if (weights.Length > 0)
            {
                weights[i] = Weights[rows[i]];
            }
        }

        return new NetworkTargets(values, classes, weights);
    }

    /// <summary>Samples of each class.</summary>
    public int[] Counts()
    {
        int[] counts = new int[Values.Rows == 1 ? 2 : Values.Rows];
        foreach (int one in _classes)
        {
            counts[one]++;
        }

        return counts;
    }

    /// <summary>Sets samples apart that judge: the first of an order; of classes, as many of each as its share, and never its last one.</summary>
    /// <param name="order">All samples in the order of a draw.</param>
    /// <param name="judging">Samples to set apart.</param>
    public (int[] Judges, int[] Learners) Split(int[] order, int judging)
    {
        if (!IsOfClasses)
        {
            return (order[..judging], order[judging..]);
        }

        int[] left = Quotas(Counts(), judging);
        var judges = new List<int>();
        var learners = new List<int>();
        foreach (int sample in order)
        {
            if (left[_classes[sample]] > 0)
            {
                left[_classes[sample]]--;
                judges.Add(sample);
            }
            else
            {
                learners.Add(sample);
            }
        }

        return ([.. judges], [.. learners]);
    }

    /// <summary>
    /// How good predictions are, larger is better: R², of numbers without variance 1 where they are met exactly, else 0; of classes the
    /// share of samples, by weight, whose class has the largest score.
    /// </summary>
    /// <param name="outputs">Outputs × n.</param>
    public double Score(MatrixView outputs) => IsOfClasses ? ShareRight(outputs) : Determination(outputs.Row(0));

    /// <summary>Whole numbers in proportion to the counts, the largest remainders first, each below its count.</summary>
    private static int[] Quotas(int[] counts, int judging)
    {
        int all = counts.Sum();
        double[] exact = [.. counts.Select(count => (double)judging * count / all)];
        int[] quotas = [.. exact.Select(one => (int)one)];
        int[] byRemainder = [.. Enumerable.Range(0, counts.Length).OrderByDescending(c => exact[c] - quotas[c]).ThenBy(c => c)];
        foreach (int c in byRemainder.Take(judging - quotas.Sum()))
        {
            quotas[c]++;
        }

        return [.. quotas.Select((one, c) => Math.Min(one, counts[c] - 1))];
    }

    private double ShareRight(MatrixView outputs)
    {
        double right = 0;
        double all = 0;
        for (int i = 0; i < _classes.Length; i++)
        {
            int best = outputs.Rows == 1 && outputs[0, i] > 0 ? 1 : 0;
            for (int k = 1; k < outputs.Rows; k++)
            {
                best = outputs[k, i] > outputs[best, i] ? k : best;
            }

            double weight = Weights.Length == 0 ? 1 : Weights[i];
            right += best == _classes[i] ? weight : 0;
            all += weight;
        }

        return right / all;
    }

    private double Determination(ReadOnlySpan<double> outputs)
    {
        double mean = 0;
        foreach (double value in Values.Row(0))
        {
            mean += value;
        }

        mean /= SampleCount;
        double left = 0;
        double all = 0;
        for (int i = 0; i < SampleCount; i++)
        {
            left += (Values[0, i] - outputs[i]) * (Values[0, i] - outputs[i]);
            all += (Values[0, i] - mean) * (Values[0, i] - mean);
        }

        return all > 0 ? 1 - (left / all) : left == 0 ? 1 : 0;
    }
}
