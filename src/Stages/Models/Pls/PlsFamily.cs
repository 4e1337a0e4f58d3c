using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Pls.FromMoments;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

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
    public int Version => 2;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public string Describe(ModelSetting setting) => string.Create(CultureInfo.InvariantCulture, $"{Components(setting)} LV");

    /// <summary>Counts up to the smaller of calibration samples - 1 and variables.</summary>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        [.. Settings.Where(setting => setting.Value <= Math.Min(calibrationSamples - 1, variables))];

    /// <inheritdoc/>
    public IModel Model(ModelSetting setting) => new PlsRegression(Components(setting));

    /// <summary>One calibration set: 4npA for the fit and 2npA for the predictions, at a fixed rate.</summary>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        int components = settings.Select(Components).DefaultIfEmpty(1).Max();
        double flops = (double)variables * components * ((4.0 * calibrationSamples) + (2.0 * heldOutSamples) + (2.0 * components));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            CentredCalibration.SizeBytes(calibrationSamples, variables)
                + KernelPls.SizeBytes(calibrationSamples, variables, Math.Min(components, Math.Min(calibrationSamples, variables))));
    }

    /// <summary>
    /// Bytes of whichever needs more, the computation of all folds at once or, where a pretreatment is learnt inside each
    /// fold, fold after fold; seconds of the former where the full spectrum is all that is asked.
    /// </summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = CrossValidationCost.Of(this, axis, folds, subsets, settings, outputs);
        int componentsMax = settings.Select(Components).DefaultIfEmpty(1).Max();
        int n = folds.SampleCount;
        var shape = new Matrix(n, 1);
        double seconds = 0;
        long bytes = plain.PeakBytes;
        foreach (ISubset subset in subsets)
        {
            int width = subset.VariablesMax(axis);
            int A = Math.Min(componentsMax, width);
            Cost one = CrossValidatedPls.Estimate(Question(shape, folds, All(folds), A, false, Pieces.InOrder), n, width);
            Cost scaled = CrossValidatedPls.Estimate(Question(shape, folds, All(folds), A, true, Pieces.InOrder), n, width);
            long copy = subset is FullSpectrum ? 0 : sizeof(double) * (long)n * width;
            seconds += one.CpuSeconds;
            bytes = Math.Max(bytes, Math.Max(one.PeakBytes, scaled.PeakBytes) + copy);
        }

        return new Cost(subsets.All(subset => subset is FullSpectrum) ? seconds : plain.CpuSeconds, bytes);
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales)
    {
        ImmutableArray<ModelSetting> settings = SettingsFor(folds.SampleCount - folds.HeldOutMax, variables);
        int componentsMax = settings.Select(Components).DefaultIfEmpty(1).Max();
        var shape = new Matrix(folds.SampleCount, 1);
        PlsQuestion question = Question(shape, folds, All(folds), componentsMax, autoscales, Pieces.InOrder);
        return PlsForms.NameOf(PlsForms.For(question, folds.SampleCount, variables));
    }

    /// <summary>One fit with the largest count asked; the smaller ones are its first components.</summary>
    public ISettingPath FitPath(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        ImmutableArray<int> components = [.. settings.Select(Components)];
        int componentsMax = components.IsEmpty ? 1 : components.Max();
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        return new PlsPath(new KernelPls(calibration, componentsMax), components);
    }

    /// <summary>All folds and component counts in one computation; its form is a function of shape (<see cref="PlsForms"/>).</summary>
    /// <remarks>
    /// Each column of y is a response with components of its own (PLS1), and all of them share one pass over the spectra or one
    /// set of cross-products. Of several responses, one with fewer components than asked is predicted with those it has: no
    /// cell fails for one of its columns.
    /// </remarks>
    public void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        ImmutableArray<int> components = [.. settings.Select(Components)];
        if (components.IsEmpty || folds.IsEmpty)
        {
            return;
        }

        int q = data.Y.Columns;
        PlsQuestion question = Question(data.Y, data.Folds, folds, components.Max(), data.Autoscales, data.Runner);
        PlsForm form = PlsForms.For(question, data.X.Rows, data.X.Columns);
        if (CrossValidatedPls.Answer(data.X, question, form, cancellation) is not { } answers)
        {
            if (q > 1)
            {
                throw new StageException(FailureKind.InvalidData, "a value of the spectra is not a finite number");
            }

            // Values that are not numbers: fold by fold, so that the sample is named and the other folds are answered.
            NaiveFolds.Predict(this, data, folds, settings, predictions, cancellation);
            return;
        }

        for (int k = 0; k < folds.Length; k++)
        {
            for (int s = 0; s < components.Length; s++)
            {
                if (q > 1)
                {
                    predictions.Complete(s, folds[k], SideBySide(answers, k, q, components[s]));
                }
                else if (answers.FailureOf(k, 0, components[s]) is { } reason)
                {
                    predictions.Fail(s, folds[k], reason);
                }
                else
                {
                    predictions.Complete(s, folds[k], answers.YHat(k, 0, components[s]));
                }
            }
        }
    }

    /// <summary>Seconds and bytes of <see cref="PredictFolds"/> on all variables for several responses.</summary>
    internal Cost EstimateTogether(int variables, Folds folds, int responses)
    {
        int components = SettingsFor(folds.SampleCount - folds.HeldOutMax, variables).Select(Components).DefaultIfEmpty(1).Max();
        var shape = new Matrix(folds.SampleCount, responses);
        Cost one = CrossValidatedPls.Estimate(
            Question(shape, folds, All(folds), components, false, Pieces.InOrder), folds.SampleCount, variables);
        Cost scaled = CrossValidatedPls.Estimate(
            Question(shape, folds, All(folds), components, true, Pieces.InOrder), folds.SampleCount, variables);
        return one with { PeakBytes = Math.Max(one.PeakBytes, scaled.PeakBytes) };
    }

    private static double[] SideBySide(PlsAnswers answers, int split, int responses, int components)
    {
        double[] values = new double[answers.YHat(split, 0, components).Length * responses];
        for (int l = 0; l < responses; l++)
        {
            ReadOnlySpan<double> one = answers.YHat(split, l, components);
            for (int i = 0; i < one.Length; i++)
            {
                values[(i * responses) + l] = one[i];
            }
        }

        return values;
    }

    /// <summary>One fit from cross-products with the largest count asked; the smaller ones are its first components.</summary>
    public LinearFits FitMoments(Moments calibration, ImmutableArray<ModelSetting> settings)
    {
        ImmutableArray<int> components = [.. settings.Select(Components)];
        using MomentsFit fit = MomentsPls.Fit(calibration, components.Max())[0];
        return Lines(fit, calibration, components);
    }

    /// <summary>One fit with the largest count asked; none where sums over samples are rounded too coarsely for its last components.</summary>
    public ISettingPath? FitPath(Moments calibration, ImmutableArray<ModelSetting> settings)
    {
        ImmutableArray<int> components = [.. settings.Select(Components)];
        using MomentsFit fit = MomentsPls.Fit(calibration, components.Max())[0];
        if (fit.NeedsDirect)
        {
            return null;
        }

        LinearFits fits = Lines(fit, calibration, components);
        var importance = new Matrix(components.Length, calibration.XMeans.Length);
        for (int s = 0; s < components.Length; s++)
        {
            fit.CopyImportance(components[s], importance.Row(s));
        }

        return new LinePath(fits.Coefficients, fits.Failures, [.. calibration.XMeans], calibration.YMeans[0], importance);
    }

    /// <inheritdoc/>
    public long FitMomentsBytes(int variables, int settings) => sizeof(double) * (long)variables * ((8L * settings) + 6);

    private static LinearFits Lines(MomentsFit fit, Moments calibration, ImmutableArray<int> components)
    {
        var all = new Matrix(components.Max(), calibration.XMeans.Length);
        fit.CopyCoefficients(0, all.Span);
        var fits = new LinearFits(components.Length, all.Columns);
        for (int s = 0; s < components.Length; s++)
        {
            fits.Failures[s] = fit.FailureOf(components[s]);
            all.Row(components[s] - 1).CopyTo(fits.Coefficients.Row(s));
        }

        return fits.Through(calibration);
    }

    private static ImmutableArray<int> All(Folds folds) => [.. Enumerable.Range(0, folds.Count)];

    private static PlsQuestion Question(
        Matrix y, Folds folds, ImmutableArray<int> predicted, int components, bool autoscales, PieceRunner runner) =>
        new(y, folds, [.. predicted.Select(k => new FoldSplit(k))], components) { Autoscales = autoscales, Runner = runner };

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
