using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>The search of spectral_predict, for comparison: its grids, folds, subsets, averages and ranking.</summary>
/// <remarks>
/// <para>
/// Optimistic by construction: importance and regions are judged on all samples, those held out among them, before cross-validation
/// begins; figures are means over folds. Use it to see the earlier program's numbers again, not to judge a calibration.
/// </para>
/// <para>
/// Two waves of pieces for some pretreatments at once: fits on all samples, which give the importance of variables, then every subset's
/// folds. Each piece is a function of its spectra alone, so the numbers are the same for any number of threads. Derivatives are per
/// channel, as SciPy's with its default spacing. Memory: pretreated spectra of as many pretreatments as <see cref="BytesAtOnce"/> holds.
/// </para>
/// </remarks>
public sealed class OriginalSearch
{
    /// <summary>Bytes of pretreated spectra held at once, one pretreatment at least.</summary>
    public const long BytesAtOnce = 64L << 20;

    private readonly OriginalStudy _study;
    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly SpectralAxis _axis;
    private readonly OriginalFolds _folds;
    private readonly PieceRunner _runner;

    /// <summary>A search.</summary>
    /// <param name="study">What is tried.</param>
    /// <param name="x">n × p spectra in the order of the file.</param>
    /// <param name="y">n × 1 responses.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="runner">Who runs the pieces.</param>
    /// <exception cref="StageException">There are too few samples for the folds.</exception>
    public OriginalSearch(OriginalStudy study, Matrix x, Matrix y, SpectralAxis axis, PieceRunner runner)
    {
        if (x.Rows < study.FoldCount || study.FoldCount < 2)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"{study.FoldCount} folds need as many samples and at least 2 folds, found {x.Rows} samples. Ask for fewer folds.");
        }

        _study = study;
        (_x, _y, _axis, _runner) = (x, y, axis, runner);
        _folds = new OriginalFolds(x.Rows, study.FoldCount, study.Seed);
    }

    /// <summary>All rows, ranked.</summary>
    /// <param name="progress">Told the share of the work that is done, 0 to 1.</param>
    /// <param name="cancellation">Looked at before each piece.</param>
    public ImmutableArray<OriginalRow> Run(Action<double>? progress, CancellationToken cancellation)
    {
        int atOnce = (int)Math.Clamp(BytesAtOnce / Math.Max(1, _x.SizeBytes), 1, int.MaxValue);
        var rows = new List<OriginalRow>();
        OriginalConfiguration[][] batches = [.. _study.Configurations.Chunk(atOnce)];
        for (int b = 0; b < batches.Length; b++)
        {
            rows.AddRange(Run(batches[b], share => progress?.Invoke((b + share) / batches.Length), cancellation));
        }

        return OriginalRanking.Rank(rows, _study.Lambda);
    }

    private IEnumerable<OriginalRow> Run(OriginalConfiguration[] configurations, Action<double> progress, CancellationToken cancellation)
    {
        Matrix[] pretreated = [.. configurations.Select(one => Apply(one.Chain, _x))];
        double[][] correlations = [.. pretreated.Select(x => _study.Regions.IsEmpty ? [] : Correlation.AbsoluteMeans(x.View, _y.View))];
        var fulls = new List<WholeFit>();
        for (int c = 0; c < configurations.Length; c++)
        {
            foreach (ICandidateFamily family in _study.Families)
            {
                foreach (ImmutableArray<ModelSetting> group in OriginalModels.Groups(family, _x.Rows, _folds.Count, _x.Columns))
                {
                    fulls.Add(new WholeFit(configurations[c], pretreated[c], correlations[c], family, group));
                }
            }
        }

        All(
            [.. fulls.OrderByDescending(one => Cost(one.Family, one.Settings, _x.Columns))],
            FitWhole,
            share => progress(0.25 * share),
            cancellation);
        List<SubsetFit> subsets = [.. fulls.SelectMany(Subsets)];
        All(
            [.. subsets.OrderByDescending(one => Cost(one.Whole.Family, one.Settings, one.Variables.Length))],
            CrossValidate,
            share => progress(0.25 + (0.75 * share)),
            cancellation);
        return subsets.OrderBy(one => fulls.IndexOf(one.Whole)).ThenBy(one => one.SettingIndex).SelectMany(one => one.Rows);
    }

    /// <summary>Runs the longest pieces first, so that no thread is left with one of them at the end.</summary>
    private void All<T>(T[] pieces, Action<T> run, Action<double> progress, CancellationToken cancellation)
    {
        int done = 0;
        _runner(pieces.Length, piece =>
        {
            cancellation.ThrowIfCancellationRequested();
            run(pieces[piece]);
            progress(Interlocked.Increment(ref done) / (double)pieces.Length);
        });
    }

    private double Cost(ICandidateFamily family, ImmutableArray<ModelSetting> settings, int variables) =>
        family.EstimateFit(_folds.Calibration(0).Length, _folds.HeldOut(0).Length, variables, settings, 1).CpuSeconds;

    private void FitWhole(WholeFit whole) => whole.Importance = Importance(whole.Family, whole.Settings, whole.Pretreated);

    /// <summary>The importance of the variables to each setting fitted on all samples; null where a setting has no answer.</summary>
    private double[]?[] Importance(ICandidateFamily family, ImmutableArray<ModelSetting> settings, Matrix x)
    {
        var importance = new double[]?[settings.Length];

        // A fit that fails costs what depends on it and nothing else, as in the original.
        try
        {
            ISettingPath path = family.FitPath(x.View, _y.View, settings);
            for (int s = 0; s < settings.Length; s++)
            {
                importance[s] = path.FailureOf(s) is null ? OriginalModels.Importance(path, s, x.Columns) : null;
            }
        }
        catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
        {
            return importance;
        }

        return importance;
    }

    /// <summary>The subsets of a fit in the original's order: full, the most important variables, regions.</summary>
    private IEnumerable<SubsetFit> Subsets(WholeFit whole)
    {
        int p = _x.Columns;
        int[] all = [.. Enumerable.Range(0, p)];
        yield return new SubsetFit(whole, "full", all, whole.Settings, -1);
        for (int s = 0; s < whole.Settings.Length; s++)
        {
            if (whole.Importance[s] is not { } importance)
            {
                continue;
            }

            foreach (int count in _study.Counts.Where(count => count < p))
            {
                yield return new SubsetFit(
                    whole, FormattableString.Invariant($"top{count}"), OriginalModels.Largest(importance, count), [whole.Settings[s]], s);
            }
        }

        foreach (BestRegions regions in _study.Regions)
        {
            if (regions.TryChoose(whole.Correlations, _axis) is { } chosen)
            {
                yield return new SubsetFit(
                    whole, OriginalStudy.TagOf(regions, chosen.Starts), chosen.Variables, whole.Settings, whole.Settings.Length);
            }
        }
    }

    private void CrossValidate(SubsetFit subset)
    {
        WholeFit whole = subset.Whole;
        Matrix x = whole.Configuration.CutsFirst
            ? Apply(whole.Configuration.Chain, _x.SelectColumns(subset.Variables))
            : whole.Pretreated.SelectColumns(subset.Variables);
        ImmutableArray<ModelSetting> answered = whole.Family.SettingsFor(_x.Rows - _folds.HeldOut(0).Length, x.Columns);
        ImmutableArray<ModelSetting> settings = subset.Settings.RemoveAll(one => !answered.Contains(one));
        double[] errors = new double[settings.Length];
        double[] shares = new double[settings.Length];
        string?[] failures = new string?[settings.Length];
        for (int k = 0; k < _folds.Count && !settings.IsEmpty; k++)
        {
            Judge(whole.Family, settings, x, k, errors, shares, failures);
        }

        double[]?[] importance = subset.Tag == "full"
            ? [.. settings.Select(setting => whole.Importance[whole.Settings.IndexOf(setting)])]
            : Importance(whole.Family, settings, x);
        subset.Rows = [.. settings.Select((setting, s) => Row(subset, setting, importance[s], errors[s], shares[s], failures[s]))];
    }

    /// <summary>Adds one fold's share to the figures, or says why it has none.</summary>
    private void Judge(
        ICandidateFamily family, ImmutableArray<ModelSetting> settings, Matrix x, int fold, double[] errors, double[] shares, string?[] failures)
    {
        int[] heldOut = _folds.HeldOut(fold);
        double all = Squares(heldOut);
        if (all == 0)
        {
            Fail(Spreadless(heldOut));
            return;
        }

        Matrix yHat;

        // As above: a fold that cannot be fitted fails the rows that ask for it.
        try
        {
            yHat = Predict(family, settings, x, fold, failures);
        }
        catch (StageException failure) when (failure.Kind is FailureKind.InvalidData or FailureKind.Numerical)
        {
            Fail(failure.Message);
            return;
        }

        for (int s = 0; s < settings.Length; s++)
        {
            double left = 0;
            for (int i = 0; i < heldOut.Length; i++)
            {
                left += (yHat[i, s] - _y[heldOut[i], 0]) * (yHat[i, s] - _y[heldOut[i], 0]);
            }

            errors[s] += Math.Sqrt(left / heldOut.Length) / _folds.Count;
            shares[s] += (1 - (left / all)) / _folds.Count;
        }

        void Fail(string reason)
        {
            for (int s = 0; s < settings.Length; s++)
            {
                failures[s] ??= $"fold {fold + 1}: {reason}";
            }
        }
    }

    /// <summary>Predictions of a fold's held-out samples, samples × settings, by a fit on the others.</summary>
    private Matrix Predict(ICandidateFamily family, ImmutableArray<ModelSetting> settings, Matrix x, int fold, string?[] failures)
    {
        int[] calibration = _folds.Calibration(fold);
        int[] heldOut = _folds.HeldOut(fold);
        var yHat = new Matrix(heldOut.Length, settings.Length);
        ISettingPath path = family.FitPath(x.SelectRows(calibration).View, _y.SelectRows(calibration).View, settings);
        path.Predict(x.SelectRows(heldOut).View, yHat.Span);
        for (int s = 0; s < settings.Length; s++)
        {
            failures[s] ??= path.FailureOf(s) is { } reason ? $"fold {fold + 1}: {reason}" : null;
        }

        return yHat;
    }

    /// <summary>Squared deviations of the responses of some samples from their mean; exactly 0 where they are all the same.</summary>
    private double Squares(int[] samples)
    {
        if (samples.All(i => _y[i, 0] == _y[samples[0], 0]))
        {
            return 0;
        }

        double mean = samples.Average(i => _y[i, 0]);
        return samples.Sum(i => (_y[i, 0] - mean) * (_y[i, 0] - mean));
    }

    private string Spreadless(int[] heldOut) => string.Create(
        CultureInfo.InvariantCulture,
        $"its {heldOut.Length} held-out sample{(heldOut.Length == 1 ? " has" : "s all have")} the response {_y[heldOut[0], 0]:g6}, "
        + $"and R² needs responses that differ. Ask for fewer folds or another seed of them, or use the honest profile, which pools all folds.");

    private OriginalRow Row(
        SubsetFit subset, ModelSetting setting, double[]? importance, double error, double share, string? failure)
    {
        OriginalConfiguration configuration = subset.Whole.Configuration;
        bool isPls = OriginalModels.NameOf(subset.Whole.Family) == "PLS";
        int[] top = importance is null ? [] : OriginalModels.Largest(importance, 30);
        return new OriginalRow(
            OriginalModels.NameOf(subset.Whole.Family),
            subset.Whole.Family.Describe(setting),
            configuration.Name,
            configuration.Derivative?.Derivative,
            configuration.Derivative?.Window,
            configuration.Derivative?.Polynomial,
            isPls ? (int)setting.Value : null,
            subset.Tag,
            [.. subset.Variables],
            _x.Columns,
            [.. top.Select(j => subset.Variables[j])],
            failure is null ? error : double.NaN,
            failure is null ? share : double.NaN,
            failure ?? (double.IsFinite(error) && double.IsFinite(share) ? null : "the figures are no numbers"));
    }

    private static Matrix Apply(PretreatmentChain chain, Matrix x)
    {
        var channels = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => (double)j)], AxisUnit.Channel);
        var target = new Matrix(x.Rows, x.Columns);
        chain.Fit(x.View, new MatrixView(default, 0, 0, 0), channels).Apply(x.View, target.Span);
        return target;
    }

    /// <summary>Settings of a family fitted on all samples and variables of a pretreatment.</summary>
    private sealed record WholeFit(
        OriginalConfiguration Configuration, Matrix Pretreated, double[] Correlations, ICandidateFamily Family, ImmutableArray<ModelSetting> Settings)
    {
        public double[]?[] Importance { get; set; } = [];
    }

    /// <summary>Settings of such a fit on some variables.</summary>
    private sealed record SubsetFit(WholeFit Whole, string Tag, int[] Variables, ImmutableArray<ModelSetting> Settings, int SettingIndex)
    {
        public ImmutableArray<OriginalRow> Rows { get; set; } = [];
    }
}
