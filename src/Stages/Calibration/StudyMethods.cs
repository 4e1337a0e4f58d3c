using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;

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
    /// <summary>Reads the methods of a study.</summary>
    /// <exception cref="StageException">A text cannot be read, or a list is empty; the message names the field.</exception>
    public static StudyMethods Of(Study study)
    {
        if (study.Predictions is < 0 or > Study.PredictionsMax)
        {
            throw Refusal("predictions", $"found {study.Predictions}. Give 0 to {Study.PredictionsMax}.");
        }

        return new StudyMethods(
            Read("pretreatments", study.Pretreatments, PretreatmentChain.Parse, chain => chain.Notation),
            Read("models", study.Models, Catalog.ParseFamily, family => family.Name),
            Read("subsets", study.Subsets, Catalog.ParseSubset, subset => subset.Notation),
            ReadOne("folds", study.Folds, Catalog.ParseSplitter));
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
