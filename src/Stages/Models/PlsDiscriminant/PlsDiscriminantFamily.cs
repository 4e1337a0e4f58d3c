using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.PlsDiscriminant;

/// <summary>PLS discriminant analysis with 1 to A components: PLS2 on indicators of the classes, one fit for every count.</summary>
/// <remarks>
/// Probabilities are the soft-max of the predicted indicators, so the class predicted is the one of the largest indicator, as
/// is usual. They rank samples well and are far from certain even where all is clear (indicators lie near 0 and 1, and the
/// soft-max of two such is 0.27 and 0.73). Bayes' rule on the scores gives sharper ones, but needs the scores of calibration samples, which the
/// forms that answer all folds at once do not make; who wants probabilities takes lda or logistic.
/// Balanced: samples are weighted so that every class counts the same; such fits are made fold after fold.
/// Barker and Rayens (2003), J. Chemometrics 17, 166-173; soft-max as in R's caret, <c>plsda(probMethod = "softmax")</c>.
/// </remarks>
public sealed class PlsDiscriminantFamily : ClassFamily
{
    private const string SettingName = "components";

    /// <summary>Operations per second of the fused pass over spectra, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 8e9;

    private const double SecondsPerFit = 5e-5;

    private readonly string _settingName;
    private readonly string _suffix;
    private readonly bool _isBalanced;

