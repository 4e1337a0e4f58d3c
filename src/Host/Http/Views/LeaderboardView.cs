using System.ComponentModel;
using System.Text.Json;

namespace Pipeline.Host.Http.Views;

/// <summary>The form of a study's <c>leaderboard.json</c>, which is sent as it lies on the disk.</summary>
internal sealed record LeaderboardView(
    [property: Description("The form's version: 1.")] int FormatVersion,
    [property: Description("The study.")] JsonElement Study,
    [property: Description("The calibration samples: key, response, counts, axis.")] JsonElement Samples,
    [property: Description("The folds: scheme and key.")] JsonElement Folds,
    [property: Description("The test samples and how they were chosen; null without them.")] JsonElement? TestSamples,
    [property: Description("What ranks: \"rmsecv\", \"composite\", or a metric of classes.")] string Metric,
    [property: Description("The greatest error within one standard error of the best: RMSECV; of classes the misclassification rate "
        + "(each class weighing the same where the balanced accuracy ranks) or the log loss.")] double? OneStandardErrorLimit,
    [property: Description("How far the search can be believed: the nested estimate, the permutation null, repeated folds, and what was "
        + "left out.")] JsonElement Judgement,
    [property: Description("The candidates one would use, refitted on all samples.")] IReadOnlyList<JsonElement> Chosen,
    [property: Description("What the plan has left out, and why.")] IReadOnlyList<string> Notes,
    [property: Description("All candidates, ranked ones first.")] IReadOnlyList<CandidateView> Candidates);

/// <summary>A row of the leaderboard.</summary>
internal sealed record CandidateView(
    [property: Description("From 1; null for a candidate that failed.")] int? Rank,
    [property: Description("64 digits, for 'pipeline explain'.")] string Key,
    [property: Description("The pretreatment, in notation.")] string Pretreatment,
    [property: Description("The choice of variables, in notation.")] string Subset,
    [property: Description("The variables as ranges with their unit.")] string Variables,
    [property: Description("How many there are.")] int? VariableCount,
    [property: Description("The ranges with the share of folds that chose them.")] IReadOnlyList<JsonElement> Ranges,
    [property: Description("The model's family.")] string Model,
    [property: Description("The model's setting: name, value, text.")] JsonElement Setting,
    [property: Description("RMSECV and the other metrics, or those of classes; null for a candidate that failed.")] JsonElement? CrossValidation,
    [property: Description("Over all divisions of the samples, where folds were repeated: number, mean and standard deviation of RMSECV or "
        + "of the metric that ranks; else null.")] JsonElement? Repeats,
    [property: Description("True within one standard error of the best.")] bool WithinOneSe,
    [property: Description("Why it failed, or null.")] string? Failure);
