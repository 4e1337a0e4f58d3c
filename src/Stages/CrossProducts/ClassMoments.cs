using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.CrossProducts;

/// <summary>Counts and means of classes and the cross-products within them, read off moments with classes as responses.</summary>
/// <remarks>
/// With one response for each class, 1 for its samples and 0 for others (<see cref="Indicators"/>), moments hold all there
/// is: n_c = n ȳ_c, n_c (μ_c - x̄) = XY_c, and the pooled cross-product W = XX - Σ n_c (μ_c - x̄)(μ_c - x̄)ᵀ. So classes
/// take the same passes, folds and merges as responses. What lies between the classes is taken off: where it exceeds
/// what lies within them, W loses the digits of that ratio. Time gp² for g classes, memory p² + gp doubles. Immutable.
/// </remarks>
public sealed class ClassMoments
{
    private ClassMoments(long[] counts, double[] mean, Matrix deviations, Matrix within)
    {
        Counts = counts;
        Mean = mean;
        Deviations = deviations;
        Within = within;
    }

    /// <summary>Samples of each of the g classes.</summary>
    public IReadOnlyList<long> Counts { get; }

    /// <summary>x̄, the mean of all samples; p values.</summary>
    public double[] Mean { get; }

    /// <summary>μ_c - x̄ of each class, g × p; zeros for a class without samples.</summary>
    public Matrix Deviations { get; }

    /// <summary>W, the sum over the classes of their centred cross-products; p × p.</summary>
    public Matrix Within { get; }

    /// <summary>n × g responses that are 1 in the column of a sample's class and 0 elsewhere.</summary>
    public static Matrix Indicators(ReadOnlySpan<int> classOfSample, int classCount)
    {
        var indicators = new Matrix(classOfSample.Length, classCount);
        for (int i = 0; i < classOfSample.Length; i++)
        {
            indicators[i, classOfSample[i]] = 1;
        }

        return indicators;
    }

    /// <summary>Reads moments whose responses are indicators of classes.</summary>
    public static ClassMoments Of(Moments moments)
    {
        int p = moments.XMeans.Length;
        int g = moments.YMeans.Length;
        long[] counts = new long[g];
        var deviations = new Matrix(g, p);
        Matrix within = moments.XX.View.ToMatrix();
        for (int c = 0; c < g; c++)
        {
            // A mean of ones and zeros is a rounded fraction of the count, and the count a whole number.
            counts[c] = (long)Math.Round(moments.Count * moments.YMeans[c]);
            if (counts[c] == 0)
            {
                continue;
            }

            Span<double> deviation = deviations.Row(c);
            for (int j = 0; j < p; j++)
            {
                deviation[j] = moments.XY[j, c] / counts[c];
            }

            for (int i = 0; i < p; i++)
            {
                Products.Axpy(-counts[c] * deviation[i], deviation, within.Row(i));
            }
        }

        return new ClassMoments(counts, [.. moments.XMeans], deviations, within);
    }
}
