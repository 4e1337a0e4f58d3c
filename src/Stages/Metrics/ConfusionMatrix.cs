namespace Pipeline.Stages.Metrics;

/// <summary>How many samples of each class were predicted as each class.</summary>
/// <remarks>
/// Row: the class they have; column: the class predicted, which is the likeliest one, of equals the first. As
/// scikit-learn's <c>confusion_matrix</c> and <c>argmax</c>. Memory C² integers. Immutable.
/// </remarks>
public sealed class ConfusionMatrix
{
    private readonly int[] _counts;

    private ConfusionMatrix(int classCount, int[] counts)
    {
        ClassCount = classCount;
        _counts = counts;
    }

    /// <summary>Number of classes, C.</summary>
    public int ClassCount { get; }

    /// <summary>Samples of class <paramref name="actual"/> that were predicted as <paramref name="predicted"/>.</summary>
    public int this[int actual, int predicted] => _counts[(actual * ClassCount) + predicted];

    /// <summary>Samples of a class.</summary>
    public int ActualCount(int actual)
    {
        int sum = 0;
        for (int c = 0; c < ClassCount; c++)
        {
            sum += this[actual, c];
        }

        return sum;
    }

    /// <summary>Samples predicted as a class.</summary>
    public int PredictedCount(int predicted)
    {
        int sum = 0;
        for (int c = 0; c < ClassCount; c++)
        {
            sum += this[c, predicted];
        }

        return sum;
    }

    /// <summary>The counts of some samples.</summary>
    /// <param name="classOfSample">The class of each of n samples.</param>
    /// <param name="probabilities">n × C probabilities, the C of a sample side by side.</param>
    /// <param name="classCount">C.</param>
    public static ConfusionMatrix Of(ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, classOfSample.Length * classCount, nameof(probabilities));
        int[] counts = new int[classCount * classCount];
        for (int i = 0; i < classOfSample.Length; i++)
        {
            counts[(classOfSample[i] * classCount) + Likeliest(probabilities.Slice(i * classCount, classCount))]++;
        }

        return new ConfusionMatrix(classCount, counts);
    }

    /// <summary>The place of the largest probability, of equals the first.</summary>
    public static int Likeliest(ReadOnlySpan<double> probabilities)
    {
        int largest = 0;
        for (int c = 1; c < probabilities.Length; c++)
        {
            largest = probabilities[c] > probabilities[largest] ? c : largest;
        }

        return largest;
    }
}
