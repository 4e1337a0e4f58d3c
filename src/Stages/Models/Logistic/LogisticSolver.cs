using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Logistic;

/// <summary>Newton's method for the coefficients of multinomial logistic regression.</summary>
/// <remarks>
/// A step solves H d = -g by conjugate gradients with <see cref="LeadingCurvature"/> in place of H's inverse: a few products with H each, and
/// factors only where old ones have become too far from it. At first they are left out, for at A = 0 and equal weights H is its
/// diagonal. A step is solved the further the closer the end is, but not below what the end asks for; it is halved until F falls. H is at least 1 in
/// every direction but the intercepts', so √(-gᵀd) bounds the distance of A from the solution, up to the part to which the step was solved: below
/// 1e-10 of its size the last step is taken and the search ends. Of classes without samples all is 0; intercepts add up to 0.
/// Memory n(g + 1) + 9m(r + 1) doubles besides Z and what factors take. One thread.
/// Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithm 7.1 (line search Newton-CG); Eisenstat and Walker (1996),
/// SIAM Journal on Scientific Computing 17, 16-32 (how far to solve).
/// </remarks>
internal sealed class LogisticSolver
{
    /// <summary>Leading unknowns that are factored at most, where nothing else is said: 46 MB, a tenth of a second.</summary>
    public const int FactoredMax = 2400;

    private const int StepsMax = 200;
    private const int ProductsMax = 5000;
    private const int HalvingsMax = 50;
    private const double DistanceMax = 1e-10;

    /// <summary>A fall of F by less than this part of F is its rounding.</summary>
    private const double RoundingOfF = 1e-13;

    /// <summary>Part of the fall that the slope promises which a step must bring.</summary>
    private const double FallMin = 1e-4;

    private readonly int[] _present;
    private readonly int _classCount;
    private readonly LogisticLoss _loss;
    private readonly LeadingCurvature _curvature;

    // All m × (r + 1).
    private readonly Matrix _solution;
    private readonly Matrix _tried;
    private readonly Matrix _gradient;
    private readonly Matrix _step;
    private readonly Matrix _residual;
    private readonly Matrix _solved;
    private readonly Matrix _direction;
    private readonly Matrix _image;

    /// <summary>A solver that starts from zeros.</summary>
    /// <param name="z">n × r coordinates along principal axes.</param>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="weights">The weight of each sample.</param>
    /// <param name="present">Whether a class has samples; at least two have.</param>
    /// <param name="factoredMax">Leading unknowns that are factored at most.</param>
    public LogisticSolver(Matrix z, int[] classes, double[] weights, bool[] present, int factoredMax = FactoredMax)
    {
        _classCount = present.Length;
        _present = [.. Enumerable.Range(0, _classCount).Where(c => present[c])];
        _loss = new LogisticLoss(z, [.. classes.Select(c => Array.IndexOf(_present, c))], weights, _present.Length);
        _curvature = new LeadingCurvature(_loss, factoredMax);
        Matrix Unknowns() => new(_loss.ContrastCount, _loss.Width);
        _solution = Unknowns();
        _tried = Unknowns();
        _gradient = Unknowns();
        _step = Unknowns();
        _residual = Unknowns();
        _solved = Unknowns();
        _direction = Unknowns();
        _image = Unknowns();
    }

    /// <summary>Products with H so far.</summary>
    public int ProductCount { get; private set; }

    /// <summary>Times that what stands for H was made anew in the middle of a step.</summary>
    public int RenewalCount { get; private set; }

    /// <summary>Bytes for n samples, r coordinates and C classes.</summary>
    public static long SizeBytes(long n, long coordinates, long classes)
    {
        long contrasts = Math.Max(1, classes - 1);
        return LogisticLoss.SizeBytes(n, classes) + LeadingCurvature.SizeBytes(n, coordinates, contrasts, FactoredMax)
            + (sizeof(double) * ((8 * contrasts * (coordinates + 1)) + (2 * classes * (coordinates + 1)) + n));
    }

