using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Logistic;

/// <summary>What conjugate gradients take for the second derivatives: exact along the leading principal axes, diagonal along the rest.</summary>
/// <remarks>
/// Along principal axes ZᵀZ is diagonal and falls fast, and the penalty is 1 in every direction: where the loss curves less than
/// <see cref="CurvatureMax"/> beside that, H is nearly the identity. The axes before are few where the penalty is strong, all of them where it is
/// weak; their part of H, intercepts included, is formed and factored. Factors stay in use while H moves on, until solving with them
/// takes as many products as are worth new ones (<see cref="Patience"/>). H's diagonal is positive, and where the leading part is not to
/// working precision, the diagonal alone is left.
/// Time n k²m(m + 1)/2 + (km)³/3 for k leading unknowns of each of m contrasts, 2(km)² to solve; memory (km)² + 2nk + m(r + 1) doubles.
/// Saad (2003), Iterative Methods for Sparse Linear Systems, 2nd edition, 9.2 and 10.
/// </remarks>
internal sealed class LeadingCurvature
{
    private const double CurvatureMax = 2;

    private const int PatienceMin = 8;
    private const int PatienceMax = 400;

    /// <summary>Part of the time of new factors that may go into products with old ones: the steps that follow gain from them as well.</summary>
    private const double PatiencePart = 0.125;

    /// <summary>Least curvature of intercepts beside K Σ w: they have no penalty, and none where all samples are certain.</summary>
    private const double InterceptMin = 1e-15;

    private readonly LogisticLoss _loss;
    private readonly int _leadingMax;

    // m × (r + 1), the intercept first.
    private readonly Matrix _diagonal;

    // Weights of a block, and the squares of one row.
    private readonly double[] _curvatures;
    private readonly double[] _squares;

    // Room for the most leading unknowns; there from the first factors on.
    private double[] _factors = [];
    private double[] _extended = [];
    private double[] _weighted = [];
    private double[] _right = [];

    // Of each contrast: unknowns that are factored, and those that would be now.
    private int _factored;
    private int _leading;

    /// <summary>Curvature of a loss, with at most so many leading unknowns in all.</summary>
    public LeadingCurvature(LogisticLoss loss, int unknownsMax)
    {
        _loss = loss;
        _leadingMax = Math.Min(loss.Width, unknownsMax / loss.ContrastCount);
        _diagonal = new Matrix(loss.ContrastCount, loss.Width);
        _curvatures = new double[loss.Coordinates.Rows];
        _squares = new double[loss.Coordinates.Columns];
    }

    /// <summary>Products with H that may be spent in one step before new factors are the cheaper way.</summary>
    public int Patience { get; private set; }

    /// <summary>Bytes for n samples, r coordinates, m contrasts and so many leading unknowns at most.</summary>
    public static long SizeBytes(long n, long coordinates, long contrasts, long unknownsMax)
    {
        long leading = Math.Min(coordinates + 1, unknownsMax / contrasts);
        long unknowns = contrasts * leading;
        return (sizeof(double) * ((contrasts * (coordinates + 1)) + n + coordinates + (unknowns * unknowns) + unknowns + (2 * n * leading)))
            + MatrixProducts.BorrowedBytes(unknowns, unknowns, n + unknowns);
    }

