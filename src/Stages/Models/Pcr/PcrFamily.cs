using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pcr;

/// <summary>Principal component regression with 1 to A components: one decomposition answers every count.</summary>
public sealed class PcrFamily : ICandidateFamily
{
    /// <summary>The name of the setting.</summary>
    public const string SettingName = "components";

    /// <summary>The most components that may be asked for.</summary>
    public const int ComponentsMax = 500;

    /// <summary>Seconds that one fit takes however small it is.</summary>
    private const double SecondsPerFit = 1e-4;

    /// <summary>Component counts 1 to <paramref name="componentsMax"/>.</summary>
    public PcrFamily(int componentsMax)
    {
        if (componentsMax is < 1 or > ComponentsMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"PCR takes 1 to {ComponentsMax} components, found {componentsMax}.");
        }

        Settings = [.. Enumerable.Range(1, componentsMax).Select(a => new ModelSetting(SettingName, a))];
    }

    /// <inheritdoc/>
    public string Name => "pcr";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public string Describe(ModelSetting setting) => string.Create(CultureInfo.InvariantCulture, $"{Components(setting)} PC");

    /// <summary>Counts up to the smaller of calibration samples - 1 and variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        [.. Settings.Where(setting => setting.Value <= Math.Min(calibrationSamples - 1, variables))];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new PcrRegression(Components(setting));

    /// <summary>
    /// m²l + 4m³/3 for the decomposition, 6mlA for directions, scores and loadings, each at the rate of its kind; m ≤ l are the two dimensions.
    /// </summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        int components = Math.Min(Largest(settings), Math.Min(calibrationSamples, variables));
        double m = Math.Min(calibrationSamples, variables);
        double l = Math.Max(calibrationSamples, variables);
        double products = (m * m * l) + (components * ((6 * m * l) + (2.0 * heldOutSamples * variables)));
        return new Cost(
            SecondsPerFit + (products / MatrixProducts.FlopsPerSecond) + PcrFolds.DecompositionSeconds(m, variables, components),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + PcrFit.SizeBytes(calibrationSamples, variables, components));
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => FoldForms.NameOf(folds, variables, autoscales);

    /// <summary>
    /// Seconds of all folds at once where the full spectrum is all that is asked, else of the plain order; bytes of whichever of these needs
    /// more.
    /// </summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        bool isTogether = subsets.All(subset => subset is FullSpectrum) && FoldForms.Of(folds, axis.Count, autoscales: false) != FoldForm.Alone;
        double seconds = isTogether
            ? subsets.Length * (SecondsPerFit + PcrFolds.Seconds(folds, axis.Count, Largest(settings)))
            : plain.CpuSeconds;
        long shared = FoldForms.LargestOfWidths(axis, folds, subsets, width => PcrFolds.SizeBytes(folds, width, Largest(settings)));
        return new Cost(seconds, Math.Max(plain.PeakBytes, shared));
    }

    /// <summary>One fit with the largest count asked; the smaller ones are its first components.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        return new PcrPath(PcrFit.Of(calibration, Largest(settings)), [.. settings.Select(Components)]);
    }

    /// <summary>All folds from shared cross-products; fold after fold where variables are scaled and outnumber the samples.</summary>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (FoldForms.Of(data.Folds, data.X.Columns, data.Autoscales) == FoldForm.Alone || !SharedRows.AreFinite(data))
        {
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        PcrFolds.Predict(data, folds, [.. settings.Select(Components)], predictions, cancellation);
    }

    private static int Largest(ImmutableArray<ModelSetting> settings) => settings.Select(Components).DefaultIfEmpty(1).Max();

    private static int Components(ModelSetting setting)
    {
        if (setting.Name != SettingName || setting.Value < 1 || setting.Value != Math.Floor(setting.Value))
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"PCR expects a whole number of components of at least 1, found {setting.Name} = {setting.Value}."),
                nameof(setting));
        }

        return checked((int)setting.Value);
    }
}