    /// <summary>B and the intercepts of the last penalty that was solved: C × r, and C values that add up to 0.</summary>
    public (Matrix Coefficients, double[] Intercepts) Solution()
    {
        Matrix present = _loss.OfClasses(_solution);
        var coefficients = new Matrix(_classCount, present.Columns - 1);
        double[] intercepts = new double[_classCount];
        for (int c = 0; c < _present.Length; c++)
        {
            intercepts[_present[c]] = present[c, 0];
            present.Row(c)[1..].CopyTo(coefficients.Row(_present[c]));
        }

        return (coefficients, intercepts);
    }

    /// <summary>Goes on from where it stands to the solution for an inverse penalty; false where it does not get there.</summary>
    public bool TrySolve(double inversePenalty)
    {
        _loss.InversePenalty = inversePenalty;
        double loss = _loss.At(_solution);
        _curvature.Weigh();
        double firstSize = 0;
        for (int iteration = 0; iteration < StepsMax; iteration++)
        {
            _loss.Differentiate(_solution, _gradient);
            _curvature.Solve(_gradient, _solved);
            double size = Math.Sqrt(Products.Dot(_gradient.Values, _solved.Values));
            if (size == 0)
            {
                return true;
            }

            firstSize = iteration == 0 ? size : firstSize;
            double distance = DistanceMax * Math.Max(1, Math.Sqrt(Products.Dot(_solution.Values, _solution.Values)));
            if (!TryDescend(Math.Clamp(Math.Max(size / firstSize, 0.01 * distance / size), 1e-8, 0.1)))
            {
                return false;
            }

            double slope = Products.Dot(_gradient.Values, _step.Values);
            bool isLast = Math.Sqrt(Math.Max(0, -slope)) <= distance;
            if (!TryMove(ref loss, slope, isLast))
            {
                return false;
            }

            if (isLast)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryMove(ref double loss, double slope, bool isLast)
    {
        double length = 1;
        for (int halving = 0; halving < HalvingsMax; halving++)
        {
            _solution.Values.CopyTo(_tried.Values);
            Products.Axpy(length, _step.Values, _tried.Values);
            double next = _loss.At(_tried);
            if (!double.IsFinite(next) && isLast)
            {
                // A stronger penalty's solution stays where the next one starts.
                return false;
            }

            if (isLast || next <= loss + (FallMin * length * slope) + (RoundingOfF * Math.Abs(loss)))
            {
                _tried.Values.CopyTo(_solution.Values);
                loss = next;
                return true;
            }

            length /= 2;
        }

        return false;
    }

    /// <summary>Solves H d = -g by conjugate gradients, to a part of g; false where not even one direction curves upwards.</summary>
    private bool TryDescend(double part)
    {
        _step.Values.Clear();
        _gradient.Values.CopyTo(_residual.Values);
        Products.Scale(-1, _residual.Values);
        double squares = Precondition();
        double enough = part * part * squares;
        bool isFresh = false;
        double kept = 0;
        for (int k = 0; k < ProductsMax && squares > enough; k++)
        {
            if (k >= _curvature.Patience && !isFresh)
            {
                // What is left is measured by the new factors from now on, and so is how little of it is enough.
                _curvature.Factorise();
                RenewalCount++;
                isFresh = true;
                double renewed = Precondition();
                enough *= renewed / squares;
                squares = renewed;
                kept = 0;
            }

            Products.Scale(kept, _direction.Values);
            Products.Axpy(1, _solved.Values, _direction.Values);
            _loss.Multiply(_direction, _image);
            ProductCount++;
            double curvature = Products.Dot(_direction.Values, _image.Values);
            if (!(curvature > 0))
            {
                return k > 0;
            }

            double length = squares / curvature;
            Products.Axpy(length, _direction.Values, _step.Values);
            Products.Axpy(-length, _image.Values, _residual.Values);
            double before = squares;
            squares = Precondition();
            kept = squares / before;
        }

        return true;
    }

    /// <summary>Solves the residual by what stands for H; tells their product.</summary>
    private double Precondition()
    {
        _curvature.Solve(_residual, _solved);
        return Products.Dot(_residual.Values, _solved.Values);
    }
}
