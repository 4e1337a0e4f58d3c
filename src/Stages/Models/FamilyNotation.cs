using System.Collections.Immutable;
using Pipeline.Stages.Models.Discriminant;
using Pipeline.Stages.Models.ElasticNet;
using Pipeline.Stages.Models.GaussianProcess;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Models.LeastSquares;
using Pipeline.Stages.Models.LocalPls;
using Pipeline.Stages.Models.Logistic;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.PlsDiscriminant;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Models.SupportVectors;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Models.Trees.Forest;

namespace Pipeline.Stages.Models;

/// <summary>Model families as people write them: a name and a grid, such as <c>pls(25)</c>.</summary>
internal static class FamilyNotation
{
    /// <summary>Catalogue entries in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<ICandidateFamily>> Entries { get; } =
    [
        new("pls", "pls(25)", "PLS regression with 1 to the given number of components; one fit answers all of them.", ReadPls),
        new(
            "localpls",
            "localpls(15; 100, 50)",
            "Local PLS: for each spectrum a PLS of the given numbers of calibration samples nearest to it, with 1 to the given number of components; "
            + "without numbers of neighbours the usual ones.",
            ReadLocalPls),
        new("pcr", "pcr(25)", "Regression on 1 to the given number of principal components of the spectra.", ReadPcr),
        new(
            "ridge",
            "ridge(1e-6, 1e-4)",
            "Ridge regression with the given penalties, relative to the variation of the spectra (or, after 'absolute', "
            + "as they stand); without arguments the usual ones.",
            ReadRidge),
        new(
            "lasso",
            "lasso(0.1, 0.01)",
            "Regression on few variables: penalties as fractions of the one that leaves no variable; without arguments the usual ones.",
            ReadLasso),
        new(
            "enet",
            "enet(mixing 0.5; 0.1, 0.01)",
            "Elastic net, between ridge and lasso: the share of the lasso's penalty, then fractions as for the lasso, or none for the usual ones.",
            ReadElasticNet),
        new(
            "ols",
            "ols",
            "Ordinary least squares on the variables that a subset chooses, such as the best pair.",
            ReadLeastSquares),
        new(
            "krr",
            "krr(1, 2, 4; 1e-3, 1e-5)",
            "Kernel ridge regression with a radial kernel: widths in median distances between samples; penalties. Without "
            + "arguments the usual ones.",
            ReadKernelRidge),
        new(
            "gp",
            "gp(1, 2, 4)",
            "Gaussian process with a radial kernel of the given widths, in median distances between samples; its noise is the most "
            + "likely one. Without arguments the usual widths.",
            ReadGaussianProcess),
        SupportVectorNotation.Regression,
        new(
            "plsda",
            "plsda(25)",
            "Classes by PLS on their indicators with 1 to the given number of components; plsda(25, balanced) lets every class count the same.",
            ReadPlsDiscriminant),
        new(
            "lda",
            "lda(0.1, 0.001)",
            "Classes by linear discriminants with shrinkages from 0 to 1 of the covariance within them; without numbers the usual ones; "
            + "lda(balanced) takes every class for as likely as the others.",
            term => ReadClassGrid(
                term,
                "a shrinkage",
                LinearDiscriminantFamily.DefaultGrid,
                (grid, balanced) => new LinearDiscriminantFamily(grid, balanced))),
        new(
            "qda",
            "qda(0.1, 0.001)",
            "Classes by quadratic discriminants, each with a covariance of its own that is shrunken as for lda; qda(balanced) as lda(balanced).",
            term => ReadClassGrid(
                term,
                "a shrinkage",
                QuadraticDiscriminantFamily.DefaultGrid,
                (grid, balanced) => new QuadraticDiscriminantFamily(grid, balanced))),
        new(
            "logistic",
            "logistic(1, 100, 10000)",
            "Classes by multinomial logistic regression with the given inverse penalties C, for spectra of total variance 1; without numbers "
            + "the usual ones; logistic(balanced) lets every class count the same.",
            term => ReadClassGrid(term, "an inverse penalty", LogisticFamily.DefaultGrid, (grid, balanced) => new LogisticFamily(grid, balanced))),
        SupportVectorNotation.Classes,
        ForestNotation.Entry(
            ForestKind.Random,
            ResponseKind.Number,
            "forest(50, 200; depth 15, none; features third; seed 42)",
            "Random forest: numbers of trees; depths; variables that a split looks at (sqrt, third or all); seed. One forest answers all "
            + "numbers and depths. Without arguments 200 trees of any depth, a third of the variables, seed 42."),
        ForestNotation.Entry(
            ForestKind.Extra,
            ResponseKind.Number,
            "extratrees(50, 200; depth 15, none; features third; seed 42)",
            "Extremely randomised trees: as forest, but each variable is tried at one random threshold and each tree learns from every sample."),
        ForestNotation.Entry(
            ForestKind.Random,
            ResponseKind.Class,
            "forestclass(50, 200; depth 15, none; features sqrt; seed 42)",
            "Random forest of classes: as forest, with the square root of the number of variables where nothing is said."),
        ForestNotation.Entry(
            ForestKind.Extra,
            ResponseKind.Class,
            "extratreesclass(50, 200; depth 15, none; features sqrt; seed 42)",
            "Extremely randomised trees of classes: as extratrees, with the square root of the number of variables where nothing is said."),
        new(
            "boost",
            "boost(50, 100, 200; rate 0.1; leaves 31; min 20; l2 0)",
            "Gradient boosting of trees: numbers of rounds, then the part of a correction that is made, leaves of a tree, fewest samples "
            + "of a leaf, penalty on leaf values; what is left out is as in the example.",
            term => BoostingNotation.Read(term, ResponseKind.Number)),
        new(
            "boostclass",
            "boostclass(50, 100, 200; rate 0.1; leaves 31; min 20; l2 0)",
            "Gradient boosting of trees for classes by log loss, with the arguments of boost.",
            term => BoostingNotation.Read(term, ResponseKind.Class)),
        new(
            "mlp",
            "mlp(64, 128x64; 1e-3, 1e-1; 1e-3)",
            "A network of one hidden layer or two on standardised spectra: nodes, penalties, learning rates. Words may follow: lbfgs for "
            + "that solver (no rates then), tanh or identity for relu, full for no early stopping, seed 42; original for spectra as measured.",
            term => NetworkNotation.ReadNetwork(term, ResponseKind.Number)),
        new(
            "mlpclass",
            "mlpclass(64, 128x64; 1e-3, 1e-1; 1e-3)",
            "A network for classes by log loss, with the arguments of mlp; balanced lets every class count the same.",
            term => NetworkNotation.ReadNetwork(term, ResponseKind.Class)),
        new(
            "neuralboosted",
            "neuralboosted(100; 0.1, 0.2; 3, 5; tanh)",
            "Small networks, each fitted to what those before it leave: most networks, rates, nodes, activations; huber judges rounds by that "
            + "loss, seed 42 sets the seed, original takes spectra as measured, starts from 0 and keeps every network.",
            term => NetworkNotation.ReadBoosted(term, ResponseKind.Number)),
        new(
            "neuralboostedclass",
            "neuralboostedclass(100; 0.1, 0.2; 3, 5; tanh)",
            "Small networks for classes, each fitted to what is left of the indicators, with an output for each class and the numbers of "
            + "neuralboosted; balanced lets every class count the same.",
            term => NetworkNotation.ReadBoosted(term, ResponseKind.Class)),
    ];

