using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>Quadratic discriminant analysis for several shrinkages: a covariance for each class, each decomposed once.</summary>
/// <remarks>
/// Σ_c = W_c / (n_c - 1), Σ_c,γ = (1 - γ) Σ_c + γ (tr Σ_c / p) I; the score of class c is
/// -(x - μ_c)ᵀΣ_c,γ⁻¹(x - μ_c)/2 - log|Σ_c,γ|/2 + log(n_c/n). With γ above 0 a class may have fewer samples than there are
/// variables: what lies outside the space of its spectra has the variance γ tr Σ_c / p. Balanced: every class has the same
/// prior probability. Time Σ n_c m_c p + 12 m_c³ with m_c = min(n_c, p), whatever the number of shrinkages.
/// Friedman (1989), JASA 84, 165-175, with λ = 0; divisor and γ = 0 as in scikit-learn.
/// </remarks>
public sealed class QuadraticDiscriminantFamily : ClassFamily
{
    /// <summary>Operations per second of products and reduction together, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 5e9;

    private const double SecondsPerFit = 1e-4;

    private readonly Shrinkages _shrinkages;
    private readonly bool _isBalanced;

    /// <summary>Some shrinkages from 0 to 1.</summary>
    public QuadraticDiscriminantFamily(ImmutableArray<double> shrinkages, bool isBalanced = false)
    {
        _shrinkages = new Shrinkages(shrinkages, isBalanced ? BalancedSuffix : "", "Quadratic discriminants");
        _isBalanced = isBalanced;
    }

    /// <summary>The usual shrinkages, as parts of the mean variance within a class.</summary>
    public static ImmutableArray<double> DefaultGrid => Shrinkages.DefaultGrid;

    /// <inheritdoc/>
    public override string Name => "qda";

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override ImmutableArray<ModelSetting> Settings => _shrinkages.Settings;

    /// <inheritdoc/>
    public override string Describe(ModelSetting setting) => _shrinkages.Describe(setting);

    /// <summary>Every setting from 4 samples on; no shrinkage only with more samples than variables.</summary>
    public override ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) => calibrationSamples < 4 || variables < 1
        ? []
        : [.. Settings.Where(setting => setting.Value > 0 || calibrationSamples > variables)];

    /// <inheritdoc/>
    public override IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedQuadratic.Restore(learnt, variables);

    /// <inheritdoc/>
    public override Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = Math.Min(calibrationSamples, variables);
        double flops = (2 * m * calibrationSamples * variables) + (12 * m * m * m) + (2.0 * heldOutSamples * calibrationSamples * variables * settings.Length);
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            ClassCalibration.SizeBytes(calibrationSamples, variables)
                + PrincipalSpace.SizeBytes(calibrationSamples, variables)
                + (sizeof(double) * ((2L * calibrationSamples) + outputs + 4) * variables));
    }

    private protected override FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var calibration = ClassCalibration.Of(x, y);
        var densities = ClassDensities.Of(calibration, _isBalanced);
        var models = new IFittedModel?[settings.Length];
        string?[] failures = new string?[settings.Length];
        for (int s = 0; s < settings.Length; s++)
        {
            double shrinkage = _shrinkages.Value(settings[s]);
            failures[s] = densities.FailureOf(shrinkage);
            models[s] = failures[s] is null ? new FittedQuadratic(densities, shrinkage) : null;
        }

        return new FittedSettings(models, failures);
    }
}
