using System.Buffers;
using Pipeline.Engine;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>The smooth curve z that lies near a spectrum: least Σ w_j (x_j − z_j)² + λ Σ (z_j − 2 z_(j+1) + z_(j+2))².</summary>
/// <remarks>
/// (W + λ D₂ᵀD₂) z = W x, a matrix of five diagonals, by LDLᵀ without pivoting: about 20 p operations. Its condition is up to
/// 16 λ over the smallest weight, 10¹³ at the limits, so the solution is refined until it changes by less than 10⁻¹⁰ of its
/// largest value, once as a rule: 25 p operations each. One thread; borrows six vectors until disposed, so that rounds of
/// reweighting share them. Straight lines cost no penalty.
/// Whittaker (1922), Proc. Edinburgh Mathematical Society 41, 63-75; Eilers (2003), Analytical Chemistry 75, 3631-3636.
/// </remarks>
internal sealed class WhittakerSmoother : IDisposable
{
    /// <summary>The largest penalty; with weights from 0.0001 on refinement still gains digits.</summary>
    public const double PenaltyMax = 1e9;

    /// <summary>Variables of which second differences exist.</summary>
    public const int VariablesMin = 3;

    private const int RefinementsMax = 6;
    private const double ChangeShareMin = 1e-10;

    private readonly int _p;
    private readonly double _penalty;
    private readonly double[] _room;

    /// <summary>For spectra of p variables and one penalty λ.</summary>
    public WhittakerSmoother(int variables, double penalty)
    {
        _p = variables;
        _penalty = penalty;
        _room = ArrayPool<double>.Shared.Rent(6 * variables);
    }

    /// <summary>The weights w, for the caller to set; positive, or zero at some.</summary>
    public Span<double> Weights => _room.AsSpan(0, _p);

    /// <summary>The curve after <see cref="Solve"/>.</summary>
    public Span<double> Curve => _room.AsSpan(_p, _p);

    private Span<double> Inverse => _room.AsSpan(2 * _p, _p);

    private Span<double> First => _room.AsSpan(3 * _p, _p);

    private Span<double> Second => _room.AsSpan(4 * _p, _p);

    /// <summary>Refuses a penalty out of range.</summary>
    public static double Checked(double penalty, string name, string example) => penalty is >= 1 and <= PenaltyMax
        ? penalty
        : throw new StageException(
            FailureKind.InvalidData,
            $"The penalty of {name} must be a number from 1 to 1e9, found {PretreatmentNotation.Format(penalty)}. Example: {example}.");

    /// <summary>Computes the curve of one spectrum with the weights as they stand.</summary>
    public void Solve(ReadOnlySpan<double> x)
    {
        Factor();
        Span<double> z = Curve;
        ReadOnlySpan<double> w = Weights;
        for (int j = 0; j < _p; j++)
        {
            z[j] = w[j] * x[j];
        }

        Substitute(z);
        for (int step = 0; step < RefinementsMax; step++)
        {
            if (!Refine(x, z))
            {
                break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<double>.Shared.Return(_room);

    /// <summary>L and the inverse pivots of W + λ D₂ᵀD₂ = LDLᵀ.</summary>
    private void Factor()
    {
        ReadOnlySpan<double> w = Weights;
        Span<double> inverse = Inverse;
        Span<double> first = First;
        Span<double> second = Second;

        // L has first_j below the diagonal and second_j below that; second_j times the pivot is always λ.
        double besideBefore = 0;
        for (int j = 0; j < _p; j++)
        {
            double pivot = w[j] + (_penalty * DiagonalOf(j));
            double beside = _penalty * BesideOf(j);
            if (j > 0)
            {
                pivot -= first[j - 1] * besideBefore;
                beside -= j + 1 < _p ? _penalty * first[j - 1] : 0;
            }

            if (j > 1)
            {
                pivot -= _penalty * second[j - 2];
            }

            if (!(pivot > 0))
            {
                throw new StageException(
                    FailureKind.Numerical,
                    $"The baseline cannot be computed to any accuracy with a penalty of {PretreatmentNotation.Format(_penalty)} over {_p} variables. "
                    + "Use a smaller penalty.");
            }

            inverse[j] = 1 / pivot;
            first[j] = beside * inverse[j];
            second[j] = j + 2 < _p ? _penalty * inverse[j] : 0;
            besideBefore = beside;
        }
    }

    /// <summary>The solution of LDLᵀ b' = b, in place.</summary>
    private void Substitute(Span<double> b)
    {
        ReadOnlySpan<double> inverse = Inverse;
        ReadOnlySpan<double> first = First;
        ReadOnlySpan<double> second = Second;
        for (int j = 1; j < _p; j++)
        {
            b[j] -= (first[j - 1] * b[j - 1]) + (j > 1 ? second[j - 2] * b[j - 2] : 0);
        }

        double next = 0;
        double afterNext = 0;
        for (int j = _p - 1; j >= 0; j--)
        {
            b[j] = (b[j] * inverse[j]) - (first[j] * next) - (second[j] * afterNext);
            afterNext = next;
            next = b[j];
        }
    }

    /// <summary>
    /// Adds the curve of what z leaves of the system to z; true where that was more than rounding. The penalty of z is summed from its
    /// second differences, which are small and exact where elements of the matrix would cancel.
    /// </summary>
    private bool Refine(ReadOnlySpan<double> x, Span<double> z)
    {
        ReadOnlySpan<double> w = Weights;
        Span<double> rest = _room.AsSpan(5 * _p, _p);
        double before = 0;
        double beforeThat = 0;
        for (int j = 0; j < _p; j++)
        {
            double bend = j + 2 < _p ? z[j] - z[j + 1] - (z[j + 1] - z[j + 2]) : 0;
            rest[j] = (w[j] * (x[j] - z[j])) - (_penalty * (bend - (2 * before) + beforeThat));
            beforeThat = before;
            before = bend;
        }

        Substitute(rest);
        double largest = 0;
        double change = 0;
        for (int j = 0; j < _p; j++)
        {
            z[j] += rest[j];
            largest = Math.Max(largest, Math.Abs(z[j]));
            change = Math.Max(change, Math.Abs(rest[j]));
        }

        return change > ChangeShareMin * largest;
    }

    /// <summary>A diagonal element of D₂ᵀD₂: variable j begins, is in the middle of, and ends a second difference.</summary>
    private double DiagonalOf(int j) => (j + 2 < _p ? 1 : 0) + (j > 0 && j + 1 < _p ? 4 : 0) + (j > 1 ? 1 : 0);

    /// <summary>The element beside it.</summary>
    private double BesideOf(int j) => -2 * ((j + 2 < _p ? 1 : 0) + (j > 0 && j + 1 < _p ? 1 : 0));
}
