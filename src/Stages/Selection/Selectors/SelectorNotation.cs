using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Engine;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Selectors as people write them: a number, then words in any order, such as <c>ipls(20; backward; components 10; seed 42)</c>.</summary>
/// <remarks>What is as usual is left out of the notation, but for the number.</remarks>
internal static class SelectorNotation
{
    /// <summary>The most components that may be asked for.</summary>
    public const int ComponentsMax = 50;

    private const int UsualComponents = 10;
    private const ulong UsualSeed = 42;
    private const string Backward = "backward";
    private const string Components = "components";
    private const string Seed = "seed";

    /// <summary>Catalogue entries in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<ISubset>> Entries { get; } =
    [
        new(
            IntervalPls.Name,
            "ipls(20; backward; components 10; seed 42)",
            "Interval PLS: so many equal intervals, added one by one (or dropped, backward) while RMSECV in folds inside the calibration "
            + "samples improves; most components; seed of these folds. Without arguments 20 intervals, forward.",
            ReadIntervals),
        new(
            CompetitiveSampling.Name,
            "cars(50; components 10; seed 42)",
            "Competitive adaptive reweighted sampling: so many runs that keep fewer and fewer variables by the size of their PLS coefficients; "
            + "of the sets that they leave, the one of least inner RMSECV. Without arguments 50 runs.",
            ReadSampling),
        new(
            UninformativeElimination.Name,
            "uve(100; components 10; seed 42)",
            "Elimination of uninformative variables: those whose PLS coefficients are no steadier than the ones of variables of noise, over so "
            + "many fits that each leave a part of the samples out. Without arguments 100, which is each sample where there are no more.",
            ReadElimination),
        new(
            SuccessiveProjections.Name,
            "spa(30; seed 42)",
            "Successive projections: chains of variables that repeat each other least, from every start, with at most so many variables; the "
            + "one of least inner RMSECV by least squares. Without arguments 30 variables.",
            ReadProjections),
    ];

    /// <summary>The notation of a selector.</summary>
    public static string Format(string name, int number, bool isBackward, int components, ulong seed)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{name}({number}");
        if (isBackward)
        {
            text.Append("; ").Append(Backward);
        }

        if (components != UsualComponents)
        {
            text.Append(CultureInfo.InvariantCulture, $"; {Components} {components}");
        }

        if (seed != UsualSeed)
        {
            text.Append(CultureInfo.InvariantCulture, $"; {Seed} {seed}");
        }

        return text.Append(')').ToString();
    }

    /// <summary>The notation of a selector without components.</summary>
    public static string Format(string name, int number, ulong seed) => Format(name, number, isBackward: false, UsualComponents, seed);

    /// <summary>Refuses a number of components out of bounds.</summary>
    public static int CheckedComponents(int components) => Within("A selector", "components", components, 1, ComponentsMax);

    /// <summary>Refuses a number out of bounds.</summary>
    public static int Within(string who, string what, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new StageException(FailureKind.InvalidRequest, $"{who} takes {least} to {most} {what}, found {value}.");

    private static IntervalPls ReadIntervals(NotationTerm term)
    {
        Arguments read = Read(term, "the number of intervals", IntervalPls.UsualIntervals, [Backward, Components, Seed]);
        return new IntervalPls(read.Number, read.IsBackward, read.Components, read.Seed);
    }

    private static CompetitiveSampling ReadSampling(NotationTerm term)
    {
        Arguments read = Read(term, "the number of runs", CompetitiveSampling.UsualRuns, [Components, Seed]);
        return new CompetitiveSampling(read.Number, read.Components, read.Seed);
    }

    private static UninformativeElimination ReadElimination(NotationTerm term)
    {
        Arguments read = Read(term, "the number of parts that are left out", UninformativeElimination.UsualParts, [Components, Seed]);
        return new UninformativeElimination(read.Number, read.Components, read.Seed);
    }

    private static SuccessiveProjections ReadProjections(NotationTerm term)
    {
        Arguments read = Read(term, "the most variables", SuccessiveProjections.UsualCount, [Seed]);
        return new SuccessiveProjections(read.Number, read.Seed);
    }

    private static Arguments Read(NotationTerm term, string meaning, int usual, ImmutableArray<string> words)
    {
        var read = new Arguments(usual, false, UsualComponents, UsualSeed);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < term.Arguments.Length; i++)
        {
            string word = term.Arguments[i].Text.Split(' ')[0].ToLowerInvariant();
            word = words.Contains(word) ? word : "";
            if (!seen.Add(word))
            {
                throw term.Error(word.Length > 0
                    ? $"'{word}' is given twice"
                    : $"expected one number, {meaning}, and {string.Join(", ", words)}; found '{term.Arguments[i].Text}' beside it");
            }

            read = word switch
            {
                Backward => term.Arguments[i].Text.Length == Backward.Length
                    ? read with { IsBackward = true }
                    : throw term.Error($"expected {Backward} alone, found '{term.Arguments[i].Text}'"),
                Components => read with { Components = term.WholeNumber(i, "the most components", Components) },
                Seed => read with { Seed = term.Seed(i, Seed) },
                _ => read with { Number = term.WholeNumber(i, meaning) },
            };
        }

        return read;
    }

    private readonly record struct Arguments(int Number, bool IsBackward, int Components, ulong Seed);
}
