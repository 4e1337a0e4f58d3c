using System.Buffers;
using System.Diagnostics;

namespace Pipeline.Stages.Numerics;

/// <summary>Count, means and centred cross-products of samples: all that linear models need to know of them.</summary>
/// <remarks>
/// XX = Σ (x - x̄)(x - x̄)ᵀ is p × p with both halves filled and symmetric to the bit, XY = Σ (x - x̄)(y - ȳ)ᵀ is p × q,
/// YY q × q. A variable that is the same in all samples has rows and columns of exact zeros. Memory p² + pq + q² doubles.
/// What came from <see cref="Of"/> or <see cref="Merge"/> never changes; what a visit shows
/// (<c>FoldMoments.VisitCalibrations</c>) is memory used again after the visit.
/// Chan, Golub and LeVeque (1983), American Statistician 37, 242-247 (merging).
/// </remarks>
public sealed class Moments
{
    private readonly double[] _rented;
    private readonly Matrix _xx;
    private volatile bool _isMirrored;
    private int _isReleased;

    /// <summary>Room for the moments of p variables and q responses; of no sample yet.</summary>
    internal Moments(int variables, int responses)
    {
        // Fresh memory of this size costs as much to fault in as a merge; whoever knows that it is done gives it back.
        _rented = HugePages.Advise(ArrayPool<double>.Shared.Rent(checked(variables * variables)));
        _xx = Matrix.WithinLonger(_rented, variables, variables);
        XY = new Matrix(variables, responses);
        YY = new Matrix(responses, responses);
        XMeans = new double[variables];
        YMeans = new double[responses];
    }

    /// <summary>Number of samples.</summary>
    public long Count { get; private set; }

    /// <summary>p means.</summary>
    public double[] XMeans { get; }

    /// <summary>q means.</summary>
    public double[] YMeans { get; }

    /// <summary>p × p.</summary>
    public Matrix XX
    {
        get
        {
            // Most of what is merged is only read by its upper half, so the lower one is filled for those who ask.
            // Two threads that ask at once write the same bits.
            if (!_isMirrored)
            {
                SymmetricProducts.Mirror(_xx.Span);
                _isMirrored = true;
            }

            return _xx;
        }
    }

    /// <summary>p × q.</summary>
    public Matrix XY { get; }

    /// <summary>q × q.</summary>
    public Matrix YY { get; }

    /// <summary>p × p of which only the elements on and above the diagonal are to be read.</summary>
    internal MatrixView UpperXX => _xx.View;

    /// <summary>Bytes of the moments of p variables and q responses.</summary>
    public static long SizeBytes(long variables, long responses) =>
        ScratchMatrix.SizeBytes(variables, variables)
            + (sizeof(double) * (responses + 1) * (variables + responses));

    /// <summary>Moments of n × p spectra with n × q responses. Time n(p + q)².</summary>
    public static Moments Of(MatrixView x, MatrixView y)
    {
        var sums = new MomentAccumulator(1, x.Columns, y.Columns, Pieces.InOrder);
        sums.Add(new int[x.Rows], x, y);
        return sums.Complete()[0];
    }

    /// <summary>Moments of the samples of both, as if they had been taken together. Time p² + pq + q².</summary>
    public static Moments Merge(Moments first, Moments second)
    {
        var merged = new Moments(first.XMeans.Length, first.YMeans.Length);
        merged.SetToMerge(first, second);
        return merged;
    }

    /// <summary>Moments of some variables, ascending: the submatrix.</summary>
    public Moments Columns(ReadOnlySpan<int> variables)
    {
        var part = new Moments(variables.Length, YMeans.Length) { Count = Count };
        YMeans.CopyTo(part.YMeans, 0);
        YY.Values.CopyTo(part.YY.Values);
        int[] runEnds = RunEnds(variables);
        for (int i = 0; i < variables.Length; i++)
        {
            if (i > 0 && variables[i] <= variables[i - 1])
            {
                throw new ArgumentException("Variables must ascend, because only the upper half is read.", nameof(variables));
            }

            part.XMeans[i] = XMeans[variables[i]];
            XY.Row(variables[i]).CopyTo(part.XY.Row(i));
            ReadOnlySpan<double> source = _xx.Row(variables[i]);
            Span<double> target = part._xx.Row(i);
            for (int j = i; j < variables.Length; j = runEnds[j])
            {
                if (runEnds[j] == j + 1)
                {
                    target[j] = source[variables[j]];
                }
                else
                {
                    source.Slice(variables[j], runEnds[j] - j).CopyTo(target[j..]);
                }
            }
        }

        return part;
    }

    /// <summary>Whether all values that were taken up were finite numbers with squares that did not overflow.</summary>
    public bool IsFinite()
    {
        double trace = 0;
        for (int l = 0; l < YMeans.Length; l++)
        {
            trace += YY[l, l];
        }

        for (int j = 0; j < XMeans.Length; j++)
        {
            trace += _xx[j, j];
        }

        return double.IsFinite(trace);
    }

