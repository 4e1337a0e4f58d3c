using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.SupportVectors.Pairs;

/// <summary>Support vector machines for classes, one for each pair of them, over kernels × C.</summary>
/// <remarks>
/// C-classification of Cortes and Vapnik, spectra centred and divided by the root of their total variance over all calibration samples:
/// scikit-learn's <c>SVC</c> on spectra so divided decides the same. Balanced: C is multiplied by n/(g n_c), as
/// <c>class_weight="balanced"</c>. Probabilities are a sigmoid of each pair's decision values, learnt on inner folds that follow from the
/// spectra alone (decision 0081), coupled as libsvm does; the class is the likeliest one, as of every family, and need not be the one
/// that most pairs vote for. Time per setting: six solutions for each pair.
/// Cortes and Vapnik (1995), Machine Learning 20, 273-297; Chang and Lin (2011), ACM Transactions on Intelligent Systems and
/// Technology 2, 27.
/// </remarks>
public sealed class SupportVectorClassFamily : ClassFamily
{
    private readonly Dictionary<ModelSetting, SupportVectorSetting> _parameters = [];
    private readonly bool _isBalanced;

    /// <summary>A grid.</summary>
    /// <param name="kernels">Distinct kernels.</param>
    /// <param name="penalties">Distinct values of C.</param>
    /// <param name="isBalanced">Whether every class counts the same.</param>
    public SupportVectorClassFamily(ImmutableArray<SupportVectorKernel> kernels, ImmutableArray<double> penalties, bool isBalanced = false)
    {
        _isBalanced = isBalanced;
        foreach (SupportVectorSetting setting in SupportVectorGrid.OfClasses(kernels, penalties))
        {
            _parameters.Add(new ModelSetting(setting.Name + (isBalanced ? BalancedSuffix : ""), setting.Penalty), setting);
        }

        Settings = [.. _parameters.Keys];
    }

    /// <inheritdoc/>
    public override string Name => "svm";

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override ImmutableArray<ModelSetting> Settings { get; }

    /// <summary>The largest violation of the optimality conditions, of classes of ±1.</summary>
    internal double Tolerance { get; init; } = SequentialMinimization.DefaultTolerance;

    /// <inheritdoc/>
    public override string Describe(ModelSetting setting) => Parameters(setting).Text + (_isBalanced ? BalancedSuffix : "");

    /// <summary>Every setting, from 2 samples on.</summary>
    public override ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        calibrationSamples >= 2 && variables >= 1 ? Settings : [];

    /// <inheritdoc/>
    public override IFittedModel Restore(ImmutableArray<NamedArray> learnt, int variables) => FittedSupportVectorClasses.Restore(learnt, variables);

    /// <summary>
    /// One set of distances and a kernel for each γ; the steps of all samples and of every inner fold for each pair, as if classes were
    /// equally large.
    /// </summary>
    public override Cost EstimateFit(
        int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        long m = calibrationSamples;
        long pairs = Math.Max(1, PairCoupling.PairCount(outputs));
        double ofPair = Math.Min(m, 2.0 * m / Math.Max(2, outputs));
        SupportVectorSetting[] all = [.. settings.Select(Parameters)];
        double seconds = SupportVectorCost.Seconds(m, variables, all)
            + (pairs * (1 + InnerFolds.Count) * SupportVectorCost.Seconds(ofPair, 0, all))
            + SupportVectorCost.SecondsOfPredictions(heldOutSamples, m, variables, (int)Math.Min(int.MaxValue, settings.Length * pairs));
        long learnt = settings.Length * pairs * (m + variables + 8L);
        return new Cost(
            seconds,
            ClassCalibration.SizeBytes(m, variables)
                + (sizeof(double) * ((2L * m * variables) + learnt + (pairs * settings.Length * m) + (20 * (m + variables)) + ((heldOutSamples + 8L) * pairs)))
                + SupportVectorCost.DistanceBytes(m)
                + (2 * SupportVectorCost.KernelBytes(m)));
    }

