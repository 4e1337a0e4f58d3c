using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Identity;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.OnDisk;

/// <summary>What a search asks of spectra on the disk: moments of a chain, predictions of the best, and refits.</summary>
/// <remarks>
/// The spectra are read once for each chain and once more for the predictions; whatever else is asked follows from the
/// moments, which the cache keeps as long as it can. Safe for several threads.
/// </remarks>
internal sealed class DiskSearch
{
    private const int Version = 1;

    private readonly StudyPlan _plan;
    private readonly ArtifactCache _cache;
    private readonly PieceRunner _runner;

    /// <summary>A search of one plan.</summary>
    public DiskSearch(StudyPlan plan, ArtifactCache cache, PieceRunner runner)
    {
        _plan = plan;
        _cache = cache;
        _runner = runner;
    }

    /// <summary>The moments of a unit's chain; one pass where the cache does not hold them.</summary>
    public ValueTask<ArtifactLease<SharedMoments>> MomentsAsync(CalibrationUnit unit, CalibrationSet samples, CancellationToken cancellation)
    {
        Fingerprint key = new FingerprintBuilder("moments", Version)
            .Add("pretreated", unit.PretreatedKey)
            .Add("samples", _plan.Manifest.Key)
            .Add("folds", _plan.FoldsKey)
            .ToFingerprint();
        return _cache.GetOrComputeAsync(
            key,
            "moments",
            async stop => new SharedMoments(
                await MomentsPass.RunAsync(samples.OnDisk!, _plan.Manifest.Axis, unit.Chain, samples.Y, _plan.Folds, _runner, stop),
                unit.Chain.OutputAxis(_plan.Manifest.Axis)),
            cancellation);
    }

    /// <summary>Fills the cells of a unit from the moments of its chain.</summary>
    public CellTable CrossValidate(CalibrationUnit unit, SharedMoments moments, CancellationToken cancellation)
    {
        var cells = new CellTable(_plan.Folds, unit.Subsets.Length, unit.Settings.Length, keepsErrors: true);
        MomentsLoop.Run(
            (IMomentsFamily)unit.Family, moments.Folds, moments.Axis, _plan.Folds, unit.Subsets, unit.Settings, cells, _runner, cancellation);
        return cells;
    }

    /// <summary>Out-of-fold predictions of some candidates, in one pass.</summary>
    public async Task<double[][]> PredictAsync(IReadOnlyList<Candidate> candidates, CalibrationSet samples, CancellationToken cancellation)
    {
        var lines = new FoldLines[candidates.Count];
        for (int c = 0; c < lines.Length; c++)
        {
            using ArtifactLease<SharedMoments> moments = await MomentsAsync(UnitOf(candidates[c]), samples, cancellation);
            lines[c] = Lines(candidates[c], moments.Value);
        }

        return await PredictionPass.RunAsync(samples.OnDisk!, _plan.Manifest.Axis, _plan.Folds, lines, _runner, cancellation);
    }

    /// <summary>A candidate refitted on all samples.</summary>
    /// <exception cref="StageException">It cannot be fitted on all samples.</exception>
    public async Task<DiskRefit> RefitAsync(Candidate candidate, CalibrationSet samples, CancellationToken cancellation)
    {
        using ArtifactLease<SharedMoments> moments = await MomentsAsync(UnitOf(candidate), samples, cancellation);
        Moments whole = moments.Value.Whole().Columns(MomentsLoop.Variables(candidate.Subset, moments.Value.Axis));
        var fitted = FittedCandidate.Of(candidate, whole, _plan.Manifest.Axis);
        var line = (ILinearModel)fitted.Model;
        var calibration = RegressionMetrics.Of(
            ReferenceSpread.Of(samples.Y.Values), FoldErrors.Of(whole, line.Coefficients, line.Intercept));
        return new DiskRefit(fitted, ScoreModel.Of(whole), calibration);
    }

    private CalibrationUnit UnitOf(Candidate candidate) =>
        _plan.Units.Values.First(unit => unit.Candidates.Any(placed => placed.Candidate.Key == candidate.Key));

    private FoldLines Lines(Candidate candidate, SharedMoments moments)
    {
        int[] variables = MomentsLoop.Variables(candidate.Subset, moments.Axis);
        FoldMoments chosen = variables.Length == moments.Axis.Count ? moments.Folds : moments.Folds.Columns(variables);
        var lines = new FoldLines(candidate.Chain, new Matrix(chosen.Count, moments.Axis.Count), new double[chosen.Count]);
        ImmutableArray<ModelSetting> setting = [candidate.Setting];
        chosen.VisitCalibrations(FoldSplit.Each(_plan.Folds), _runner, (split, calibration) =>
        {
            LinearFits fits = ((IMomentsFamily)candidate.Family).FitMoments(calibration, setting);
            lines.Intercepts[split.HeldOut] = fits.Intercepts[0];
            for (int j = 0; j < variables.Length; j++)
            {
                lines.Coefficients[split.HeldOut, variables[j]] = fits.Coefficients[0, j];
            }
        });
        return lines;
    }
}

/// <summary>A candidate refitted from the moments of all samples, with what the model folder needs besides.</summary>
/// <param name="Fitted">The fitted candidate.</param>
/// <param name="Scores">The space in which new spectra are judged.</param>
/// <param name="Calibration">Metrics on the samples it was fitted on.</param>
public sealed record DiskRefit(FittedCandidate Fitted, ScoreModel Scores, RegressionMetrics Calibration);
