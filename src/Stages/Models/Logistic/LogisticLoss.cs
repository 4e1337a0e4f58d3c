using System.Runtime.CompilerServices;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Logistic;

/// <summary>The penalised loss of multinomial logistic regression, with its first and second derivatives.</summary>
/// <remarks>
/// F(A) = K Σ_i w_i (log Σ_c exp η_ic - η_i,class) + ½‖A‖² with η_i = U(a + A z_i), the intercepts a without penalty. U is g × m, m = g - 1:
/// Helmert's orthonormal contrasts of g classes. A number added to the scores of all classes changes no probability, and the penalty
/// wants it 0; in contrasts this direction is not there, ‖UA‖ = ‖A‖, and of two classes there is one vector. Unknowns are m × (r + 1), the
/// intercept first. What is small beside 1 is never found as a difference from 1: probabilities and scores are taken relative to the
/// sample's own class, so that derivatives keep their digits where K is 1e12 and all but a few samples are as good as certain.
/// Time 2nrm for F, 2nrm more for its gradient, 4nrm for a product with H; memory n(g + 1) doubles besides Z. One thread, one order of sums.
/// Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 4.4.1; Helmert (1876), Astronomische Nachrichten 88, 113-131.
/// </remarks>
internal sealed class LogisticLoss
{
    /// <summary>Rows of Z that are taken at a time: they stay in the first cache from the product with them to the one with their transpose.</summary>
    private const int BandRows = 8;

    /// <summary>Probability of all other classes below which the loss of a sample is a series; its sixth term is below rounding.</summary>
    private const double SeriesMax = 1e-3;

    private readonly Matrix _z;
    private readonly int[] _classes;
    private readonly double[] _weights;

    // g × m.
    private readonly Matrix _contrasts;

    // n × g.
    private readonly Matrix _probabilities;

    // m × rows of a band, and one sample's g scores.
    private readonly Matrix _band;
    private readonly double[] _scores;

    /// <summary>The loss of n samples of g classes, each of which has samples.</summary>
    /// <param name="z">n × r coordinates along principal axes.</param>
    /// <param name="classes">The class of each sample, 0 to g - 1.</param>
    /// <param name="weights">The weight of each sample.</param>
    /// <param name="classCount">Number of classes, g.</param>
    public LogisticLoss(Matrix z, int[] classes, double[] weights, int classCount)
    {
        _z = z;
        _classes = classes;
        _weights = weights;
        _contrasts = HelmertContrasts(classCount);
        _probabilities = new Matrix(z.Rows, classCount);
        _band = new Matrix(classCount - 1, BandRows);
        _scores = new double[classCount];
    }

    /// <summary>K, the inverse penalty.</summary>
    public double InversePenalty { get; set; }

    /// <summary>Z, n × r.</summary>
    public MatrixView Coordinates => _z.View;

    /// <summary>Vectors of coefficients, m.</summary>
    public int ContrastCount => _contrasts.Columns;

    /// <summary>Unknowns of one vector, r + 1.</summary>
    public int Width => _z.Columns + 1;

    /// <summary>Bytes for n samples of g classes, besides Z.</summary>
    public static long SizeBytes(long n, long classes) => sizeof(double) * ((n * (classes + 1)) + (classes * (classes + BandRows)));

    /// <summary>F at A; its probabilities are those that derivatives are taken at from now on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double At(Matrix A)
    {
        double sum = 0;
        for (int start = 0; start < _z.Rows; start += BandRows)
        {
            int rows = Project(A, start);
            for (int i = 0; i < rows; i++)
            {
                Span<double> p = _probabilities.Row(start + i);
                int own = _classes[start + i];
                Score(i, p);
                double score = p[own];
                double logarithm = ClassLink.Replace(p);
                double q = Others(p, own);
                sum += _weights[start + i]
                    * (q < SeriesMax ? q * (1 + (q * ((1.0 / 2) + (q * ((1.0 / 3) + (q * ((1.0 / 4) + (q / 5)))))))) : logarithm - score);
            }
        }

        double squares = 0;
        for (int a = 0; a < A.Rows; a++)
        {
            ReadOnlySpan<double> row = A.Row(a)[1..];
            squares += Products.Dot(row, row);
        }

        return (InversePenalty * sum) + (squares / 2);
    }

