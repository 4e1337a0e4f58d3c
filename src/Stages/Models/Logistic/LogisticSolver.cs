using System.Runtime.CompilerServices;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Logistic;

/// <summary>Newton's method for the coefficients of multinomial logistic regression.</summary>
/// <remarks>
/// F = K Σ_i w_i (log Σ_c exp η_ic - η_i,class) + ½‖B‖² with η_ic = b_c + z_iᵀB_c, over C × (r + 1) unknowns. A step solves
/// H d = -g by Cholesky's factors up to <see cref="EliminatedMax"/> unknowns, and by conjugate gradients beyond, with H's diagonal as
/// preconditioner: along principal axes ZᵀZ is diagonal, so that H is far from its diagonal only as far as probabilities differ from
/// sample to sample. Where classes are nearly apart these need thousands of products, which take longer than factors. A step is halved
/// until F falls. H is at least 1 in every direction of B, so √(-gᵀd) bounds the distance of B from the solution: below 1e-10 of its size
/// the last step is taken and the search ends. Intercepts add up to 0, which F does not ask for; of classes without samples all is 0.
/// Time n(rC)² + (rC)³/3 for each step, or 4nrC for each product with H; memory n(2C + 2) + 6C(r + 1) doubles besides Z, and (rC)² + 2nr
/// for factors. One thread. Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithm 7.1 (line search Newton-CG).
/// </remarks>
internal sealed class LogisticSolver
{
    /// <summary>Unknowns up to which H is formed, where nothing else is said: 46 MB. Factors of so many take a tenth of a second, thousands of products longer.</summary>
    public const int EliminatedMax = 2400;

    private const int StepsMax = 200;
    private const int ProductsMax = 5000;
    private const int HalvingsMax = 50;
    private const double DistanceMax = 1e-10;

    /// <summary>A fall of F by less than this part of F is its rounding.</summary>
    private const double RoundingOfF = 1e-13;

    /// <summary>Part of the fall that the slope promises which a step must bring.</summary>
    private const double FallMin = 1e-4;

    private readonly Matrix _z;
    private readonly int[] _classes;
    private readonly double[] _weights;
    private readonly bool[] _present;
    private readonly int _classCount;
    private readonly int _eliminatedMax;
    private readonly Matrix _probabilities;
    private readonly Matrix _products;

    // C × (r + 1), the intercept last.
    private readonly Matrix _solution;
    private readonly Matrix _gradient;
    private readonly Matrix _diagonal;
    private Matrix? _extended;

    /// <summary>A solver that starts from zeros.</summary>
    /// <param name="z">n × r coordinates along principal axes.</param>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="weights">The weight of each sample.</param>
    /// <param name="present">Whether a class has samples.</param>
    /// <param name="eliminatedMax">Unknowns up to which H is formed.</param>
    public LogisticSolver(Matrix z, int[] classes, double[] weights, bool[] present, int eliminatedMax = EliminatedMax)
    {
        _z = z;
        _classes = classes;
        _weights = weights;
        _present = present;
        _eliminatedMax = eliminatedMax;
        _classCount = present.Length;
        _probabilities = new Matrix(z.Rows, _classCount);
        _products = new Matrix(z.Rows, _classCount);
        _solution = new Matrix(_classCount, z.Columns + 1);
        _gradient = new Matrix(_classCount, z.Columns + 1);
        _diagonal = new Matrix(_classCount, z.Columns + 1);
    }

    /// <summary>B of the last penalty that was solved, C × r.</summary>
    public MatrixView Coefficients => _solution.View.Block(0, 0, _classCount, _z.Columns);

    /// <summary>Bytes for n samples, r coordinates and C classes.</summary>
    public static long SizeBytes(long n, long coordinates, long classes)
    {
        long unknowns = classes * (coordinates + 1);
        long factors = unknowns > EliminatedMax
            ? 0
            : (unknowns * unknowns) + (2 * n * (coordinates + 1)) + ((coordinates + 1) * (coordinates + 1))
                + (MatrixProducts.BorrowedBytes(unknowns, unknowns, n + unknowns) / sizeof(double));
        return sizeof(double) * ((n * ((2 * classes) + 2)) + (9 * unknowns) + factors);
    }

    /// <summary>The intercept of each class, less their mean.</summary>
    public double[] Intercepts()
    {
        double[] intercepts = new double[_classCount];
        double mean = 0;
        int present = _present.Count(one => one);
        for (int c = 0; c < _classCount; c++)
        {
            intercepts[c] = _solution[c, _z.Columns];
            mean += intercepts[c] / present;
        }

        for (int c = 0; c < _classCount; c++)
        {
            intercepts[c] = _present[c] ? intercepts[c] - mean : 0;
        }

        return intercepts;
    }

