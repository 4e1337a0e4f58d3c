using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Pipeline.Engine;
using Pipeline.Stages.Models.Networks.Boosted;

namespace Pipeline.Stages.Models.Networks;

/// <summary>Reads families of networks such as <c>neuralboosted(original; 100; 0.1, 0.2; 3, 5; tanh)</c>.</summary>
/// <remarks>Groups of numbers have fixed places; a group of words may stand anywhere.</remarks>
internal static class NetworkNotation
{
    private const int GridMax = 100;

    /// <summary>Reads boosted networks: numbers of networks; rates; nodes.</summary>
    public static NeuralBoostedFamily ReadBoosted(NotationTerm term, ResponseKind kind)
    {
        (List<(int Start, int End)> numbers, List<int> words) = Groups(term, 3);
        var common = new NeuralBoostedOptions();
        var activations = ImmutableArray.CreateBuilder<Activation>();
        foreach (int index in words)
        {
            string word = term.Arguments[index].Text.ToLowerInvariant();
            if (ActivationOf(word) is { } activation)
            {
                activations.Add(activation);
                continue;
            }

            bool isOfClasses = kind == ResponseKind.Class;
            common = word switch
            {
                "original" when !isOfClasses => common with { IsOriginal = true },
                "mse" when !isOfClasses => common with { UsesHuber = false },
                "huber" when !isOfClasses => common with { UsesHuber = true },
                "balanced" when isOfClasses => common with { IsBalanced = true },
                _ when word.StartsWith("seed ", StringComparison.Ordinal) => common with { Seed = Seed(term, index) },
                _ => throw Unknown(term, index, $"{(isOfClasses ? "balanced" : "original, mse, huber")}, tanh, identity, relu, seed 42"),
            };
        }

        return new NeuralBoostedFamily(
            kind,
            common,
            Numbers(term, numbers, 0, index => term.WholeNumber(index, "a number of networks"), [100]),
            Numbers(term, numbers, 1, index => term.Number(index, "a rate"), NeuralBoostedFamily.DefaultRates),
            Numbers(term, numbers, 2, index => term.WholeNumber(index, "a number of nodes"), NeuralBoostedFamily.DefaultHidden),
            activations.Count == 0 ? NeuralBoostedFamily.DefaultActivations : activations.ToImmutable());
    }

    /// <summary>Reads networks: layers; penalties; learning rates.</summary>
    public static NetworkFamily ReadNetwork(NotationTerm term, ResponseKind kind)
    {
        (List<(int Start, int End)> numbers, List<int> words) = Groups(term, 3);
        var common = new NetworkOptions();
        bool isOriginal = false;
        foreach (int index in words)
        {
            string word = term.Arguments[index].Text.ToLowerInvariant();
            if (ActivationOf(word) is { } activation)
            {
                common = common with { Activation = activation };
                continue;
            }

            common = word switch
            {
                "original" => common with { IsStandardised = false, StopsEarly = true },
                "adam" => common with { Solver = NetworkSolver.Adam },
                "lbfgs" => common with { Solver = NetworkSolver.Lbfgs },
                "early" => common with { StopsEarly = true },
                "full" => common with { StopsEarly = false },
                "balanced" when kind == ResponseKind.Class => common with { IsBalanced = true },
                _ when word.StartsWith("seed ", StringComparison.Ordinal) => common with { Seed = Seed(term, index) },
                _ => throw Unknown(
                    term, index, $"original, adam, lbfgs, early, full, {(kind == ResponseKind.Class ? "balanced, " : "")}relu, tanh, identity, seed 42"),
            };
            isOriginal |= word == "original";
        }

        if (common.Solver == NetworkSolver.Lbfgs && numbers.Count > 2)
        {
            throw term.Error("L-BFGS has no learning rate, found a third group of numbers; leave it out, or write adam");
        }

        return new NetworkFamily(
            kind,
            common,
            Numbers(term, numbers, 0, index => Layers(term, index), isOriginal ? [[64], [128, 64]] : [[64]]),
            Numbers(term, numbers, 1, index => term.Number(index, "a penalty"), isOriginal ? [1e-4, 1e-3] : [1e-3, 1e-1, 1]),
            Numbers(term, numbers, 2, index => term.Number(index, "a learning rate"), [1e-3, 1e-2]));
    }

