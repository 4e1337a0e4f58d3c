using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>The dual problem of support vector machines, solved two weights at a time.</summary>
/// <remarks>
/// <para>
/// Minimises ½βᵀKβ - zᵀβ + ε Σ|β_i| with Σβ = 0 and l_i ≤ β_i ≤ u_i. With z the responses and -l = u = C it is ε-insensitive
/// regression; with ε = 0, z = ±1 and the bounds 0 and ±C it is C-classification, β_i = z_i α_i. Where |β| has its kink a weight
/// stops, so one vector of m residuals r = z - Kβ takes the place of the 2m gradients of the usual form. K need only be
/// positive on vectors that add up to 0, and terms that a whole row or column shares change nothing.
/// </para>
/// <para>
/// A step raises the weight i that gains most by rising and lowers the j for which the decrease of the objective along the
/// pair is largest (second-order selection), of equals the first. The end is where the largest violation of the optimality
/// conditions is at most the tolerance, in the unit of z, seen in residuals that are computed afresh from β. There is no
/// shrinking: a step costs two passes over m values, of which a smaller set would save little. Numbers are compared and never
/// summed over samples, so bits depend on no vector width. Time 20m operations a step; memory 4m doubles beside K.
/// Fan, Chen and Lin (2005), J. Machine Learning Research 6, 1889-1918, WSS 2; Platt (1999), Advances in Kernel Methods, MIT
/// Press, 185-208.
/// </para>
/// </remarks>
internal sealed class SequentialMinimization
{
    /// <summary>Largest violation at which a solution counts, of responses in deviations or classes of ±1; libsvm's default is 1e-3.</summary>
    public const double DefaultTolerance = 1e-5;

    /// <summary>Most steps times samples of one solution: about ten seconds.</summary>
    private const double StepSamplesMax = 4e9;

    /// <summary>Curvature along a pair of equal spectra, as libsvm's TAU: the step then goes to a bound.</summary>
    private const double CurvatureMin = 1e-12;

    private readonly Matrix _kernel;
    private readonly double[] _z;
    private readonly double _epsilon;
    private readonly double[] _diagonal;
    private readonly double[] _residuals;

    /// <summary>ε, -ε or ∞: what rising costs a weight beside the residual; ∞ at the upper bound.</summary>
    private readonly double[] _rise;

    /// <summary>The same of falling; -∞ at the lower bound.</summary>
    private readonly double[] _fall;

    /// <summary>A problem of m samples.</summary>
    /// <param name="kernel">K, m × m, both halves.</param>
    /// <param name="z">m values.</param>
    /// <param name="epsilon">ε, at least 0.</param>
    public SequentialMinimization(Matrix kernel, double[] z, double epsilon)
    {
        _kernel = kernel;
        _z = z;
        _epsilon = epsilon;
        int m = z.Length;
        _residuals = new double[m];
        _rise = new double[m];
        _fall = new double[m];
        _diagonal = new double[m];
        for (int i = 0; i < m; i++)
        {
            _diagonal[i] = kernel[i, i];
        }
    }

    /// <summary>Steps of all solutions so far.</summary>
    public long StepCount { get; private set; }

    /// <summary>Most steps of one solution.</summary>
    public static long StepsMax(int samples) => (long)(StepSamplesMax / Math.Max(1, samples));

    /// <summary>Improves weights that keep their bounds and add up to 0 until they solve the problem.</summary>
    /// <param name="lower">l, none above 0.</param>
    /// <param name="upper">u, none below 0.</param>
    /// <param name="tolerance">The largest violation left.</param>
    /// <param name="stepsMax">Most steps.</param>
    /// <param name="beta">β: where to start, such as zeros or the solution of a smaller C; the solution.</param>
    /// <param name="offset">b of f(x) = Σ β_i k(x, x_i) + b: the mean over weights within their bounds, or the middle of what is possible.</param>
    /// <returns>False where the steps do not suffice.</returns>
    public bool TrySolve(
        ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double tolerance, long stepsMax, Span<double> beta, out double offset)
    {
        for (int i = 0; i < beta.Length; i++)
        {
            SetCosts(i, beta[i], lower[i], upper[i]);
        }

        int rising = Refresh(beta);
        bool isFresh = true;
        offset = 0;
        for (long step = 0; step <= stepsMax;)
        {
            (int falling, double gap) = rising < 0 ? (-1, 0) : Falling(rising);
            if (rising < 0 || gap <= tolerance)
            {
                if (isFresh)
                {
                    offset = Offset(beta, lower, upper);
                    return true;
                }

                // Residuals that were updated step by step carry the rounding of all of them.
                rising = Refresh(beta);
                isFresh = true;
                continue;
            }

            double change = Change(rising, falling, beta, lower, upper);
            SetCosts(rising, beta[rising], lower[rising], upper[rising]);
            SetCosts(falling, beta[falling], lower[falling], upper[falling]);
            rising = Update(change, rising, falling);
            isFresh = false;
            step++;
            StepCount++;
        }

        return false;
    }