    private static PlsFamily ReadPls(NotationTerm term)
    {
        term.RequireArguments(1, 1);
        return new(term.WholeNumber(0, "the largest number of components"));
    }

    private static LocalPlsFamily ReadLocalPls(NotationTerm term)
    {
        term.RequireArguments(1, int.MaxValue);
        ImmutableArray<int> neighbours =
            [.. Enumerable.Range(1, term.Arguments.Length - 1).Select(index => term.WholeNumber(index, "a number of neighbours"))];
        return new(
            term.WholeNumber(0, "the largest number of components"), neighbours.IsEmpty ? LocalPlsFamily.DefaultNeighbours : neighbours);
    }

    private static PcrFamily ReadPcr(NotationTerm term)
    {
        term.RequireArguments(1, 1);
        return new(term.WholeNumber(0, "the largest number of components"));
    }

    private static RidgeFamily ReadRidge(NotationTerm term)
    {
        if (term.Arguments.IsEmpty)
        {
            return new(RidgeFamily.DefaultGrid, RidgeScale.Trace);
        }

        bool absolute = term.Arguments[0].Text.Equals("absolute", StringComparison.OrdinalIgnoreCase);
        int first = absolute ? 1 : 0;
        term.RequireArguments(first + 1, int.MaxValue);
        IEnumerable<double> penalties = Enumerable.Range(first, term.Arguments.Length - first)
            .Select(index => term.Number(index, "a penalty"));
        return new([.. penalties.OrderDescending()], absolute ? RidgeScale.Absolute : RidgeScale.Trace);
    }

