using System.Runtime.InteropServices;
using Pipeline.Engine;
using Pipeline.Host.Runs;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Splitting;

namespace Pipeline.Host.Results.Report;

/// <summary>What the sections of a report draw: a result, and of its samples as many as can be looked at.</summary>
/// <remarks>
/// Follows from samples and study alone. Of many samples those are drawn that lie evenly over the response, and in plots of
/// points the farthest too. Where spectra stay on the disk, only those that are drawn are read.
/// </remarks>
internal sealed class ReportFacts
{
    /// <summary>Points of one kind in a plot.</summary>
    public const int PointsMax = 1000;

    /// <summary>Spectra in a plot.</summary>
    public const int SpectraMax = 150;

    /// <summary>Values of spectra that are fetched for a plot.</summary>
    private const int ValuesMax = 4 << 20;

    private ReportFacts(RunResult result)
    {
        Result = result;
        Chosen = result.Chosen.FirstOrDefault(one => one.Row.Rank == 1);
        Fitted = Chosen?.Refit?.Fitted ?? Chosen?.OnDisk?.Fitted;
        Scores = Chosen?.Refit?.Scores ?? Chosen?.OnDisk?.Scores;
        HeldOut = Board.Predictions is [{ IsDefault: false } first, ..] && first.Length == Samples.SampleCount * Samples.OutputCount
            ? ImmutableCollectionsMarshal.AsArray(first)
            : null;
        Values = IsOfClasses ? [.. Samples.Strata] : Set.Y.Values.ToArray();
    }

    /// <summary>The result.</summary>
    public RunResult Result { get; }

    /// <summary>The ranking.</summary>
    public Leaderboard Board => Result.Leaderboard;

    /// <summary>The samples with their numbers.</summary>
    public CalibrationSet Set => Result.Prepared.Bound.Set;

    /// <summary>Who the samples are.</summary>
    public CalibrationManifest Samples => Set.Manifest;

    /// <summary>Whether the response is a class.</summary>
    public bool IsOfClasses => Board.Metric is not null;

    /// <summary>The best candidate; null where all failed.</summary>
    public LeaderboardRow? Winner => Board.Winner;

    /// <summary>The best candidate refitted on all samples; null where all failed.</summary>
    public ChosenCandidate? Chosen { get; }

    /// <summary>The same as fitted; null where the refit failed.</summary>
    public FittedCandidate? Fitted { get; }

    /// <summary>The space of its spectra; null where the refit failed.</summary>
    public ScoreModel? Scores { get; }

    /// <summary>Its out-of-fold predictions, q for each sample, which nobody may change; null where they were not kept.</summary>
    public double[]? HeldOut { get; }

    /// <summary>The response of each sample; of a class its place.</summary>
    public double[] Values { get; }

    /// <summary>Samples that are held out in some fold: all, but for the first block of time-ordered folds.</summary>
    public int HeldOutCount => Folds.OfHeldOut<double>(Values).Length;

    /// <summary>The samples of the plots of predictions, ascending.</summary>
    public int[] Points { get; private set; } = [];

    /// <summary>What the refitted candidate predicts for <see cref="Points"/>; empty where it is not known.</summary>
    public double[] Calibrated { get; private set; } = [];

    /// <summary>The samples of the plot of influence, ascending.</summary>
    public int[] InfluencePoints { get; private set; } = [];

    /// <summary>How far these lie in the space of the spectra; empty where it is not known.</summary>
    public ScoreDistance[] Distances { get; private set; } = [];

    /// <summary>The samples whose spectra are drawn, ascending.</summary>
    public int[] Drawn { get; private set; } = [];

    /// <summary>Their spectra as measured; null where the disk refuses.</summary>
    public Matrix? Raw { get; private set; }

    /// <summary>The same as the winner's chain leaves them; null without refit.</summary>
    public PretreatedExcerpt? Pretreated { get; private set; }

    /// <summary>What the winner sees of the spectrum; null without refit.</summary>
    public SeenVariables? Variables { get; private set; }

    /// <summary>Why spectra could not be fetched from the disk; null where they could.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The facts of a result.</summary>
    public static ReportFacts Of(RunResult result)
    {
        var facts = new ReportFacts(result);

        // Results are complete without spectra to look at; the reason takes their place.
        try
        {
            facts.Draw();
        }
        catch (StageException refused)
        {
            facts.Refusal = refused.Message;
        }

        return facts;
    }

    /// <summary>The residual of a sample that its own fold has not seen: predicted less reference.</summary>
    public double Residual(int sample) => HeldOut![sample] - Values[sample];

    private Folds Folds => Result.Prepared.Plan.Folds;

    private int[] HeldOutPoints(int max)
    {
        int[] heldOut = Folds.OfHeldOut<int>([.. Enumerable.Range(0, Values.Length)]).ToArray();
        return [.. EvenChoice.Over(Folds.OfHeldOut<double>(Values), max, Folds.OfHeldOut<double>(Weights())).Select(k => heldOut[k])];
    }

    private void Draw()
    {
        int p = Samples.Axis.Count;
        Points = HeldOutPoints(PointsMax);
        Drawn = EvenChoice.Over(Values, Math.Clamp(ValuesMax / p, 2, SpectraMax));
        if (Fitted is { } fitted && Winner is { } winner)
        {
            Variables = SeenVariables.Of(winner.Candidate, fitted, Samples.Axis);
        }

        Raw = PretreatedExcerpt.Rows(Set, Drawn);
        if (Fitted is null)
        {
            return;
        }

        Pretreated = PretreatedExcerpt.Of(Winner!.Candidate, Fitted, Samples.Axis, Raw);
        if (Chosen!.Refit is { } refit)
        {
            int q = Samples.OutputCount;
            Calibrated = [.. Points.SelectMany(i => refit.Predictions.Skip(i * q).Take(q))];
            double[] far = [.. refit.Distances.Select(one => Farness(one, refit.Scores.Limits))];
            InfluencePoints = EvenChoice.Over(far, PointsMax, far);
            Distances = [.. InfluencePoints.Select(i => refit.Distances[i])];
        }
        else
        {
            // Fewer where spectra are so long that as many would not fit.
            Points = HeldOutPoints(Math.Clamp(ValuesMax / p, 2, PointsMax));
            Matrix some = PretreatedExcerpt.Rows(Set, Points);
            Calibrated = Fitted.Predict(some.View);
            InfluencePoints = Points;
            Distances = Scores!.Distances(Fitted.Pretreat(some.View).View);
        }
    }

    /// <summary>How far a spectrum is in parts of its limits: 1 at the first limit that it reaches.</summary>
    public static double Farness(ScoreDistance distance, ScoreLimits limits) => Math.Max(distance.T2 / limits.T2Reject, distance.Q / limits.QReject);

    private double[] Weights() => HeldOut is null || IsOfClasses ? [] : [.. Enumerable.Range(0, Values.Length).Select(i => Math.Abs(Residual(i)))];
}
