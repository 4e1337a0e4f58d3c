using System.Buffers;
using Pipeline.Engine;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>The smooth curve z that lies near a spectrum: least Σ w_j (x_j − z_j)² + λ Σ (z_j − 2 z_(j+1) + z_(j+2))².</summary>
/// <remarks>
/// (W + λ D₂ᵀD₂) z = W x, a matrix of five diagonals, by LDLᵀ without pivoting: about 20 p operations. One thread;
/// borrows five vectors until disposed, so that rounds of reweighting share them. Straight lines cost no penalty.
/// Whittaker (1922), Proc. Edinburgh Mathematical Society 41, 63-75; Eilers (2003), Analytical Chemistry 75, 3631-3636.
/// </remarks>
internal sealed class WhittakerSmoother : IDisposable
{
    /// <summary>Penalties that keep the rounding of the solution below about 10⁻⁷ of the spectrum.</summary>
    public const double PenaltyMax = 1e9;

    /// <summary>Variables of which second differences exist.</summary>
    public const int VariablesMin = 3;

    private readonly int _p;
    private readonly double _penalty;
    private readonly double[] _room;

    /// <summary>For spectra of p variables and one penalty λ.</summary>
    public WhittakerSmoother(int variables, double penalty)
    {
        _p = variables;
        _penalty = penalty;
        _room = ArrayPool<double>.Shared.Rent(5 * variables);
    }

    /// <summary>The weights w, for the caller to set; positive, or zero at some.</summary>
    public Span<double> Weights => _room.AsSpan(0, _p);

    /// <summary>The curve after <see cref="Solve"/>.</summary>
    public Span<double> Curve => _room.AsSpan(_p, _p);

    /// <summary>Refuses a penalty out of range.</summary>
    public static double Checked(double penalty, string name, string example) => penalty is >= 1 and <= PenaltyMax
        ? penalty
        : throw new StageException(
            FailureKind.InvalidData,
            $"The penalty of {name} must be a number from 1 to 1e9, found {PretreatmentNotation.Format(penalty)}. Example: {example}.");

    /// <summary>Computes the curve of one spectrum with the weights as they stand.</summary>
    public void Solve(ReadOnlySpan<double> x)
    {
        ReadOnlySpan<double> w = Weights;
        Span<double> z = Curve;
        Span<double> inverse = _room.AsSpan(2 * _p, _p);
        Span<double> first = _room.AsSpan(3 * _p, _p);
        Span<double> second = _room.AsSpan(4 * _p, _p);

        // L has first_j below the diagonal and second_j below that; second_j times the pivot is always λ.
        double besideBefore = 0;
        for (int j = 0; j < _p; j++)
        {
            double pivot = w[j] + (_penalty * DiagonalOf(j));
            double right = w[j] * x[j];
            double beside = _penalty * BesideOf(j);
            if (j > 0)
            {
                pivot -= first[j - 1] * besideBefore;
                right -= first[j - 1] * z[j - 1];
                beside -= j + 1 < _p ? _penalty * first[j - 1] : 0;
            }

            if (j > 1)
            {
                pivot -= _penalty * second[j - 2];
                right -= second[j - 2] * z[j - 2];
            }

            if (!(pivot > 0))
            {
                throw new StageException(
                    FailureKind.Numerical,
                    $"The baseline cannot be computed to any accuracy with a penalty of {PretreatmentNotation.Format(_penalty)} over {_p} variables. "
                    + "Use a smaller penalty.");
            }

            inverse[j] = 1 / pivot;
            z[j] = right;
            first[j] = beside * inverse[j];
            second[j] = j + 2 < _p ? _penalty * inverse[j] : 0;
            besideBefore = beside;
        }

        for (int j = _p - 1; j >= 0; j--)
        {
            double rest = j + 1 < _p ? first[j] * z[j + 1] : 0;
            rest += j + 2 < _p ? second[j] * z[j + 2] : 0;
            z[j] = (z[j] * inverse[j]) - rest;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<double>.Shared.Return(_room);

    /// <summary>A diagonal element of D₂ᵀD₂: variable j begins, is in the middle of, and ends a second difference.</summary>
    private double DiagonalOf(int j) => (j + 2 < _p ? 1 : 0) + (j > 0 && j + 1 < _p ? 4 : 0) + (j > 1 ? 1 : 0);

    /// <summary>The element beside it.</summary>
    private double BesideOf(int j) => -2 * ((j + 2 < _p ? 1 : 0) + (j > 0 && j + 1 < _p ? 1 : 0));
}