    private static ElasticNetFamily ReadLasso(NotationTerm term) => new(1, ReadFractions(term, 0));

    private static ElasticNetFamily ReadElasticNet(NotationTerm term)
    {
        term.RequireArguments(1, int.MaxValue);
        return new(term.Number(0, "the share of the lasso's penalty, above 0 and at most 1", "mixing"), ReadFractions(term, 1));
    }

    private static ImmutableArray<double> ReadFractions(NotationTerm term, int first) =>
        term.Arguments.Length == first
            ? ElasticNetFamily.DefaultGrid
            : [.. Enumerable.Range(first, term.Arguments.Length - first)
                .Select(index => term.Number(index, "a penalty")).OrderDescending()];

    private static LeastSquaresFamily ReadLeastSquares(NotationTerm term)
    {
        term.RequireArguments(0, 0);
        return new();
    }

    private static KernelRidgeFamily ReadKernelRidge(NotationTerm term)
    {
        int semicolon = term.Inner.IndexOf(';', StringComparison.Ordinal);
        int widths = semicolon < 0 ? term.Arguments.Length : term.Inner[..semicolon].Count(mark => mark == ',') + 1;
        ImmutableArray<double> some = Numbers(term, 0, widths, "a width");
        ImmutableArray<double> penalties = Numbers(term, widths, term.Arguments.Length, "a penalty");
        return new(
            some.IsEmpty ? KernelRidgeFamily.DefaultWidths : some,
            penalties.IsEmpty ? KernelRidgeFamily.DefaultGrid : penalties);
    }

    private static GaussianProcessFamily ReadGaussianProcess(NotationTerm term)
    {
        ImmutableArray<double> widths = Numbers(term, 0, term.Arguments.Length, "a width");
        return new(widths.IsEmpty ? GaussianProcessFamily.DefaultWidths : widths);
    }

    private static PlsDiscriminantFamily ReadPlsDiscriminant(NotationTerm term)
    {
        (NotationTerm rest, bool isBalanced) = TakeBalanced(term);
        rest.RequireArguments(1, 1);
        return new(rest.WholeNumber(0, "the largest number of components"), isBalanced);
    }

    private static ICandidateFamily ReadClassGrid(
        NotationTerm term, string meaning, ImmutableArray<double> usual, Func<ImmutableArray<double>, bool, ICandidateFamily> make)
    {
        (NotationTerm rest, bool isBalanced) = TakeBalanced(term);
        ImmutableArray<double> grid = Numbers(rest, 0, rest.Arguments.Length, meaning);
        return make(grid.IsEmpty ? usual : grid, isBalanced);
    }

    /// <summary>A term without the word <c>balanced</c>, and whether it was there.</summary>
    private static (NotationTerm Remaining, bool IsBalanced) TakeBalanced(NotationTerm term)
    {
        ImmutableArray<NotationArgument> rest = term.Arguments.RemoveAll(argument => argument.Text.Equals("balanced", StringComparison.OrdinalIgnoreCase));
        return (term with { Arguments = rest }, rest.Length < term.Arguments.Length);
    }

    private static ImmutableArray<double> Numbers(NotationTerm term, int start, int end, string meaning) =>
        [.. Enumerable.Range(start, end - start).Select(index => term.Number(index, meaning))];
}