    /// <summary>An activation as people write it.</summary>
    public static string Text(Activation activation) => activation.ToString().ToLowerInvariant();

    /// <summary>Refuses an empty list, a number twice, and numbers out of bounds.</summary>
    public static void RequireDistinct<T>(ImmutableArray<T> values, string who, string what, T least, T most)
        where T : INumber<T>
    {
        if (values.IsDefaultOrEmpty || values.Length > GridMax || values.Distinct().Count() != values.Length)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{who} take 1 to {GridMax} distinct {what}, found {(values.IsDefault ? 0 : values.Length)}, or one of them twice. Name each once.");
        }

        foreach (T value in values)
        {
            if (!(value >= least && value <= most))
            {
                throw new StageException(
                    FailureKind.InvalidRequest,
                    string.Create(CultureInfo.InvariantCulture, $"{who} take {what} from {least} to {most}, found {value}. Choose one between."));
            }
        }
    }

    /// <summary>Refuses a grid that is too large.</summary>
    public static void RequireSettings(long count, int most, string who)
    {
        if (count > most)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"{who} take at most {most} settings together, found {count}. Name fewer values.");
        }
    }

    /// <summary>The groups of numbers, and the words, by the index of their arguments.</summary>
    private static (List<(int Start, int End)> Numbers, List<int> Words) Groups(NotationTerm term, int numbersMax)
    {
        var numbers = new List<(int, int)>();
        var words = new List<int>();
        int start = 0;
        foreach (string group in term.Arguments.IsEmpty ? [] : term.Inner.Split(';'))
        {
            int end = start + group.Count(mark => mark == ',') + 1;
            if (term.Arguments[start].Text is { Length: > 0 } first && char.IsAsciiLetter(first[0]))
            {
                words.AddRange(Enumerable.Range(start, end - start));
            }
            else
            {
                numbers.Add((start, end));
            }

            start = end;
        }

        return numbers.Count <= numbersMax
            ? (numbers, words)
            : throw term.Error($"'{term.Name}' takes up to {numbersMax} groups of numbers between semicolons, found {numbers.Count}");
    }

    private static ImmutableArray<T> Numbers<T>(
        NotationTerm term, List<(int Start, int End)> groups, int group, Func<int, T> read, ImmutableArray<T> usual) =>
        group < groups.Count
            ? [.. Enumerable.Range(groups[group].Start, groups[group].End - groups[group].Start).Select(read)]
            : usual;

    private static ImmutableArray<int> Layers(NotationTerm term, int index)
    {
        var nodes = ImmutableArray.CreateBuilder<int>();
        foreach (string part in term.Arguments[index].Text.Split('x'))
        {
            nodes.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                ? count
                : throw term.Error($"expected the nodes of each layer such as 64 or 128x64, found '{term.Arguments[index].Text}'"));
        }

        return nodes.ToImmutable();
    }

    private static Activation? ActivationOf(string word) =>
        Enum.GetValues<Activation>().Cast<Activation?>().FirstOrDefault(one => Text(one!.Value) == word);

    private static uint Seed(NotationTerm term, int index)
    {
        ulong seed = term.Seed(index);
        return seed <= uint.MaxValue
            ? (uint)seed
            : throw term.Error($"the seed of a network is at most {uint.MaxValue}, found {seed}");
    }

    private static StageException Unknown(NotationTerm term, int index, string known) =>
        term.Error($"'{term.Arguments[index].Text}' is no word of '{term.Name}', known are {known}");
}