    /// <summary>Component counts 1 to <paramref name="componentsMax"/>.</summary>
    public PlsDiscriminantFamily(int componentsMax, bool isBalanced = false)
    {
        if (componentsMax is < 1 or > PlsFamily.ComponentsMax)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"PLS-DA takes 1 to {PlsFamily.ComponentsMax} components, found {componentsMax}.");
        }

        _isBalanced = isBalanced;
        _suffix = isBalanced ? BalancedSuffix : "";
        _settingName = SettingName + _suffix;
        Settings = [.. Enumerable.Range(1, componentsMax).Select(a => new ModelSetting(_settingName, a))];
    }

    /// <inheritdoc/>
    public override string Name => "plsda";

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public override string Describe(ModelSetting setting) => string.Create(CultureInfo.InvariantCulture, $"{Components(setting)} LV{_suffix}");

    /// <summary>Counts up to the smaller of calibration samples - 1 and variables.</summary>
    public override ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        [.. Settings.Where(setting => setting.Value <= Math.Min(calibrationSamples - 1, variables))];

    /// <summary>As fold after fold, or all folds at once, whichever takes more memory.</summary>
    public override Cost Estimate(
        SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost plain = base.Estimate(axis, folds, subsets, settings, outputs);
        if (_isBalanced)
        {
            return plain;
        }

        var shape = new Matrix(folds.SampleCount, outputs);
        ImmutableArray<int> all = [.. Enumerable.Range(0, folds.Count)];
        int componentsMax = settings.Select(Components).DefaultIfEmpty(1).Max();
        long bytes = plain.PeakBytes;
        foreach (ISubset subset in subsets)
        {
            int width = subset.VariablesMax(axis);
            foreach (bool autoscales in (ReadOnlySpan<bool>)[false, true])
            {
                PlsQuestion question = Question(shape, folds, all, Math.Min(componentsMax, width), autoscales, Pieces.InOrder);
                long rows = sizeof(double) * (long)folds.SampleCount * (width + outputs);
                bytes = Math.Max(bytes, CrossValidatedPls.Estimate(question, folds.SampleCount, width).PeakBytes + rows);
            }
        }

        return plain with { PeakBytes = bytes };
    }

    /// <inheritdoc/>
    public override string? FormFor(Folds folds, int variables, int outputs, bool autoscales)
    {
        if (_isBalanced)
        {
            return FoldForms.AloneName;
        }

        ImmutableArray<ModelSetting> settings = SettingsFor(folds.SampleCount - folds.HeldOutMax, variables);
        int componentsMax = settings.Select(Components).DefaultIfEmpty(1).Max();
        var shape = new Matrix(folds.SampleCount, outputs);
        PlsQuestion question = Question(shape, folds, [.. Enumerable.Range(0, folds.Count)], componentsMax, autoscales, Pieces.InOrder);
        return PlsForms.NameOf(PlsForms.For(question, folds.SampleCount, variables));
    }

    /// <summary>All folds and component counts in one computation, in the form that suits the shape; balanced ones fold after fold.</summary>
    public override void PredictFolds(
        SharedSpectra data,
        ImmutableArray<int> folds,
        ImmutableArray<ModelSetting> settings,
        FoldPredictions predictions,
        CancellationToken cancellation)
    {
        if (settings.IsEmpty || folds.IsEmpty)
        {
            return;
        }

        ImmutableArray<int> components = [.. settings.Select(Components)];
        bool[][] present = [.. folds.Select(k => Present(data, k))];
        PlsQuestion question = Question(data.Y, data.Folds, folds, components.Max(), data.Autoscales, data.Runner);
        PlsForm form = PlsForms.For(question, data.X.Rows, data.X.Columns);
        bool isPlain = !_isBalanced && Array.TrueForAll(present, one => one.Count(has => has) >= 2);
        if (!isPlain || CrossValidatedPls.Answer(data.X, question, form, cancellation) is not { } answers)
        {
            // Values that are not numbers, or one class only: fold by fold, so that it is said where and the other folds are answered.
            base.PredictFolds(data, folds, settings, predictions, cancellation);
            return;
        }

        int classCount = data.Y.Columns;
        for (int k = 0; k < folds.Length; k++)
        {
            double[] values = new double[data.Folds.HeldOut(folds[k]).Length * classCount];
            for (int s = 0; s < components.Length; s++)
            {
                if (answers.FailureOf(k, 0, components[s]) is { } reason)
                {
                    predictions.Fail(s, folds[k], reason);
                    continue;
                }

                for (int c = 0; c < classCount; c++)
                {
                    ReadOnlySpan<double> indicators = answers.YHat(k, c, components[s]);
                    for (int i = 0; i < indicators.Length; i++)
                    {
                        values[(i * classCount) + c] = present[k][c] ? indicators[i] : double.NegativeInfinity;
                    }
                }

                for (int start = 0; start < values.Length; start += classCount)
                {
                    ClassLink.Replace(values.AsSpan(start, classCount));
                }

                predictions.Complete(s, folds[k], values);
            }
        }
    }

    /// <inheritdoc/>
    public override Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        int components = Math.Min(settings.Select(Components).DefaultIfEmpty(1).Max(), Math.Min(calibrationSamples, variables));
        double flops = (double)variables * components * ((4.0 * calibrationSamples) + (2.0 * heldOutSamples * outputs) + (2.0 * (components + (3 * outputs))));
        return new Cost(
            SecondsPerFit + (flops / FlopsPerSecond),
            ClassCalibration.SizeBytes(calibrationSamples, variables)
                + KernelPls2.SizeBytes(calibrationSamples, variables, outputs, components)
                + (sizeof(double) * settings.Length * (outputs + 3L) * variables));
    }

    private protected override FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var calibration = ClassCalibration.Of(x, y);
        int[] components = [.. settings.Select(Components)];
        var pls = new KernelPls2(calibration, _isBalanced, components.DefaultIfEmpty(1).Max());
        bool[] present = [.. calibration.Counts.Select(count => count > 0)];
        var models = new IFittedModel?[components.Length];
        string?[] failures = new string?[components.Length];
        for (int s = 0; s < components.Length; s++)
        {
            failures[s] = KernelPls.FailureOf(components[s], pls.Count);
            if (failures[s] is null)
            {
                models[s] = Lines(pls, components[s], present);
            }
        }

        return new FittedSettings(models, failures);
    }

    private static FittedClassLines Lines(KernelPls2 pls, int components, bool[] present)
    {
        var coefficients = new Matrix(present.Length, pls.Means.Length);
        for (int c = 0; c < present.Length; c++)
        {
            for (int a = 0; a < components; a++)
            {
                Products.Axpy(pls.YLoadings[a, c], pls.Rotations.Row(a), coefficients.Row(c));
            }
        }

        return new FittedClassLines(pls.Means, coefficients, pls.YMeans, present, pls.Importance(components));
    }

    private static bool[] Present(SharedSpectra data, int fold)
    {
        bool[] present = new bool[data.Y.Columns];
        ReadOnlySpan<int> foldOf = data.Folds.FoldOfSample;
        for (int i = 0; i < foldOf.Length; i++)
        {
            for (int c = 0; c < present.Length && foldOf[i] != fold; c++)
            {
                present[c] |= data.Y[i, c] == 1;
            }
        }

        return present;
    }

    private static PlsQuestion Question(
        Matrix y, Folds folds, ImmutableArray<int> predicted, int components, bool autoscales, PieceRunner runner) =>
        new(y, folds, [.. predicted.Select(k => new FoldSplit(k))], components) { IsJoint = true, Autoscales = autoscales, Runner = runner };

    private int Components(ModelSetting setting) =>
        setting.Name == _settingName && setting.Value >= 1 && setting.Value == Math.Floor(setting.Value)
            ? checked((int)setting.Value)
            : throw new ArgumentException($"This PLS-DA has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
