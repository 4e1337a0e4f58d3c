using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging.Permuted;

/// <summary>A family's cross-validation on shuffled responses: one setting for each shuffle, answered by the family's best.</summary>
/// <remarks>
/// <para>
/// As a family it is planned, cached, bounded and remembered like any other. A cell of shuffle b keeps what the setting of
/// lowest RMSECV under b errs, added to the true responses: so its RMSECV is read as any other row's is.
/// </para>
/// <para>
/// PLS on the full spectrum answers many shuffles as responses of one computation, in blocks of
/// <see cref="TogetherBytesMax"/>; all other families and subsets run once for each shuffle. Choices of variables see the
/// shuffled responses of calibration samples, as they would by chance. Immutable, safe for several threads.
/// </para>
/// </remarks>
internal sealed class NullFamily : ICandidateFamily
{
    /// <summary>The name of the setting.</summary>
    public const string SettingName = "permutation";

    private const int OwnVersion = 1;

    /// <summary>Predictions of shuffles that are answered together: those of every component count, twice.</summary>
    private const long TogetherBytesMax = 32L << 20;

    /// <summary>Seconds for each value of a fold's copy and of the choice among its variables, which a search makes once and a null for each shuffle.</summary>
    private const double SecondsPerChosenValue = 8e-9;

    /// <summary>How much longer many responses take than their operations at the rate of one: they wait for memory. Measured 645 × 700, 49 responses.</summary>
    private const double TogetherSlowness = 4;

    private readonly ICandidateFamily _inner;
    private readonly PermutedOrders _orders;

    /// <summary>Some shuffles of a family.</summary>
    /// <param name="inner">The family.</param>
    /// <param name="orders">The shuffles.</param>
    /// <param name="permutations">How many.</param>
    public NullFamily(ICandidateFamily inner, PermutedOrders orders, int permutations)
    {
        _inner = inner;
        _orders = orders;
        Settings = [.. Enumerable.Range(1, permutations).Select(b => new ModelSetting(SettingName, b))];
    }

    /// <summary>The family whose null this is.</summary>
    public ICandidateFamily Inner => _inner;

    /// <summary>The family with its grid, all of which one cell answers.</summary>
    public string Name => $"null of {_inner.Name} ({string.Join(", ", _inner.Settings.Select(_inner.Describe))})";

    /// <inheritdoc/>
    public int Version => (OwnVersion * 1000) + _inner.Version;

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> Settings { get; }

    /// <inheritdoc/>
    public string Describe(ModelSetting setting) => string.Create(CultureInfo.InvariantCulture, $"permutation {setting.Value}");

