using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics.Descent;

/// <summary>L-BFGS without bounds, step for step that of L-BFGS-B 3.0 as scipy calls it.</summary>
/// <remarks>
/// Ten pairs; the first step has length 1 at most, every other direction is tried at its full length first; a pair is left out where
/// sᵀy is below rounding; a search without result forgets all pairs once, then ends. Everything but the test of the gradient is
/// invariant to rotations of the unknowns. Zhu, Byrd, Lu and Nocedal (1997), ACM Trans. Math. Softw. 23, 550-560; Morales and
/// Nocedal (2011), 38(1), 7. Without bounds its compact matrices are the two loops (<see cref="CurvaturePairs"/>), in real arithmetic.
/// N is a multiple of 8. Memory 28N doubles, kept from one descent to the next. One thread.
/// </remarks>
internal sealed class LimitedMemoryDescent
{
    private const int PairsMax = 10;
    private const int SearchEvaluationsMax = 20;
    private const double RoundingUnit = 2.220446049250313e-16;

    private readonly CurvaturePairs _pairs;
    private readonly double[] _direction;
    private readonly double[] _start;
    private double[] _gradient;
    private double[] _before;

    /// <summary>A descent over N unknowns.</summary>
    public LimitedMemoryDescent(int length)
    {
        _pairs = new CurvaturePairs(length, PairsMax);
        _direction = new double[length];
        _start = new double[length];
        _gradient = new double[length];
        _before = new double[length];
    }

    /// <summary>Bytes for N unknowns.</summary>
    public static long SizeBytes(long length) => CurvaturePairs.SizeBytes(length, PairsMax) + (4 * sizeof(double) * length);

    /// <summary>Goes down from a place and leaves it at the lowest place found.</summary>
    /// <param name="objective">The function.</param>
    /// <param name="place">N unknowns.</param>
    /// <param name="rules">When to end.</param>
    /// <param name="observe">Is told the value after every step.</param>
    public DescentOutcome Run(IObjective objective, Span<double> place, DescentRules rules, Action<double>? observe = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(place.Length, _direction.Length, nameof(place));
        _pairs.Clear();
        double f = objective.Evaluate(place, _gradient);
        int evaluations = 1;
        if (objective.IsFlat(place, _gradient, rules.GradientTolerance))
        {
            return new DescentOutcome(f, 0, evaluations, true);
        }

        for (int iteration = 0; ;)
        {
            double slope = _pairs.Direction(_gradient, _direction);
            double fBefore = f;
            double gain = slope;
            place.CopyTo(_start);
            (_gradient, _before) = (_before, _gradient);
            var search = new StepSearch(f, slope, iteration == 0 ? Math.Min(1 / Norm(_direction), 1e10) : 1);
            bool isFound = false;
            for (int tried = 0; slope < 0 && !isFound && tried < SearchEvaluationsMax; tried++)
            {
                Move(ref _start[0], search.Step, ref _direction[0], (nuint)place.Length, ref MemoryMarshal.GetReference(place));
                f = objective.Evaluate(place, _gradient);
                evaluations++;
                gain = Products.Dot(_gradient, _direction);
                isFound = search.Accepts(f, gain);
            }

            if (!isFound)
            {
                _start.CopyTo(place);
                f = fBefore;
                (_gradient, _before) = (_before, _gradient);
                if (_pairs.Count == 0)
                {
                    return new DescentOutcome(f, iteration, evaluations, false);
                }

                _pairs.Clear();
                continue;
            }

            iteration++;
            observe?.Invoke(f);
            if (iteration >= rules.IterationsMax || evaluations > rules.EvaluationsMax)
            {
                return new DescentOutcome(f, iteration, evaluations, false);
            }

            if (objective.IsFlat(place, _gradient, rules.GradientTolerance)
                || fBefore - f <= rules.ValueTolerance * Math.Max(Math.Max(Math.Abs(fBefore), Math.Abs(f)), 1))
            {
                return new DescentOutcome(f, iteration, evaluations, true);
            }

            double product = (gain - slope) * search.Step;
            if (product > RoundingUnit * -slope * search.Step)
            {
                _pairs.Add(_direction, search.Step, _before, _gradient, product);
            }
        }
    }

    private static double Norm(ReadOnlySpan<double> v) => Math.Sqrt(Products.Dot(v, v));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(ref double start, double step, ref double direction, nuint n, ref double place)
    {
        Vector512<double> times = Vector512.Create(step);
        for (nuint j = 0; j < n; j += 8)
        {
            Vector512.FusedMultiplyAdd(times, Vector512.LoadUnsafe(ref direction, j), Vector512.LoadUnsafe(ref start, j))
                .StoreUnsafe(ref place, j);
        }
    }
}