    /// <summary>Moves a pair to its optimum, or to the first bound or kink on the way.</summary>
    /// <returns>What the first has gained and the second lost.</returns>
    private double Change(int i, int j, Span<double> beta, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        double curvature = Math.Max(CurvatureMin, (_diagonal[i] + _diagonal[j]) - (2 * _kernel[i, j]));
        double change = ((_residuals[i] - _rise[i]) - (_residuals[j] - _fall[j])) / curvature;
        double top = beta[i] < 0 ? 0 : upper[i];
        double bottom = beta[j] > 0 ? 0 : lower[j];
        double above = top - beta[i];
        double below = beta[j] - bottom;
        change = Math.Min(change, Math.Min(above, below));
        beta[i] = change == above ? top : beta[i] + change;
        beta[j] = change == below ? bottom : beta[j] - change;
        return change;
    }

    private void SetCosts(int i, double beta, double lower, double upper)
    {
        _rise[i] = beta >= upper ? double.PositiveInfinity : beta < 0 ? -_epsilon : _epsilon;
        _fall[i] = beta <= lower ? double.NegativeInfinity : beta > 0 ? _epsilon : -_epsilon;
    }

    /// <summary>Residuals from the weights alone.</summary>
    /// <returns>The weight that gains most by rising.</returns>
    private int Refresh(ReadOnlySpan<double> beta)
    {
        int largest = -1;
        double most = double.NegativeInfinity;
        for (int i = 0; i < _z.Length; i++)
        {
            _residuals[i] = _z[i] - Products.Dot(_kernel.Row(i), beta);
            double gain = _residuals[i] - _rise[i];
            if (gain > most)
            {
                (largest, most) = (i, gain);
            }
        }

        return largest;
    }

    /// <summary>r -= c (K_i - K_j), and the weight that then gains most by rising.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Update(double change, int i, int j)
    {
        ref double first = ref MemoryMarshal.GetReference(_kernel.Row(i));
        ref double second = ref MemoryMarshal.GetReference(_kernel.Row(j));
        ref double residuals = ref MemoryMarshal.GetArrayDataReference(_residuals);
        ref double rise = ref MemoryMarshal.GetArrayDataReference(_rise);
        Vector minus = Vector512.Create(-change);
        Vector best = Vector512.Create(double.NegativeInfinity);
        Vector places = Vector512.Create(-1.0);
        Vector place = Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
        Vector width = Vector512.Create((double)Lanes.Width);
        int l = 0;
        for (; l + Lanes.Width <= _residuals.Length; l += Lanes.Width)
        {
            Vector r = Vector512.FusedMultiplyAdd(
                minus,
                Vector512.LoadUnsafe(ref first, (nuint)l) - Vector512.LoadUnsafe(ref second, (nuint)l),
                Vector512.LoadUnsafe(ref residuals, (nuint)l));
            r.StoreUnsafe(ref residuals, (nuint)l);
            Vector gain = r - Vector512.LoadUnsafe(ref rise, (nuint)l);
            Vector isMore = Vector512.GreaterThan(gain, best);
            best = Vector512.ConditionalSelect(isMore, gain, best);
            places = Vector512.ConditionalSelect(isMore, place, places);
            place += width;
        }

        (int largest, double most) = First(best, places);
        for (; l < _residuals.Length; l++)
        {
            _residuals[l] = Math.FusedMultiplyAdd(-change, Unsafe.Add(ref first, l) - Unsafe.Add(ref second, l), _residuals[l]);
            double gain = _residuals[l] - _rise[l];
            if (gain > most)
            {
                (largest, most) = (l, gain);
            }
        }

        return largest;
    }

