using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Logistic;

/// <summary>Multinomial logistic regression with an L2 penalty, for several inverse penalties C.</summary>
/// <remarks>
/// Minimises C Σ_i w_i (-log p_i,class) + ½‖B‖² over coefficients B of every class and intercepts without penalty, the spectra
/// centred and divided by the root of their total variance (divisor n): so C does not depend on the unit of the spectra, and
/// these are not autoscaled. scikit-learn's <c>LogisticRegression(multi_class="multinomial")</c> on spectra so divided, with
/// the same C, is the same model; of two classes, its binary form with 2C. Solved in the space of the spectra's principal
/// axes by Newton's method (<see cref="LogisticSolver"/>), from the strongest penalty on, each starting from the one before.
/// Balanced: w_i = n/(g n_c), as <c>class_weight="balanced"</c>.
/// Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 4.4 and 18.3.2.
/// </remarks>
public sealed class LogisticFamily : ClassFamily
{
    /// <summary>The most inverse penalties that may be asked for.</summary>
    public const int CountMax = 100;

    private const double InverseMin = 1e-6;
    private const double InverseMax = 1e12;

    /// <summary>Operations per second of decompositions and products, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 1e10;

    private const double SecondsPerFit = 2e-4;

    /// <summary>Products with the second derivatives that one setting takes, gradients and losses among them; feeds the estimate alone.</summary>
    private const double ProductsPerSetting = 45;

    /// <summary>Time of one such product for one sample and class, beside its operations; feeds the estimate alone.</summary>
    private const double SecondsPerSample = 5e-8;

    /// <summary>Part of forming and factoring all second derivatives that one setting takes; feeds the estimate alone.</summary>
    private const double FactorsPerSetting = 0.05;

    private readonly string _settingName;
    private readonly string _suffix;
    private readonly bool _isBalanced;

    /// <summary>Some inverse penalties.</summary>
    public LogisticFamily(ImmutableArray<double> inversePenalties, bool isBalanced = false)
    {
        if (inversePenalties.IsDefaultOrEmpty || inversePenalties.Length > CountMax || inversePenalties.Distinct().Count() != inversePenalties.Length)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Logistic regression takes 1 to {CountMax} distinct values of C, found "
                + $"{(inversePenalties.IsDefault ? 0 : inversePenalties.Length)}, or one of them twice.");
        }

        foreach (double value in inversePenalties)
        {
            if (value is not (>= InverseMin and <= InverseMax))
            {
                throw new StageException(
                    FailureKind.InvalidRequest,
                    string.Create(CultureInfo.InvariantCulture, $"Logistic regression takes C from {InverseMin} to {InverseMax}, found "
                        + $"{value}. A smaller C is a stronger penalty."));
            }
        }

        _isBalanced = isBalanced;
        _suffix = isBalanced ? BalancedSuffix : "";
        _settingName = "C" + _suffix;
        Settings = [.. inversePenalties.Order().Select(value => new ModelSetting(_settingName, value))];
    }

    /// <summary>The usual values of C.</summary>
    public static ImmutableArray<double> DefaultGrid { get; } = [1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];

    /// <inheritdoc/>
    public override string Name => "logistic";

    /// <inheritdoc/>
    public override int Version => 2;

    /// <inheritdoc/>
    public override ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public override string Describe(ModelSetting setting) => $"C={RidgeFamily.Scientific(Inverse(setting))}{_suffix}";

    /// <summary>Every setting, from 2 samples on.</summary>
    public override ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public override Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double m = Math.Min(calibrationSamples, variables);
        double contrasts = Math.Max(1, outputs - 1);
        double leading = Math.Min(m + 1, LogisticSolver.FactoredMax / contrasts);
        double unknowns = contrasts * leading;
        double factors = (calibrationSamples * leading * leading * contrasts * (contrasts + 1) / 2) + (unknowns * unknowns * unknowns / 3);
        double flops = (2 * m * calibrationSamples * variables) + (12 * m * m * m)
            + (settings.Length * ((ProductsPerSetting * 4 * calibrationSamples * m * contrasts) + (FactorsPerSetting * factors)))
            + (2.0 * settings.Length * outputs * variables * (m + heldOutSamples));
        double seconds = SecondsPerFit + (settings.Length * ProductsPerSetting * SecondsPerSample * calibrationSamples * outputs);
        return new Cost(
            seconds + (flops / FlopsPerSecond),
            ClassCalibration.SizeBytes(calibrationSamples, variables)
                + PrincipalSpace.SizeBytes(calibrationSamples, variables)
                + LogisticSolver.SizeBytes(calibrationSamples, (long)m, outputs)
                + (sizeof(double) * settings.Length * ((outputs * ((long)variables + (long)m)) + (2L * variables))));
    }

    private protected override FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var calibration = ClassCalibration.Of(x, y);
        var space = PrincipalSpace.Of(calibration.X);
        double scale = Math.Sqrt(calibration.SquaredNorm / x.Rows);
        if (space.Count > 0)
        {
            Products.Scale(1 / scale, space.Coordinates.Values);
        }

        bool[] present = [.. calibration.Counts.Select(count => count > 0)];
        var solver = new LogisticSolver(space.Coordinates, calibration.Classes, calibration.Weights(_isBalanced), present);
        var models = new IFittedModel?[settings.Length];
        string?[] failures = new string?[settings.Length];
        foreach (int s in Enumerable.Range(0, settings.Length).OrderBy(s => Inverse(settings[s])))
        {
            if (!solver.TrySolve(Inverse(settings[s])))
            {
                failures[s] = $"Logistic regression with {Describe(settings[s])} does not settle. Ask for a smaller C.";
                continue;
            }

            (Matrix inSpace, double[] intercepts) = solver.Solution();
            Matrix coefficients = space.ToVariables(inSpace.View);
            if (space.Count > 0)
            {
                Products.Scale(1 / scale, coefficients.Values);
            }

            models[s] = new FittedClassLines([.. calibration.Means], coefficients, intercepts, present);
        }

        return new FittedSettings(models, failures);
    }

    private double Inverse(ModelSetting setting) => setting.Name == _settingName
        ? setting.Value
        : throw new ArgumentException($"This logistic regression has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