    /// <inheritdoc/>
    public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) =>
        _inner.SettingsFor(calibrationSamples, variables).IsEmpty ? [] : Settings;

    /// <summary>A null is never fitted on all samples.</summary>
    public IModel Model(ModelSetting setting) => throw new InvalidOperationException("A null has no model of its own.");

    /// <inheritdoc/>
    public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs)
    {
        Cost one = _inner.EstimateFit(calibrationSamples, heldOutSamples, variables, _inner.SettingsFor(calibrationSamples, variables), outputs);
        return one with { CpuSeconds = one.CpuSeconds * settings.Length };
    }

    /// <summary>Shuffles of PLS on the full spectrum together, all else one after the other; the larger of their bytes, and the cells of one.</summary>
    public Cost Estimate(SpectralAxis axis, Folds folds, ImmutableArray<ISubset> subsets, ImmutableArray<ModelSetting> settings, int outputs)
    {
        double seconds = 0;
        long bytes = 0;
        foreach (ISubset subset in subsets)
        {
            Cost one = Estimate(axis, folds, subset, settings.Length);
            seconds += one.CpuSeconds;
            bytes = Math.Max(bytes, one.PeakBytes);
        }

        return new Cost(seconds, bytes);
    }

    /// <inheritdoc/>
    public string? FormFor(Folds folds, int variables, int outputs, bool autoscales) => _inner.FormFor(folds, variables, outputs, autoscales);

    /// <summary>Whether a subset, which is answered alone for each shuffle, is answered from moments (<see cref="FoldLoop.IsFromMoments"/>).</summary>
    public bool IsFromMoments(Folds folds, int variables, ISubset subset, bool autoscales) =>
        FoldLoop.IsFromMoments(_inner, folds, variables, [subset], autoscales);

    /// <inheritdoc/>
    public void CrossValidate(
        FoldedSpectra data,
        ImmutableArray<ISubset> subsets,
        ImmutableArray<ModelSetting> settings,
        CellTable cells,
        CancellationToken cancellation)
    {
        int[] shuffles = [.. settings.Select(setting => (int)setting.Value)];
        for (int s = 0; s < subsets.Length; s++)
        {
            if (subsets[s] is FullSpectrum && _inner is PlsFamily && data.Shared is { } shared)
            {
                AnswerTogether(shared, s, shuffles, cells, cancellation);
            }
            else
            {
                for (int b = 0; b < shuffles.Length; b++)
                {
                    AnswerOne(data, subsets[s], s, b, shuffles[b], cells, cancellation);
                }
            }
        }
    }

    /// <summary>The plain way, which serves every family and subset and is the twin of the other.</summary>
    internal void AnswerOne(
        FoldedSpectra data, ISubset subset, int place, int b, int shuffle, CellTable cells, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Matrix y = data.Responses;
        double[] shuffled = Shuffled(y, shuffle);
        var answers = new CellTable(data.Folds, 1, _inner.Settings.Length);
        _inner.CrossValidate(data.With(new Matrix(y.Rows, 1, shuffled)), [subset], _inner.Settings, answers, cancellation);
        int best = Best(answers, shuffled, 0);
        Write(cells, cells.IndexOf(place, b), y, shuffled, answers, best, 0);
        if (best >= 0 && subset is not FullSpectrum)
        {
            int[] chosen = [.. answers.Selection(best)];
            cells.CountSelection(cells.IndexOf(place, b), chosen, data.Axis.Count);
            cells.SetSelection(cells.IndexOf(place, b), chosen);
        }
    }

    private void AnswerTogether(SharedSpectra shared, int place, int[] shuffles, CellTable cells, CancellationToken cancellation)
    {
        ImmutableArray<int> folds = [.. Enumerable.Range(0, shared.Folds.Count)];
        ImmutableArray<ModelSetting> settings = Answerable(shared.Folds, shared.X.Columns);
        foreach (int[] block in Blocks(shuffles, shared.X.Rows, settings.Length))
        {
            cancellation.ThrowIfCancellationRequested();
            double[][] shuffled = [.. block.Select(shuffle => Shuffled(shared.Y, shuffle))];
            var y = new Matrix(shared.Y.Rows, block.Length);
            for (int i = 0; i < y.Rows; i++)
            {
                for (int l = 0; l < block.Length; l++)
                {
                    y[i, l] = shuffled[l][i];
                }
            }

            var answers = new CellTable(shared.Folds, 1, settings.Length, outputCount: block.Length);
            var data = new SharedSpectra(shared.X, y, shared.Folds, shared.Autoscales, shared.Runner);
            _inner.PredictFolds(
                data, folds, settings, new FoldPredictions(answers, [.. Enumerable.Range(0, settings.Length)]), cancellation);
            for (int l = 0; l < block.Length; l++)
            {
                int b = Array.IndexOf(shuffles, block[l]);
                Write(cells, cells.IndexOf(place, b), shared.Y, shuffled[l], answers, Best(answers, shuffled[l], l), l);
            }
        }
    }

    private Cost Estimate(SpectralAxis axis, Folds folds, ISubset subset, int count)
    {
        if (subset is FullSpectrum && _inner is PlsFamily pls)
        {
            int components = Answerable(folds, axis.Count).Length;
            int[][] blocks = [.. Blocks([.. Enumerable.Range(0, count)], folds.SampleCount, components)];
            Cost block = pls.EstimateTogether(axis.Count, folds, blocks[0].Length);
            Cost alone = CrossValidationCost.Of(_inner, axis, folds, [subset], _inner.Settings, 1);
            return new Cost(
                TogetherSlowness * block.CpuSeconds * blocks.Length,
                Math.Max(block.PeakBytes, alone.PeakBytes) + CellTable.SizeBytes(folds.SampleCount, folds.Count, components, 0, 0, blocks[0].Length));
        }

        Cost one = InnerCost(axis, folds, subset);
        double choosing = subset is FullSpectrum ? 0 : SecondsPerChosenValue * (folds.Count + 1) * folds.SampleCount * axis.Count;
        return new Cost(
            (one.CpuSeconds + choosing) * count,
            one.PeakBytes + CellTable.SizeBytes(folds.SampleCount, folds.Count, _inner.Settings.Length, _inner.Settings.Length, axis.Count));
    }

    private ImmutableArray<ModelSetting> Answerable(Folds folds, int variables) =>
        [.. FoldLoop.Answerable(_inner, _inner.Settings, folds, variables).Select(j => _inner.Settings[j])];

    /// <summary>Shuffles that are answered together: of nearly equal number, as many as their predictions have room for.</summary>
    private static IEnumerable<int[]> Blocks(int[] shuffles, int samples, int settings)
    {
        long each = 2L * sizeof(double) * samples * (settings + 1);
        int most = (int)Math.Clamp(TogetherBytesMax / each, 1, shuffles.Length);
        int blocks = (shuffles.Length + most - 1) / most;
        return shuffles.Chunk((shuffles.Length + blocks - 1) / blocks);
    }

    private double[] Shuffled(Matrix y, int shuffle) => [.. _orders.Of(shuffle).Select(i => y[i, 0])];

    /// <summary>The setting of lowest squared error among those that answer every fold, the simplest of equal ones; -1 for none.</summary>
    private static int Best(CellTable answers, double[] shuffled, int column)
    {
        int best = -1;
        double least = double.PositiveInfinity;
        for (int candidate = 0; candidate < answers.CandidateCount; candidate++)
        {
            if (Enumerable.Range(0, answers.FoldCount).All(k => answers.IsComplete(candidate, k)) && answers.SelectionFailureOf(candidate) is null)
            {
                double squares = SquaredErrors(answers.Predictions(candidate), shuffled, column, answers.OutputCount);
                (best, least) = squares < least ? (candidate, squares) : (best, least);
            }
        }

        return best;
    }

    private static double SquaredErrors(ReadOnlySpan<double> yHat, double[] shuffled, int column, int columns)
    {
        double squares = 0;
        for (int i = 0; i < shuffled.Length; i++)
        {
            double error = yHat[(i * columns) + column] - shuffled[i];
            squares += error * error;
        }

        return squares;
    }

    /// <summary>Writes the cells of one shuffle: the true responses and what the best setting errs.</summary>
    private static void Write(CellTable cells, int candidate, Matrix y, double[] shuffled, CellTable answers, int best, int column)
    {
        for (int k = 0; k < cells.FoldCount; k++)
        {
            if (best < 0)
            {
                cells.Fail(candidate, k, "no setting answers every fold with shuffled responses");
                continue;
            }

            cells.Complete(candidate, k, Errors(k));
        }

        double[] Errors(int fold)
        {
            ReadOnlySpan<double> yHat = answers.Predictions(best);
            ReadOnlySpan<int> heldOut = answers.HeldOut(fold);
            double[] values = new double[heldOut.Length];
            for (int i = 0; i < values.Length; i++)
            {
                int sample = heldOut[i];
                values[i] = y[sample, 0] + (yHat[(sample * answers.OutputCount) + column] - shuffled[sample]);
            }

            return values;
        }
    }

    /// <summary>One search of the family, in whichever order its shape has.</summary>
    private Cost InnerCost(SpectralAxis axis, Folds folds, ISubset subset)
    {
        Cost plain = _inner.Estimate(axis, folds, [subset], _inner.Settings, 1);
        return _inner is IMomentsFamily lines && IsFromMoments(folds, axis.Count, subset, autoscales: false)
            ? CrossValidationCost.FromMoments(lines, plain, axis, folds, [subset], _inner.Settings, treats: true)
            : plain;
    }
}
