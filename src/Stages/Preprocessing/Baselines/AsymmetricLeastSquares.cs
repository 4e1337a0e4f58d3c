using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>Baseline by asymmetric least squares: each spectrum minus a smooth curve that mostly stays below it.</summary>
/// <remarks>
/// <c>asls(λ, p)</c>, λ = 100000 and p = 0.01 by default. z is Whittaker's smooth curve with penalty λ on second
/// differences; from weights of 1 on, variables above the curve get weight p, the others 1 − p, until no variable changes
/// sides, at most 50 rounds; x → x − z. Distances on the axis count as equal. Straight lines in a spectrum vanish
/// whatever λ is. Fewer than 3 variables are refused. Time about 20 rounds of 45 np operations; 6p doubles borrowed.
/// Eilers and Boelens (2005), Baseline correction with asymmetric least squares smoothing, Leiden University Medical Centre.
/// </remarks>
public sealed record AsymmetricLeastSquares : IPretreatment
{
    /// <summary>The usual penalty.</summary>
    public const double UsualPenalty = 1e5;

    /// <summary>The usual weight of what lies above the curve.</summary>
    public const double UsualAsymmetry = 0.01;

    internal const int RoundsMax = 50;

    private const double AsymmetryMin = 1e-4;
    private const double AsymmetryMax = 0.5;
    private const double SecondsPerVariable = 4e-7;

    /// <summary>A penalty λ from 1 to 10⁹ and a weight p from 0.0001 to 0.5.</summary>
    public AsymmetricLeastSquares(double penalty = UsualPenalty, double asymmetry = UsualAsymmetry)
    {
        Penalty = WhittakerSmoother.Checked(penalty, "asls", "asls(100000,0.01)");
        Asymmetry = asymmetry is >= AsymmetryMin and <= AsymmetryMax
            ? asymmetry
            : throw new StageException(
                FailureKind.InvalidData,
                $"asls takes a weight of what lies above the baseline from 0.0001 to 0.5, found {PretreatmentNotation.Format(asymmetry)}. "
                + "Example: asls(100000,0.01).");
    }

    /// <summary>λ: the larger, the stiffer the curve.</summary>
    public double Penalty { get; }

    /// <summary>p: the smaller, the lower the curve.</summary>
    public double Asymmetry { get; }

    /// <inheritdoc/>
    public string Notation => $"asls({PretreatmentNotation.Format(Penalty)},{PretreatmentNotation.Format(Asymmetry)})";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public double SecondsPerSpectrum(int variables) => SecondsPerVariable * variables;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => BaselineAxis.Checked(this, axis);

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(OutputAxis(axis).Count, Penalty, Asymmetry);

    private sealed class Fitted(int columns, double penalty, double asymmetry) : FittedRowByRow(columns, columns)
    {
        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            using var smoother = new WhittakerSmoother(x.Length, penalty);
            smoother.Weights.Fill(1);
            for (int round = 0; round < RoundsMax; round++)
            {
                smoother.Solve(x);
                if (!Reweight(x, smoother.Curve, smoother.Weights))
                {
                    break;
                }
            }

            RowKernels.Subtract(x, smoother.Curve, target);
        }

        private bool Reweight(ReadOnlySpan<double> x, ReadOnlySpan<double> z, Span<double> w)
        {
            bool isChanged = false;
            for (int j = 0; j < x.Length; j++)
            {
                double weight = x[j] > z[j] ? asymmetry : 1 - asymmetry;
                isChanged |= weight != w[j];
                w[j] = weight;
            }

            return isChanged;
        }
    }
}
