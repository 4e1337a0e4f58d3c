using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Calibration.Judging.Permuted;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.HoldOut;
using Pipeline.Stages.Splitting.Ordered;

namespace Pipeline.Stages.Calibration;

/// <summary>The methods that a study names, read through the catalogue.</summary>
/// <param name="Chains">Pretreatment chains.</param>
/// <param name="Families">Model families.</param>
/// <param name="Subsets">Choices of variables.</param>
/// <param name="Splitter">The fold scheme; one that is given by a column has its labels still to come.</param>
public sealed record StudyMethods(
    ImmutableArray<PretreatmentChain> Chains,
    ImmutableArray<ICandidateFamily> Families,
    ImmutableArray<ISubset> Subsets,
    ISplitter Splitter)
{
    /// <summary>How test samples are chosen; null where the study chooses none.</summary>
    public IHoldOut? HoldOut { get; init; }

    /// <summary>How many candidates keep their held-out predictions: as many as asked for, and never more than there can be.</summary>
    public int PredictionsKept { get; private init; }

    /// <summary>Whether folds go by the order of rows in a file, which a dataset of many files has not.</summary>
    public bool GoesByFileOrder => Splitter is IOrderedFolds { By: SamplePlaces.FileOrder };

    /// <summary>What numbers can be ranked by.</summary>
    private static readonly ImmutableArray<string> NumberMetrics = ["rmsecv", CompositeScore.MetricName];

    /// <summary>Reads the methods of a study.</summary>
    /// <exception cref="StageException">A text cannot be read, or a list is empty; the message names the field.</exception>
    public static StudyMethods Of(Study study)
    {
        if (study.Predictions is < 0 or > Study.PredictionsMax)
        {
            throw Refusal("predictions", $"found {study.Predictions}. Give 0 to {Study.PredictionsMax}.");
        }

        if (study.Profile is not (null or Study.HonestProfile or Study.SeedProfile))
        {
            throw Refusal("profile", $"found '{study.Profile}'. Give \"{Study.HonestProfile}\" or \"{Study.SeedProfile}\", or leave it out.");
        }

        RefuseUnknownTask(study);
        RefuseUnknownMetric(study.Metric);
        RefuseOutside("nested", study.Nested, Study.NestedMax, least: 2);
        RefuseOutside("permutations", study.Permutations, Study.PermutationsMax, NullPlanner.PermutationsMin);
        RefuseOutside("repeats", study.Repeats, Study.RepeatsMax, least: 1);
        RefuseOutside("bootstrap", study.Bootstrap, Study.BootstrapMax, least: 100);
        if (!(study.Lambda is >= 0 and <= CompositeScore.LambdaMax))
        {
            throw Refusal("lambda", string.Create(CultureInfo.InvariantCulture, $"found {study.Lambda}. Give 0 to {CompositeScore.LambdaMax}."));
        }

        var found = new StudyMethods(
            Read("pretreatments", study.Pretreatments, PretreatmentChain.Parse, chain => chain.Notation),
            Read("models", study.Models, Catalog.ParseFamily, family => family.Name),
            Read("subsets", study.Subsets, Catalog.ParseSubset, subset => subset.Notation),
            ReadOne("folds", study.Folds, Catalog.ParseSplitter))
        {
            HoldOut = study.Holdout is null ? null : ReadOne("holdout", study.Holdout, Catalog.ParseHoldOut),
        };
        long candidates = (long)found.Chains.Length * found.Subsets.Length * found.Families.Sum(family => (long)family.Settings.Length);
        return found with { PredictionsKept = (int)Math.Clamp(candidates, 1, Math.Max(1, study.Predictions)) };
    }

    /// <summary>Reads the methods of a study that runs through the flow, as those of the daemon do.</summary>
    /// <exception cref="StageException">As <see cref="Of"/>; also where the study asks for the seed profile.</exception>
    public static StudyMethods OfFlow(Study study) => study.IsOriginal
        ? throw Refusal("profile", "the seed profile is for comparison by hand and is run by 'pipeline search' alone. Leave it out here.")
        : Of(study);

    /// <summary>Refuses a task that is none.</summary>
    internal static void RefuseUnknownTask(Study study)
    {
        if (study.Task is not (null or Study.ClassesTask or Study.NumbersTask))
        {
            throw Refusal("task", $"found '{study.Task}'. Give \"{Study.ClassesTask}\" or \"{Study.NumbersTask}\", or leave it out.");
        }
    }

    /// <summary>Refuses models that predict something else than the study's response is.</summary>
    /// <param name="study">The study.</param>
    /// <param name="manifest">Its samples.</param>
    internal void RefuseOtherKinds(Study study, CalibrationManifest manifest)
    {
        ResponseKind asked = manifest.Classes.IsEmpty ? ResponseKind.Number : ResponseKind.Class;
        if (study.Metric is { } metric && NumberMetrics.Contains(metric) != (asked == ResponseKind.Number))
        {
            string kinds = asked == ResponseKind.Number
                ? $"which is a measure of classes, and response '{manifest.Response}' is a number. Leave it out, or give {string.Join(" or ", NumberMetrics)}."
                : $"which is a measure of numbers, and response '{manifest.Response}' has classes. Leave it out, or see the schema.";
            throw Refusal("metric", $"found '{metric}', {kinds}");
        }

        if (Families.FirstOrDefault(family => family.Responds != asked) is not { } wrong)
        {
            return;
        }

        string fitting = string.Join(", ", Catalog.FamiliesFor(asked).Select(entry => entry.Name));
        string found = asked == ResponseKind.Class
            ? $"'{wrong.Name}' predicts numbers, and response '{manifest.Response}' has {manifest.Classes.Length} classes. Models for classes: {fitting}."
            : $"'{wrong.Name}' predicts classes, and response '{manifest.Response}' is a number. Models for numbers: {fitting}; "
                + $"or say \"task\": \"{Study.ClassesTask}\" in the study if its values are classes.";
        throw Refusal("models", found);
    }

    private static void RefuseUnknownMetric(string? metric)
    {
        string[] names = [.. NumberMetrics, .. ClassMetrics.Names.Keys];
        if (metric is not null && !names.Contains(metric))
        {
            throw Refusal("metric", $"found '{metric}'.{Spelling.Suggest(metric, names)} Give one of {string.Join(", ", names)}, or leave it out.");
        }
    }

    private static void RefuseOutside(string field, int value, int most, int least)
    {
        if (value != 0 && (value < least || value > most))
        {
            throw Refusal(field, string.Create(CultureInfo.InvariantCulture, $"found {value}. Give {least} to {most}, or 0 for none."));
        }
    }

    private static ImmutableArray<T> Read<T>(string field, ImmutableArray<string> texts, Func<string, T> parse, Func<T, string> nameOf)
    {
        if (texts.IsDefaultOrEmpty)
        {
            throw Refusal(field, "found an empty list. Name at least one, or leave the field out for the default.");
        }

        ImmutableArray<T> methods = [.. texts.Select(text => ReadOne(field, text, parse))];
        if (methods.Select(nameOf).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice && field != "pretreatments")
        {
            throw Refusal(field, $"found '{twice.Key}' {twice.Count()} times. Name each once.");
        }

        return methods;
    }

    private static T ReadOne<T>(string field, string? text, Func<string, T> parse)
    {
        // The notation knows what is wrong in its text; only the name of the field is missing.
        try
        {
            return parse(text ?? "");
        }
        catch (StageException refused)
        {
            throw Refusal(field, refused.Message);
        }
    }

    private static StageException Refusal(string field, string message) =>
        new(FailureKind.InvalidRequest, $"Study field '{field}': {message}");
}
