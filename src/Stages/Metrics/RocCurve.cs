using System.Collections.Immutable;

namespace Pipeline.Stages.Metrics;

/// <summary>The receiver operating characteristic of one class against the rest.</summary>
/// <remarks>
/// One point for each distinct probability, from the strictest threshold (0, 0) to the laxest (1, 1); equal probabilities
/// make one step, so that the area by trapezoids is that of <see cref="ClassMetrics.RocAuc"/>. Time n log n.
/// </remarks>
/// <param name="FalsePositives">Share of the other classes' samples above the threshold, rising.</param>
/// <param name="TruePositives">Share of the class's samples above it, rising.</param>
public sealed record RocCurve(ImmutableArray<double> FalsePositives, ImmutableArray<double> TruePositives)
{
    /// <summary>The area under the curve, by trapezoids.</summary>
    public double Area
    {
        get
        {
            double area = 0;
            for (int k = 1; k < FalsePositives.Length; k++)
            {
                area += (FalsePositives[k] - FalsePositives[k - 1]) * (TruePositives[k] + TruePositives[k - 1]) / 2;
            }

            return area;
        }
    }

    /// <summary>The curve of a class; null where it has no sample, or every sample.</summary>
    /// <param name="ownClass">The class.</param>
    /// <param name="classOfSample">The class of each of n samples.</param>
    /// <param name="probabilities">n × C probabilities, the C of a sample side by side.</param>
    /// <param name="classCount">C.</param>
    public static RocCurve? Of(int ownClass, ReadOnlySpan<int> classOfSample, ReadOnlySpan<double> probabilities, int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, classOfSample.Length * classCount, nameof(probabilities));
        int n = classOfSample.Length;
        double[] falling = new double[n];
        int[] order = new int[n];
        int own = 0;
        for (int i = 0; i < n; i++)
        {
            falling[i] = -probabilities[(i * classCount) + ownClass];
            order[i] = i;
            own += classOfSample[i] == ownClass ? 1 : 0;
        }

        if (own == 0 || own == n)
        {
            return null;
        }

        Array.Sort(falling, order);
        var falsePositives = ImmutableArray.CreateBuilder<double>();
        var truePositives = ImmutableArray.CreateBuilder<double>();
        falsePositives.Add(0);
        truePositives.Add(0);
        int right = 0;
        for (int k = 0; k < n; k++)
        {
            right += classOfSample[order[k]] == ownClass ? 1 : 0;
            if (k + 1 == n || falling[k + 1] != falling[k])
            {
                falsePositives.Add((double)(k + 1 - right) / (n - own));
                truePositives.Add((double)right / own);
            }
        }

        return new RocCurve(falsePositives.ToImmutable(), truePositives.ToImmutable());
    }
}