    /// <summary>The weight to fall while i rises, and the largest violation of any pair with i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (int Falling, double Gap) Falling(int i)
    {
        double top = _residuals[i] - _rise[i];
        double own = _diagonal[i];
        ref double row = ref MemoryMarshal.GetReference(_kernel.Row(i));
        ref double residuals = ref MemoryMarshal.GetArrayDataReference(_residuals);
        ref double fall = ref MemoryMarshal.GetArrayDataReference(_fall);
        ref double diagonal = ref MemoryMarshal.GetArrayDataReference(_diagonal);
        Vector tops = Vector512.Create(top);
        Vector owns = Vector512.Create(own);
        Vector minusTwo = Vector512.Create(-2.0);
        Vector least = Vector512.Create(CurvatureMin);
        Vector gaps = Vector512.Create(double.NegativeInfinity);
        Vector best = Vector.Zero;
        Vector places = Vector512.Create(-1.0);
        Vector place = Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
        Vector width = Vector512.Create((double)Lanes.Width);
        int l = 0;
        for (; l + Lanes.Width <= _residuals.Length; l += Lanes.Width)
        {
            // Where a weight cannot fall, its violation is -∞: no gain, for the comparison with 0 comes first.
            Vector violation = tops - (Vector512.LoadUnsafe(ref residuals, (nuint)l) - Vector512.LoadUnsafe(ref fall, (nuint)l));
            gaps = Vector512.ConditionalSelect(Vector512.GreaterThan(violation, gaps), violation, gaps);
            Vector curvature = Vector512.FusedMultiplyAdd(
                minusTwo, Vector512.LoadUnsafe(ref row, (nuint)l), owns + Vector512.LoadUnsafe(ref diagonal, (nuint)l));
            curvature = Vector512.ConditionalSelect(Vector512.GreaterThan(curvature, least), curvature, least);
            Vector positive = Vector512.ConditionalSelect(Vector512.GreaterThan(violation, Vector.Zero), violation, Vector.Zero);
            Vector gain = positive * positive / curvature;
            Vector isMore = Vector512.GreaterThan(gain, best);
            best = Vector512.ConditionalSelect(isMore, gain, best);
            places = Vector512.ConditionalSelect(isMore, place, places);
            place += width;
        }

        (int falling, double most) = First(best, places);
        double gap = double.NegativeInfinity;
        for (int lane = 0; lane < Lanes.Width; lane++)
        {
            gap = Math.Max(gap, gaps.GetElement(lane));
        }

        for (; l < _residuals.Length; l++)
        {
            double violation = top - (_residuals[l] - _fall[l]);
            gap = Math.Max(gap, violation);
            double curvature = Math.Max(CurvatureMin, Math.FusedMultiplyAdd(-2, Unsafe.Add(ref row, l), own + _diagonal[l]));
            double gain = violation > 0 ? violation * violation / curvature : 0;
            if (gain > most)
            {
                (falling, most) = (l, gain);
            }
        }

        return (falling, gap);
    }

    /// <summary>The largest of the lanes' largest values, of equals the one of lowest place.</summary>
    private static (int Place, double Value) First(Vector values, Vector places)
    {
        (double place, double value) = (places.GetElement(0), values.GetElement(0));
        for (int lane = 1; lane < Lanes.Width; lane++)
        {
            double other = values.GetElement(lane);
            if (other > value || (other == value && places.GetElement(lane) < place))
            {
                (place, value) = (places.GetElement(lane), other);
            }
        }

        return ((int)place, value);
    }

    private double Offset(ReadOnlySpan<double> beta, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        double sum = 0;
        int count = 0;
        double highest = double.NegativeInfinity;
        double lowest = double.PositiveInfinity;
        for (int i = 0; i < beta.Length; i++)
        {
            if (beta[i] != 0 && beta[i] > lower[i] && beta[i] < upper[i])
            {
                sum += _residuals[i] - (beta[i] > 0 ? _epsilon : -_epsilon);
                count++;
            }

            highest = Math.Max(highest, _residuals[i] - _rise[i]);
            lowest = Math.Min(lowest, _residuals[i] - _fall[i]);
        }

        return count > 0 ? sum / count : (highest + lowest) / 2;
    }
}