    /// <summary>Goes on from where it stands to the solution for an inverse penalty; false where it does not get there.</summary>
    public bool TrySolve(double inversePenalty)
    {
        var step = new Matrix(_classCount, _z.Columns + 1);
        var tried = new Matrix(_classCount, _z.Columns + 1);
        double loss = Loss(_solution, inversePenalty);
        double firstGradient = 0;
        for (int iteration = 0; iteration < StepsMax; iteration++)
        {
            Differentiate(inversePenalty);
            double size = Math.Sqrt(Preconditioned(_gradient, _gradient));
            if (size == 0)
            {
                return true;
            }

            firstGradient = iteration == 0 ? size : firstGradient;
            if (_solution.Values.Length > _eliminatedMax || !TryEliminate(inversePenalty, step))
            {
                Descend(inversePenalty, Math.Clamp(size / firstGradient, 1e-8, 0.1), step);
            }

            double slope = Products.Dot(_gradient.Values, step.Values);
            double norm = Math.Sqrt(Products.Dot(_solution.Values, _solution.Values));
            bool isLast = Math.Sqrt(Math.Max(0, -slope)) <= DistanceMax * Math.Max(1, norm);
            if (!TryMove(ref loss, inversePenalty, slope, isLast, step, tried))
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

    private bool TryMove(ref double loss, double inversePenalty, double slope, bool isLast, Matrix step, Matrix tried)
    {
        double length = 1;
        for (int halving = 0; halving < HalvingsMax; halving++)
        {
            _solution.Values.CopyTo(tried.Values);
            Products.Axpy(length, step.Values, tried.Values);
            double next = Loss(tried, inversePenalty);
            if (isLast || next <= loss + (FallMin * length * slope) + (RoundingOfF * Math.Abs(loss)))
            {
                tried.Values.CopyTo(_solution.Values);
                loss = next;
                return double.IsFinite(next);
            }

            length /= 2;
        }

        return false;
    }

    /// <summary>F; leaves the probabilities.</summary>
    private double Loss(Matrix at, double inversePenalty)
    {
        double sum = 0;
        double penalty = 0;
        Project(at, _probabilities);
        for (int i = 0; i < _z.Rows; i++)
        {
            Span<double> row = _probabilities.Row(i);
            double own = row[_classes[i]];
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = _present[c] ? row[c] : double.NegativeInfinity;
            }

            sum += _weights[i] * (ClassLink.Replace(row) - own);
        }

        for (int c = 0; c < _classCount; c++)
        {
            ReadOnlySpan<double> row = at.Row(c)[.._z.Columns];
            penalty += Products.Dot(row, row);
        }

        return (inversePenalty * sum) + (penalty / 2);
    }

    /// <summary>g and the diagonal of H from the probabilities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Differentiate(double inversePenalty)
    {
        int r = _z.Columns;
        _solution.Values.CopyTo(_gradient.Values);
        for (int c = 0; c < _classCount; c++)
        {
            Span<double> gradient = _gradient.Row(c);
            Span<double> diagonal = _diagonal.Row(c);
            gradient[r] = 0;
            diagonal.Fill(1);
            diagonal[r] = inversePenalty * _z.Rows * 1e-12;
            for (int i = 0; i < _z.Rows; i++)
            {
                double p = _probabilities[i, c];
                double difference = inversePenalty * _weights[i] * (p - (_classes[i] == c ? 1 : 0));
                double curvature = inversePenalty * _weights[i] * p * (1 - p);
                ReadOnlySpan<double> z = _z.Row(i);
                Products.Axpy(difference, z, gradient[..r]);
                gradient[r] += difference;
                for (int a = 0; a < z.Length; a++)
                {
                    diagonal[a] += curvature * z[a] * z[a];
                }

                diagonal[r] += curvature;
            }
        }
    }

    /// <summary>Solves H d = -g by Cholesky's factors; false where H is not positive to working precision.</summary>
    private bool TryEliminate(double inversePenalty, Matrix step)
    {
        int width = _z.Columns + 1;
        int unknowns = _classCount * width;
        Matrix extended = _extended ??= Extended();
        var weighted = new Matrix(_z.Rows, width);
        var block = new Matrix(width, width);
        var H = new Matrix(unknowns, unknowns);
        for (int c = 0; c < _classCount; c++)
        {
            for (int d = 0; d <= c; d++)
            {
                for (int i = 0; i < _z.Rows; i++)
                {
                    double p = _probabilities[i, c];
                    double curvature = inversePenalty * _weights[i] * (c == d ? p * (1 - p) : -p * _probabilities[i, d]);
                    extended.Row(i).CopyTo(weighted.Row(i));
                    Products.Scale(curvature, weighted.Row(i));
                }

                MatrixProducts.TransposedTimes(RowSource.Of(weighted.View), RowSource.Of(extended.View), block.Span);
                for (int a = 0; a < width; a++)
                {
                    block.Row(a).CopyTo(H.Row((c * width) + a)[(d * width)..]);
                }
            }
        }

        AddPenalty(H, inversePenalty);
        if (!Cholesky.TryFactorise(H.Span, out _))
        {
            return false;
        }

        _gradient.Values.CopyTo(step.Values);
        Products.Scale(-1, step.Values);
        Cholesky.Solve(H.View, new MatrixSpan(step.Values, unknowns, 1, 1));
        return true;
    }

    /// <summary>The coordinates with a column of ones for the intercept; the same in every step.</summary>
    private Matrix Extended()
    {
        var extended = new Matrix(_z.Rows, _z.Columns + 1);
        for (int i = 0; i < _z.Rows; i++)
        {
            _z.Row(i).CopyTo(extended.Row(i));
            extended[i, _z.Columns] = 1;
        }

        return extended;
    }

    /// <summary>Adds the second derivatives of the penalty, and what fixes intercepts that F leaves free.</summary>
    /// <remarks>A number added to all intercepts changes nothing and g has no part in that direction, so neither has the step.</remarks>
    private void AddPenalty(Matrix H, double inversePenalty)
    {
        int width = _z.Columns + 1;
        double free = inversePenalty * _z.Rows / _classCount;
        for (int c = 0; c < _classCount; c++)
        {
            for (int a = 0; a < width - 1; a++)
            {
                H[(c * width) + a, (c * width) + a] += 1;
            }

            int intercept = (c * width) + width - 1;
            if (!_present[c])
            {
                H[intercept, intercept] = 1;
                continue;
            }

            for (int d = 0; d <= c; d++)
            {
                H[intercept, (d * width) + width - 1] += _present[d] ? free : 0;
            }
        }
    }

    /// <summary>Solves H d = -g by conjugate gradients, to a part of g.</summary>
    private void Descend(double inversePenalty, double part, Matrix step)
    {
        step.Values.Clear();
        Matrix residual = _gradient.View.ToMatrix();
        Products.Scale(-1, residual.Values);
        var direction = new Matrix(_classCount, _z.Columns + 1);
        var image = new Matrix(_classCount, _z.Columns + 1);
        double squares = Preconditioned(residual, residual);
        double enough = part * part * squares;
        double before = 0;
        for (int k = 0; k < ProductsMax && squares > enough; k++)
        {
            double kept = k == 0 ? 0 : squares / before;
            for (int a = 0; a < direction.Values.Length; a++)
            {
                direction.Values[a] = (residual.Values[a] / _diagonal.Values[a]) + (kept * direction.Values[a]);
            }

            Multiply(inversePenalty, direction, image);
            double curvature = Products.Dot(direction.Values, image.Values);
            if (!(curvature > 0))
            {
                return;
            }

            double length = squares / curvature;
            Products.Axpy(length, direction.Values, step.Values);
            Products.Axpy(-length, image.Values, residual.Values);
            before = squares;
            squares = Preconditioned(residual, residual);
        }
    }

    private double Preconditioned(Matrix x, Matrix y)
    {
        double sum = 0;
        for (int a = 0; a < x.Values.Length; a++)
        {
            sum += x.Values[a] * y.Values[a] / _diagonal.Values[a];
        }

        return sum;
    }

    /// <summary>H d: v_ic = K w_i p_ic (u_ic - Σ p u) with u = Z d, then Zᵀv + d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(double inversePenalty, Matrix d, Matrix image)
    {
        int r = _z.Columns;
        d.Values.CopyTo(image.Values);
        for (int c = 0; c < _classCount; c++)
        {
            image[c, r] = 0;
        }

        Project(d, _products);
        for (int i = 0; i < _z.Rows; i++)
        {
            Span<double> u = _products.Row(i);
            ReadOnlySpan<double> p = _probabilities.Row(i);
            double mean = Products.Dot(p, u);
            ReadOnlySpan<double> z = _z.Row(i);
            for (int c = 0; c < u.Length; c++)
            {
                double v = inversePenalty * _weights[i] * p[c] * (u[c] - mean);
                Products.Axpy(v, z, image.Row(c)[..r]);
                image[c, r] += v;
            }
        }
    }

    private void Project(Matrix at, Matrix target)
    {
        int r = _z.Columns;
        MatrixView coefficients = at.View.Block(0, 0, _classCount, r);
        for (int i = 0; i < _z.Rows; i++)
        {
            Span<double> row = target.Row(i);
            if (r == 0)
            {
                row.Clear();
            }
            else
            {
                Products.Project(coefficients, _z.Row(i), row);
            }

            for (int c = 0; c < row.Length; c++)
            {
                row[c] += at[c, r];
            }
        }
    }
}
