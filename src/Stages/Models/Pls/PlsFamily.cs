using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>PLS regression with 1 to A components: one fit answers every count.</summary>
public sealed class PlsFamily : IMomentsFamily
{
    /// <summary>The name of the setting.</summary>
    public const string SettingName = "components";

    /// <summary>The most components that may be asked for.</summary>
    public const int ComponentsMax = 500;

    /// <summary>Operations per second of the fused pass over spectra in the shared cache, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 8e9;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 2e-5;

    /// <summary>Component counts 1 to <paramref name="componentsMax"/>.</summary>
    public PlsFamily(int componentsMax)
    {
        if (componentsMax is < 1 or > ComponentsMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"PLS takes 1 to {ComponentsMax} components, found {componentsMax}.");
        }

        Settings = [.. Enumerable.Range(1, componentsMax).Select(a => new ModelSetting(SettingName, a))];
    }

    /// <inheritdoc/>
    public string Name => "pls";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public string Describe(ModelSetting setting) => string.Create(CultureInfo.InvariantCulture, $"{Components(setting)} LV");

    /// <summary>Counts up to the smaller of calibration samples - 1 and variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        [.. Settings.Where(setting => setting.Value <= Math.Min(calibrationSamples - 1, variables))];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new PlsRegression(Components(setting));

    /// <summary>4npA for the fit and 2npA for the predictions, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings)
    {
        int components = settings.Select(Components).DefaultIfEmpty(1).Max();
        double flops = (double)variables * components * ((4.0 * calibrationSamples) + (2.0 * heldOutSamples) + (2.0 * components));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + KernelPls.SizeBytes(calibrationSamples, variables, Math.Min(components, Math.Min(calibrationSamples, variables))));
    }

    /// <summary>One fit with the largest count asked; the smaller ones are its first components.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        ImmutableArray<int> components = [.. settings.Select(Components)];
        int componentsMax = components.IsEmpty ? 1 : components.Max();
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        return new PlsPath(new KernelPls(calibration, componentsMax), components);
    }

    /// <summary>One fit from cross-products with the largest count asked; the smaller ones are its first components.</summary>
    public LinearFits FitMoments(Moments calibration, ImmutableArray<ModelSetting> settings) =>
        PlsOfMoments.Fit(calibration, [.. settings.Select(Components)]);

    /// <inheritdoc/>
    public long FitMomentsBytes(int variables, int settings) => sizeof(double) * (long)variables * ((3L * settings) + 4);

    private static int Components(ModelSetting setting)
    {
        if (setting.Name != SettingName || setting.Value < 1 || setting.Value != Math.Floor(setting.Value))
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"PLS expects a whole number of components of at least 1, found {setting.Name} = {setting.Value}."),
                nameof(setting));
        }

        return checked((int)setting.Value);
    }
}
