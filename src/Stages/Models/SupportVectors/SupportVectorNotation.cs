using System.Collections.Immutable;
using Pipeline.Stages.Models.SupportVectors.Pairs;

namespace Pipeline.Stages.Models.SupportVectors;

/// <summary>How support vector machines are written: <c>svr(1, 10, 100; gamma 0.1, 1; epsilon 0.01)</c>, <c>svr(1, 10; linear)</c>.</summary>
/// <remarks>A word opens its list; numbers after it belong to it until the next word. Numbers before any word are values of C.</remarks>
internal static class SupportVectorNotation
{
    private const string Gamma = "gamma";
    private const string Epsilon = "epsilon";
    private const string Linear = "linear";
    private const string Balanced = "balanced";

    /// <summary>Regression.</summary>
    public static CatalogEntry<ICandidateFamily> Regression { get; } = new(
        "svr",
        "svr(1, 10, 100; gamma 0.1, 1; epsilon 0.1, 0.01)",
        "Support vector regression: values of C; of gamma for spectra of total variance 1, or the word linear; half widths of the tube in "
        + "deviations of the response. Without arguments the usual ones.",
        term =>
        {
            Lists lists = Read(term, Gamma, Epsilon, Linear);
            return new SupportVectorRegressionFamily(
                lists.Kernels, lists.Penalties, lists.Epsilons.Count == 0 ? SupportVectorGrid.DefaultEpsilons : [.. lists.Epsilons]);
        });

    /// <summary>Classes.</summary>
    public static CatalogEntry<ICandidateFamily> Classes { get; } = new(
        "svm",
        "svm(1, 10, 100; gamma 0.1, 1)",
        "Classes by support vector machines, one for each pair of classes: values of C, then of gamma or the word linear, as for svr; "
        + "svm(balanced) lets every class count the same.",
        term =>
        {
            Lists lists = Read(term, Gamma, Linear, Balanced);
            return new SupportVectorClassFamily(lists.Kernels, lists.Penalties, lists.IsBalanced);
        });

    private static Lists Read(NotationTerm term, params ReadOnlySpan<string> words)
    {
        var lists = new Lists();
        string list = "";
        for (int i = 0; i < term.Arguments.Length; i++)
        {
            string word = term.Arguments[i].Text.Split(' ')[0].ToLowerInvariant();
            list = words.Contains(word) ? word : list;
            switch (list)
            {
                case "":
                    lists.Values.Add(term.Number(i, "a value of C"));
                    break;
                case Gamma:
                    double gamma = term.Number(i, "a value of gamma", Gamma);
                    lists.Gammas.Add(gamma > 0 ? gamma : throw term.Error($"expected gamma above 0, found '{term.Arguments[i].Text}'"));
                    break;
                case Epsilon:
                    lists.Epsilons.Add(term.Number(i, "half the width of the tube", Epsilon));
                    break;
                default:
                    RequireWord(term, i, word);
                    lists.IsLinear |= word == Linear;
                    lists.IsBalanced |= word == Balanced;
                    break;
            }
        }

        return lists.IsLinear && lists.Gammas.Count > 0 ? throw term.Error("a linear kernel has no gamma") : lists;
    }

    private static void RequireWord(NotationTerm term, int index, string word)
    {
        if (!term.Arguments[index].Text.Equals(word, StringComparison.OrdinalIgnoreCase) || word is not (Linear or Balanced))
        {
            throw term.Error($"expected the words linear or balanced alone, found '{term.Arguments[index].Text}'");
        }
    }

    private sealed class Lists
    {
        public List<double> Values { get; } = [];

        public List<double> Gammas { get; } = [];

        public List<double> Epsilons { get; } = [];

        public bool IsLinear { get; set; }

        public bool IsBalanced { get; set; }

        public ImmutableArray<SupportVectorKernel> Kernels => IsLinear
            ? [SupportVectorKernel.Line]
            : [.. (Gammas.Count == 0 ? SupportVectorGrid.DefaultGammas : [.. Gammas]).Select(gamma => new SupportVectorKernel(gamma))];

        public ImmutableArray<double> Penalties => Values.Count > 0
            ? [.. Values]
            : IsLinear ? SupportVectorGrid.DefaultPenaltiesOfLines : SupportVectorGrid.DefaultPenalties;
    }
}
