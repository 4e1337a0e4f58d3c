using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Selection.Selectors;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Splitting.HoldOut;
using Pipeline.Stages.Splitting.Ordered;

namespace Pipeline.Stages;

/// <summary>Every method by its short name, in the notation that studies, results and help texts share.</summary>
public static class Catalog
{
    /// <summary>Pretreatments in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<IPretreatment>> Pretreatments { get; } = PretreatmentNotation.Entries;

    /// <summary>Model families with their grids.</summary>
    public static ImmutableArray<CatalogEntry<ICandidateFamily>> Families { get; } = FamilyNotation.Entries;

    /// <summary>Fold schemes.</summary>
    public static ImmutableArray<CatalogEntry<ISplitter>> Splitters { get; } =
    [
        new(
            "random",
            "random(10, seed 0)",
            "Groups of samples shuffled by a seed and dealt evenly into folds.",
            term => ReadFolds(term, (count, seed) => new RandomFolds(count, seed))),
        new(
            "hash",
            "hash(10, seed 0)",
            "Each group's fold follows from its name alone, so old samples stay where they are when new ones come.",
            term => ReadFolds(term, (count, seed) => new HashFolds(count, seed))),
        new(
            "stratified",
            "stratified(10, seed 0)",
            "As random, but each fold has its share of every class, or of every range of the response.",
            term => ReadFolds(term, (count, seed) => new StratifiedFolds(count, seed))),
        .. OrderNotation.Entries,
        new("loo", "loo", "Leave-one-out: every sample, or group of samples, is held out alone.", term => NoArguments(term, new LeaveOneOut())),
        new("given", "given(fold)", "The folds that a column names.", term => new GivenFolds(term.Inner.Trim(), [])),
    ];

    /// <summary>Choices of test samples.</summary>
    public static ImmutableArray<CatalogEntry<IHoldOut>> HoldOuts => HoldOutNotation.Entries;

    /// <summary>Choices of variables.</summary>
    public static ImmutableArray<CatalogEntry<ISubset>> Subsets { get; } =
    [
        new("full", "full", "All variables.", term => NoArguments(term, new FullSpectrum())),
        new("top", "top(50)", "The variables that matter most to the model.", ReadTop),
        new(
            "region",
            "region(50,25;2)",
            "One window of the axis: its width, the step between windows, and its rank by correlation with the response.",
            term => ReadRegions(term, combined: false)),
        new(
            "regions",
            "regions(50,25;3)",
            "The best windows together: width, step, and how many.",
            term => ReadRegions(term, combined: true)),
        new(
            "pairs",
            "pairs(1)",
            "The pair of variables that explains the response best by least squares, of all pairs there are; its rank.",
            ReadPair),
        .. SelectorNotation.Entries,
        new("ranges", "ranges(1900-1950, 2080-2130 nm)", "The ranges of the axis that are named.", ReadRanges),
    ];

    /// <summary>The families that predict numbers, or classes.</summary>
    public static IEnumerable<CatalogEntry<ICandidateFamily>> FamiliesFor(ResponseKind kind) =>
        Families.Where(entry => ParseFamily(entry.Example).Responds == kind);

    /// <summary>Makes the specification that a term names.</summary>
    /// <param name="entries">The methods to choose from.</param>
    /// <param name="term">What was written.</param>
    /// <param name="what">What these methods are called, for messages.</param>
    public static T Read<T>(ImmutableArray<CatalogEntry<T>> entries, NotationTerm term, string what)
    {
        CatalogEntry<T>? entry = entries.FirstOrDefault(entry => entry.Name == term.Name);
        if (entry is not null)
        {
            return ReadArguments(entry, term with { Example = entry.Example });
        }

        CatalogEntry<T> nearest = entries.MinBy(entry => Spelling.Distance(entry.Name, term.Name))!;
        string known = string.Join(", ", entries.Select(entry => entry.Name));
        throw (term with { Example = nearest.Example }).Error(
            $"no {what} is called '{term.Name}', the nearest name is '{nearest.Name}', known are {known}");
    }

    /// <summary>Reads a family such as <c>pls(25)</c>.</summary>
    public static ICandidateFamily ParseFamily(string text) =>
        Read(Families, NotationTerm.ParseOne(text, "a model", Families[0].Example), "model");

    /// <summary>Reads a fold scheme such as <c>random(10, seed 0)</c>.</summary>
    public static ISplitter ParseSplitter(string text) =>
        Read(Splitters, NotationTerm.ParseOne(text, "a fold scheme", Splitters[0].Example), "fold scheme");

    /// <summary>Reads a choice of test samples such as <c>kennard-stone(25 %)</c>.</summary>
    public static IHoldOut ParseHoldOut(string text) =>
        Read(HoldOuts, NotationTerm.ParseOne(text, "a choice of test samples", HoldOuts[0].Example), "choice of test samples");

    /// <summary>Reads a choice of variables such as <c>top(50)</c>.</summary>
    public static ISubset ParseSubset(string text) =>
        Read(Subsets, NotationTerm.ParseOne(text, "a choice of variables", Subsets[1].Example), "choice of variables");

    private static T ReadArguments<T>(CatalogEntry<T> entry, NotationTerm term)
    {
        try
        {
            return entry.Read(term);
        }
        catch (StageException refused) when (!refused.Message.StartsWith($"'{term.Source}'", StringComparison.Ordinal))
        {
            // A specification refused its parameters and says why; only the place in the text is missing.
            throw new StageException(
                FailureKind.InvalidRequest, $"'{term.Source}', character {term.Position}: {refused.Message}", refused);
        }
    }

    private static T NoArguments<T>(NotationTerm term, T specification)
    {
        term.RequireArguments(0, 0);
        return specification;
    }

    private static ISplitter ReadFolds(NotationTerm term, Func<int, ulong, ISplitter> make)
    {
        term.RequireArguments(1, 2);
        return make(term.WholeNumber(0, "the number of folds"), term.Arguments.Length > 1 ? term.Seed(1) : 0);
    }

    private static TopVariables ReadTop(NotationTerm term)
    {
        term.RequireArguments(1, 1);
        return new(term.WholeNumber(0, "the number of variables"));
    }

    private static BestRegions ReadRegions(NotationTerm term, bool combined)
    {
        term.RequireArguments(3, 3);
        return new(
            term.Number(0, "the width of a window"),
            term.Number(1, "the step between windows"),
            term.WholeNumber(2, combined ? "the number of windows" : "the rank of the window"),
            combined);
    }

    private static BestPair ReadPair(NotationTerm term)
    {
        term.RequireArguments(0, 1);
        return new(term.Arguments.IsEmpty ? 1 : term.WholeNumber(0, "the rank of the pair"));
    }

    private static FixedRanges ReadRanges(NotationTerm term) => FixedRanges.Parse(term.Inner);
}