    /// <summary>What autoscaling multiplies each variable with: the inverse of its deviation (divisor n - 1), 1 where that is 0.</summary>
    public double[] Scales()
    {
        double[] scales = new double[XMeans.Length];
        for (int j = 0; j < scales.Length; j++)
        {
            double square = _xx[j, j];
            scales[j] = square > 0 && Count > 1 ? 1 / Math.Sqrt(square / (Count - 1)) : 1;
        }

        return scales;
    }

    /// <summary>Moments of the variables after each has been multiplied with its scale. Time p².</summary>
    public Moments Scaled(ReadOnlySpan<double> scales)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(scales.Length, XMeans.Length, nameof(scales));
        var scaled = new Moments(XMeans.Length, YMeans.Length) { Count = Count };
        YMeans.CopyTo(scaled.YMeans, 0);
        YY.Values.CopyTo(scaled.YY.Values);
        for (int i = 0; i < scales.Length; i++)
        {
            scaled.XMeans[i] = XMeans[i] * scales[i];
            XY.Row(i).CopyTo(scaled.XY.Row(i));
            Products.Scale(scales[i], scaled.XY.Row(i));
            SymmetricProducts.Multiply(scales[i], _xx.Row(i)[i..], scales[i..], scaled._xx.Row(i)[i..]);
        }

        return scaled;
    }

    /// <summary>Takes the place of <see cref="Merge"/> in memory that is there; must be neither of both.</summary>
    internal void SetToMerge(Moments first, Moments second)
    {
        Debug.Assert(this != first && this != second);
        double share = second.Count / (double)(first.Count + second.Count);
        double weight = first.Count * share;
        Count = first.Count + second.Count;
        _isMirrored = false;
        Span<double> dx = XMeans;
        Span<double> dy = YMeans;
        RowKernels.Subtract(second.XMeans, first.XMeans, dx);
        RowKernels.Subtract(second.YMeans, first.YMeans, dy);
        for (int i = 0; i < dx.Length; i++)
        {
            double c = weight * dx[i];
            SymmetricProducts.Merge(c, dx[i..], first._xx.Row(i)[i..], second._xx.Row(i)[i..], _xx.Row(i)[i..]);
            SymmetricProducts.Merge(c, dy, first.XY.Row(i), second.XY.Row(i), XY.Row(i));
        }

        for (int i = 0; i < dy.Length; i++)
        {
            SymmetricProducts.Merge(weight * dy[i], dy, first.YY.Row(i), second.YY.Row(i), YY.Row(i));
        }

        // The differences have served, their place becomes that of the means.
        RowKernels.AddMultiple(first.XMeans, share, dx, dx);
        RowKernels.AddMultiple(first.YMeans, share, dy, dy);
    }

    /// <summary>
    /// Takes over sums about a reference: a square of p + q + 1 columns, variables, responses and ones, of which the
    /// upper half is read; the sums are centred about the own mean.
    /// </summary>
    internal void SetToSums(ReadOnlySpan<double> reference, MatrixView sums)
    {
        int p = XMeans.Length;
        int q = YMeans.Length;
        int ones = p + q;
        double n = sums[ones, ones];
        Count = (long)n;
        _isMirrored = false;
        double[] shift = new double[ones];
        for (int j = 0; j < ones; j++)
        {
            shift[j] = sums[j, ones] / n;
            (j < p ? ref XMeans[j] : ref YMeans[j - p]) = reference[j] + shift[j];
        }

        for (int i = 0; i < p; i++)
        {
            ReadOnlySpan<double> row = sums.Row(i)[..ones];
            double c = -n * shift[i];
            RowKernels.AddMultiple(row[i..p], c, shift.AsSpan(i, p - i), _xx.Row(i)[i..]);
            RowKernels.AddMultiple(row[p..], c, shift.AsSpan(p, q), XY.Row(i));
        }

        for (int i = 0; i < q; i++)
        {
            for (int j = 0; j < q; j++)
            {
                int low = p + Math.Min(i, j);
                int high = p + Math.Max(i, j);
                YY[i, j] = Math.FusedMultiplyAdd(-n * shift[low], shift[high], sums[low, high]);
            }
        }
    }

    /// <summary>For each place the first one behind the neighbours it stands among: these are copied whole.</summary>
    private static int[] RunEnds(ReadOnlySpan<int> variables)
    {
        int[] ends = new int[variables.Length];
        for (int j = ends.Length - 1; j >= 0; j--)
        {
            bool goesOn = j + 1 < ends.Length && variables[j + 1] == variables[j] + 1;
            ends[j] = goesOn ? ends[j + 1] : j + 1;
        }

        return ends;
    }

    /// <summary>Gives the memory of XX back; nothing may be read afterwards. Moments that nobody gives back are collected.</summary>
    internal void Release()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            ArrayPool<double>.Shared.Return(_rented);
        }
    }
}