    private protected override FittedSettings Fit(MatrixView x, MatrixView y, ImmutableArray<ModelSetting> settings)
    {
        using var calibration = ClassCalibration.Of(x, y);
        SupportVectorRegression.RequireSamples(x.Rows);
        Matrix squared = KernelCalibration.SquaredDistances(calibration.X);
        double variance = SupportVectorKernel.TotalVariance(squared);
        var classes = SeenClasses.Of(calibration.Counts);
        PairMachine[] machines = Machines(calibration, classes);
        SupportVectorSetting[] parameters = [.. settings.Select(Parameters)];

        // Several settings share one copy of the spectra; a single one keeps its support vectors alone.
        KernelExpansion? all = Array.Exists(parameters, one => !one.Kernel.IsLine)
            ? new KernelExpansion(calibration.X.ToMatrix(), [.. calibration.Means], 0)
            : null;
        var models = new IFittedModel?[settings.Length];
        string?[] failures = new string?[settings.Length];
        int end;
        for (int start = 0; start < parameters.Length; start = end)
        {
            end = start + 1;
            while (end < parameters.Length && parameters[end].Kernel == parameters[start].Kernel)
            {
                end++;
            }

            SupportVectorKernel kernel = parameters[start].Kernel;
            double factor = kernel.Factor(variance);
            Matrix products = kernel.Of(squared, factor);
            double[] penalties = [.. parameters[start..end].Select(one => one.Penalty)];
            PairDecision?[][] decisions = [.. machines.Select(machine => machine.Solve(products, penalties, Tolerance))];
            for (int s = start; s < end; s++)
            {
                PairDecision?[] ofSetting = [.. decisions.Select(pair => pair[s - start])];
                if (Array.Exists(ofSetting, pair => pair is null))
                {
                    failures[s] = parameters[s].DoesNotSettle(x.Rows);
                    continue;
                }

                models[s] = kernel.IsLine
                    ? Lines(calibration, classes, machines, ofSetting!, factor)
                    : Radial(all!, classes, machines, ofSetting!, factor, keepsSupportAlone: settings.Length == 1);
            }
        }

        return new FittedSettings(models, failures);
    }

    private static FittedSupportVectorClasses Radial(
        KernelExpansion all, SeenClasses classes, PairMachine[] machines, PairDecision[] decisions, double factor, bool keepsSupportAlone)
    {
        var weights = new Matrix(machines.Length, all.Count);
        for (int pair = 0; pair < machines.Length; pair++)
        {
            for (int l = 0; l < machines[pair].Samples.Length; l++)
            {
                weights[pair, machines[pair].Samples[l]] = decisions[pair].Beta[l];
            }
        }

        KernelExpansion centres = all;
        if (keepsSupportAlone)
        {
            int[] support = [.. Enumerable.Range(0, all.Count).Where(l => Enumerable.Range(0, machines.Length).Any(pair => weights[pair, l] != 0))];
            centres = all.Select(support, 0);
            weights = weights.SelectColumns(support);
        }

        return new FittedSupportVectorClasses(classes, centres, factor, weights, Offsets(decisions), Sigmoids(decisions));
    }

    private static FittedSupportVectorClasses Lines(
        ClassCalibration calibration, SeenClasses classes, PairMachine[] machines, PairDecision[] decisions, double factor)
    {
        var coefficients = new Matrix(machines.Length, calibration.X.Columns);
        double[] offsets = Offsets(decisions);
        double[] beta = new double[calibration.X.Rows];
        for (int pair = 0; pair < machines.Length; pair++)
        {
            Array.Clear(beta);
            for (int l = 0; l < machines[pair].Samples.Length; l++)
            {
                beta[machines[pair].Samples[l]] = decisions[pair].Beta[l];
            }

            (double[] line, double offset) = SupportVectorWeights.LineOf(beta, factor, calibration.X);
            line.CopyTo(coefficients.Row(pair));
            offsets[pair] += offset;
        }

        return new FittedSupportVectorClasses(classes, [.. calibration.Means], coefficients, offsets, Sigmoids(decisions));
    }

    private static double[] Offsets(PairDecision[] decisions) => [.. decisions.Select(pair => pair.Offset)];

    private static ImmutableArray<DecisionSigmoid> Sigmoids(PairDecision[] decisions) => [.. decisions.Select(pair => pair.Sigmoid)];

    private PairMachine[] Machines(ClassCalibration calibration, SeenClasses classes)
    {
        double[] weights = calibration.Weights(_isBalanced);
        int[] folds = InnerFolds.Of(calibration);
        var machines = new List<PairMachine>();
        for (int a = 0; a < classes.Seen.Length; a++)
        {
            for (int b = a + 1; b < classes.Seen.Length; b++)
            {
                int first = classes.Seen[a];
                int second = classes.Seen[b];
                int[] samples = [.. Enumerable.Range(0, weights.Length).Where(i => calibration.Classes[i] == first || calibration.Classes[i] == second)];
                machines.Add(new PairMachine(
                    samples,
                    [.. samples.Select(i => calibration.Classes[i] == first)],
                    [.. samples.Select(i => weights[i])],
                    [.. samples.Select(i => folds[i])]));
            }
        }

        return [.. machines];
    }

    private SupportVectorSetting Parameters(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out SupportVectorSetting parameters)
            ? parameters
            : throw new ArgumentException($"This support vector machine has no setting {setting.Name} = {setting.Value}.", nameof(setting));
}
