using Pipeline.Engine;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Prediction;

/// <summary>Half-widths of prediction intervals from residuals of samples that the model had not seen.</summary>
/// <remarks>
/// Split conformal prediction: with n residuals the half-width is the ⌈(n + 1)(1 − α)⌉-th smallest |residual|. For a new
/// sample that is exchangeable with these it covers with probability between 1 − α and 1 − α + 1/(n + 1), whatever the
/// distribution. Where samples form groups (replicates, identical spectra), a group counts once, with its largest
/// |residual|: replicates err alike, and n counts what is independent; this errs on the wide side. The residuals here are out-of-fold: each
/// comes from a model fitted on the other folds, the deployed one from all samples, so exchangeability holds only
/// nearly (as in CV+, Barber, Candès, Ramdas and Tibshirani (2021), Annals of Statistics 49, 486-507).
/// The candidate was moreover chosen by these residuals, which makes them a little too small.
/// Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World; Lei et al. (2018), JASA 113, 1094-1111.
/// </remarks>
public sealed class ConformalInterval
{
    /// <summary>The share of samples outside their interval where nothing else is asked.</summary>
    public const double AlphaDefault = 0.1;

    private readonly double[] _residuals;

    /// <summary>Intervals from |residuals| of independent samples or groups, in any order.</summary>
    public ConformalInterval(ReadOnlySpan<double> magnitudes)
    {
        _residuals = magnitudes.ToArray();
        foreach (double residual in _residuals)
        {
            if (!(residual >= 0))
            {
                throw new StageException(
                    FailureKind.InvalidData, $"A residual of the calibration has the magnitude {residual}; expected 0 or more.");
            }
        }

        Array.Sort(_residuals);
    }

    /// <summary>|residuals|, one for each group, ascending.</summary>
    public ReadOnlySpan<double> Residuals => _residuals;

    /// <summary>Intervals from out-of-fold predictions.</summary>
    /// <param name="y">References.</param>
    /// <param name="yHat">Predictions of each sample by a model that had not seen it.</param>
    /// <param name="groups">The group of each sample.</param>
    public static ConformalInterval Of(ReadOnlySpan<double> y, ReadOnlySpan<double> yHat, SampleGroups groups)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Length, y.Length);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groups.Count, y.Length);
        double[] largest = new double[groups.GroupCount];
        for (int i = 0; i < y.Length; i++)
        {
            ref double most = ref largest[groups.OfSample[i]];
            most = Math.Max(most, Math.Abs(yHat[i] - y[i]));
        }

        return new ConformalInterval(largest);
    }

    /// <summary>The half-width for a share α of samples outside; +∞ where the residuals are too few to tell.</summary>
    public double HalfWidth(double alpha)
    {
        RequireAlpha(alpha);

        // (n + 1)(1 − α) may miss a whole number by rounding, which must not cost a rank.
        double rank = Math.Ceiling(((_residuals.Length + 1) * (1 - alpha)) - 1e-9);
        return rank > _residuals.Length ? double.PositiveInfinity : _residuals[Math.Max(1, (int)rank) - 1];
    }

    /// <summary>The fewest groups that give a finite half-width.</summary>
    public static int GroupsMin(double alpha) => (int)Math.Ceiling((1 / alpha) - 1 - 1e-9);

    /// <summary>Refuses a share that is none.</summary>
    public static void RequireAlpha(double alpha)
    {
        if (!(alpha is > 0 and < 1))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"Alpha is the share of samples outside their interval: expected a number between 0 and 1, such as 0.1, found {alpha}."));
        }
    }
}