    /// <summary>The gradient of F at the A of the last <see cref="At"/>, m × (r + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Differentiate(Matrix A, Matrix gradient)
    {
        Penalise(A, gradient);
        for (int start = 0; start < _z.Rows; start += BandRows)
        {
            int rows = Math.Min(BandRows, _z.Rows - start);
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<double> p = _probabilities.Row(start + i);
                int own = _classes[start + i];
                double factor = InversePenalty * _weights[start + i];
                for (int c = 0; c < p.Length; c++)
                {
                    _scores[c] = factor * p[c];
                }

                _scores[own] = -factor * Others(p, own);
                Contract(i);
            }

            Accumulate(gradient, start, rows);
        }
    }

    /// <summary>H d, m × (r + 1): v_ic = K w_i p_ic (u_ic - Σ p u) with u_i = U(d_0 + d z_i), then UᵀvᵀZ, and d for the penalty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Multiply(Matrix d, Matrix image)
    {
        Penalise(d, image);
        for (int start = 0; start < _z.Rows; start += BandRows)
        {
            int rows = Project(d, start);
            for (int i = 0; i < rows; i++)
            {
                Score(i, _scores);
                Spread(_probabilities.Row(start + i), _classes[start + i], _scores);
                Products.Scale(InversePenalty * _weights[start + i], _scores);
                Contract(i);
            }

            Accumulate(image, start, rows);
        }
    }

    /// <summary>K w_i u_aᵀ(diag p_i - p_i p_iᵀ)u_b of each of the n samples for two contrasts: the weights of ZᵀZ in their block of H.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Curvatures(int a, int b, Span<double> curvatures)
    {
        for (int i = 0; i < curvatures.Length; i++)
        {
            ReadOnlySpan<double> p = _probabilities.Row(i);
            for (int c = 0; c < p.Length; c++)
            {
                _scores[c] = _contrasts[c, b];
            }

            Spread(p, _classes[i], _scores);
            double sum = 0;
            for (int c = 0; c < p.Length; c++)
            {
                sum += _scores[c] * (_contrasts[c, a] - _contrasts[_classes[i], a]);
            }

            curvatures[i] = InversePenalty * _weights[i] * sum;
        }
    }

    /// <summary>Coefficients of the g classes from those of the contrasts: UA, g × (r + 1).</summary>
    public Matrix OfClasses(Matrix A)
    {
        var target = new Matrix(_contrasts.Rows, A.Columns);
        MatrixProducts.Times(_contrasts.View, A.View, target.Span);
        return target;
    }

    /// <summary>Column a tells class a + 1 from the mean of those before it.</summary>
    private static Matrix HelmertContrasts(int classes)
    {
        var contrasts = new Matrix(classes, classes - 1);
        for (int a = 0; a < classes - 1; a++)
        {
            double length = Math.Sqrt((a + 1.0) * (a + 2.0));
            for (int c = 0; c <= a; c++)
            {
                contrasts[c, a] = 1 / length;
            }

            contrasts[a + 1, a] = -(a + 1) / length;
        }

        return contrasts;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Others(ReadOnlySpan<double> p, int own)
    {
        double sum = 0;
        for (int c = 0; c < p.Length; c++)
        {
            sum += c == own ? 0 : p[c];
        }

        return sum;
    }

    /// <summary>Replaces scores u by p_c (u_c - Σ p u), with u relative to the sample's own class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(ReadOnlySpan<double> p, int own, Span<double> scores)
    {
        double baseline = scores[own];
        double mean = 0;
        for (int c = 0; c < scores.Length; c++)
        {
            scores[c] -= baseline;
            mean += p[c] * scores[c];
        }

        for (int c = 0; c < scores.Length; c++)
        {
            scores[c] = p[c] * (scores[c] - mean);
        }
    }

    private static void Penalise(Matrix A, Matrix target)
    {
        A.Values.CopyTo(target.Values);
        for (int a = 0; a < target.Rows; a++)
        {
            target[a, 0] = 0;
        }
    }

    /// <summary>a + A z_i of the samples of a band; tells how many these are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Project(Matrix A, int start)
    {
        int rows = Math.Min(BandRows, _z.Rows - start);
        MatrixView z = _z.View.RowBand(start, rows);
        for (int a = 0; a < A.Rows; a++)
        {
            ReadOnlySpan<double> coefficients = A.Row(a);
            Span<double> target = _band.Row(a)[..rows];
            Products.Project(z, coefficients[1..], target);
            foreach (ref double value in target)
            {
                value += coefficients[0];
            }
        }

        return rows;
    }

    /// <summary>Adds the products of a band's values with 1 and Z.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Accumulate(Matrix target, int start, int rows)
    {
        MatrixView z = _z.View.RowBand(start, rows);
        for (int a = 0; a < target.Rows; a++)
        {
            ReadOnlySpan<double> values = _band.Row(a)[..rows];
            Span<double> sums = target.Row(a);
            foreach (double value in values)
            {
                sums[0] += value;
            }

            Products.AddTransposedTimes(z, values, sums[1..]);
        }
    }

    /// <summary>The scores of g classes of a sample of the band.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(int i, Span<double> scores)
    {
        ReadOnlySpan<double> contrasts = _contrasts.Values;
        ReadOnlySpan<double> band = _band.Values;
        int m = ContrastCount;
        for (int c = 0; c < scores.Length; c++)
        {
            double sum = 0;
            for (int a = 0; a < m; a++)
            {
                sum += contrasts[(c * m) + a] * band[(a * BandRows) + i];
            }

            scores[c] = sum;
        }
    }

    /// <summary>From values of g classes to values of m contrasts of a sample of the band.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Contract(int i)
    {
        ReadOnlySpan<double> contrasts = _contrasts.Values;
        Span<double> band = _band.Values;
        int m = ContrastCount;
        for (int a = 0; a < m; a++)
        {
            double sum = 0;
            for (int c = 0; c < _scores.Length; c++)
            {
                sum += contrasts[(c * m) + a] * _scores[c];
            }

            band[(a * BandRows) + i] = sum;
        }
    }
}
