using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LeastSquares;

/// <summary>XcᵀXc b = Xcᵀyc over centred calibration data, factored once.</summary>
/// <remarks>
/// The cross-product squares the condition of the spectra; corrections by Xcᵀ(yc - Xc b), taken through the spectra, give
/// the digits back: pairs of wavelengths whose residual is 1e-6 of the response keep all but the last few. Variables
/// without variance have the coefficient 0. Time p³/3, memory that of <see cref="GrowingCholesky"/>.
/// </remarks>
internal sealed class NormalEquations
{
    /// <summary>Corrections of the first solution; each gains the digits that the squared condition leaves, at least three.</summary>
    public const int Corrections = 2;

    private readonly GrowingCholesky _factor = new();
    private readonly List<int> _varying = [];
    private readonly double[] _work;

    /// <summary>Factors a p × p cross-product.</summary>
    /// <exception cref="StageException">A variable depends on those before it to working precision.</exception>
    public NormalEquations(MatrixView XX)
    {
        _work = new double[XX.Rows];
        for (int j = 0; j < XX.Rows; j++)
        {
            if (XX[j, j] == 0)
            {
                continue;
            }

            Span<double> row = _work.AsSpan(0, _varying.Count);
            for (int k = 0; k < row.Length; k++)
            {
                row[k] = XX[j, _varying[k]];
            }

            if (!_factor.TryAppend(row, XX[j, j]))
            {
                throw new StageException(
                    FailureKind.Numerical,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Least squares on {XX.Rows} variables: variable {j + 1} repeats those before it to working precision. Choose "
                        + $"fewer variables, or use ridge."));
            }

            _varying.Add(j);
        }
    }

    /// <summary>b += H⁻¹ right, p values each.</summary>
    public void AddSolution(ReadOnlySpan<double> right, Span<double> b)
    {
        Span<double> some = _work.AsSpan(0, _varying.Count);
        for (int k = 0; k < some.Length; k++)
        {
            some[k] = right[_varying[k]];
        }

        _factor.Solve(some);
        for (int k = 0; k < some.Length; k++)
        {
            b[_varying[k]] += some[k];
        }
    }
}