    /// <summary>Takes the diagonal of H as it is now, keeps the factors, and weighs what new ones would cost. Time 3nrm.</summary>
    public void Weigh()
    {
        MatrixView z = _loss.Coordinates;
        double least = InterceptMin * _loss.InversePenalty * z.Rows;
        _leading = 1;
        for (int a = 0; a < _diagonal.Rows; a++)
        {
            Span<double> diagonal = _diagonal.Row(a);
            diagonal.Fill(1);
            diagonal[0] = least;
            _loss.Curvatures(a, a, _curvatures);
            for (int i = 0; i < z.Rows; i++)
            {
                SymmetricProducts.Multiply(_curvatures[i], z.Row(i), z.Row(i), _squares);
                Products.Axpy(1, _squares, diagonal[1..]);
                diagonal[0] += _curvatures[i];
            }

            for (int j = _leading; j < diagonal.Length; j++)
            {
                _leading = diagonal[j] > 1 + CurvatureMax ? j + 1 : _leading;
            }
        }

        _leading = Math.Min(_leading, _leadingMax);
        double m = _diagonal.Rows;
        double unknowns = m * _leading;
        double forming = (z.Rows * (double)_leading * _leading * m * (m + 1) / 2) + (unknowns * unknowns * unknowns / 3);
        double product = 4.0 * z.Rows * _loss.Width * m;
        Patience = (int)Math.Clamp(PatiencePart * forming / product, PatienceMin, PatienceMax);
    }

    /// <summary>Forms and factors the leading part of H as it is now.</summary>
    public void Factorise()
    {
        Weigh();
        _factored = _leading;
        if (_leading == 0)
        {
            return;
        }

        int k = _leading;
        int unknowns = k * _diagonal.Rows;
        Reserve();
        MatrixSpan H = new(_factors, unknowns, unknowns, unknowns);
        MatrixSpan extended = Extended();
        MatrixSpan weighted = new(_weighted, extended.Rows, k, k);
        for (int a = 0; a < _diagonal.Rows; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                _loss.Curvatures(a, b, _curvatures);
                for (int i = 0; i < extended.Rows; i++)
                {
                    extended.Row(i).CopyTo(weighted.Row(i));
                    Products.Scale(_curvatures[i], weighted.Row(i));
                }

                MatrixSpan block = H.Block(a * k, b * k, k, k);
                MatrixProducts.AddTransposedTimesLower(weighted, extended, block, ProductSum.Set);
                if (b < a)
                {
                    MatrixProducts.Mirror(block);
                }
            }

            H[a * k, a * k] += InterceptMin * _loss.InversePenalty * extended.Rows;
            for (int j = 1; j < k; j++)
            {
                H[(a * k) + j, (a * k) + j] += 1;
            }
        }

        _factored = Cholesky.TryFactorise(H, out _) ? k : 0;
    }

    /// <summary>What stands for H⁻¹x, m × (r + 1).</summary>
    public void Solve(Matrix x, Matrix target)
    {
        int k = _factored;
        for (int a = 0; a < x.Rows; a++)
        {
            for (int j = k; j < x.Columns; j++)
            {
                target[a, j] = x[a, j] / _diagonal[a, j];
            }
        }

        if (k == 0)
        {
            return;
        }

        Span<double> leading = _right.AsSpan(0, k * x.Rows);
        for (int a = 0; a < x.Rows; a++)
        {
            x.Row(a)[..k].CopyTo(leading[(a * k)..]);
        }

        Cholesky.Solve(new MatrixView(_factors, leading.Length, leading.Length, leading.Length), leading);
        for (int a = 0; a < x.Rows; a++)
        {
            leading.Slice(a * k, k).CopyTo(target.Row(a));
        }
    }

    private void Reserve()
    {
        if (_factors.Length > 0)
        {
            return;
        }

        int unknowns = _leadingMax * _diagonal.Rows;
        _factors = new double[unknowns * unknowns];
        _extended = new double[_curvatures.Length * _leadingMax];
        _weighted = new double[_extended.Length];
        _right = new double[unknowns];
    }

    /// <summary>The leading coordinates behind a column of ones for the intercept.</summary>
    private MatrixSpan Extended()
    {
        MatrixView z = _loss.Coordinates;
        MatrixSpan extended = new(_extended, z.Rows, _leading, _leading);
        for (int i = 0; i < z.Rows; i++)
        {
            extended[i, 0] = 1;
            z.Row(i)[..(_leading - 1)].CopyTo(extended.Row(i)[1..]);
        }

        return extended;
    }
}
