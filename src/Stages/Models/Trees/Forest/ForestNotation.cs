namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>How forests are written: <c>forest(50, 200; depth 15, none; features third; seed 42)</c>.</summary>
/// <remarks>A word opens its list; numbers after it belong to it until the next word. Numbers before any word are trees.</remarks>
internal static class ForestNotation
{
    private const ulong DefaultSeed = 42;
    private const string Depth = "depth";
    private const string Features = "features";
    private const string Seed = "seed";
    private const string NoDepth = "none";

    /// <summary>A catalogue entry.</summary>
    public static CatalogEntry<ICandidateFamily> Entry(ForestKind kind, ResponseKind responds, string example, string description) =>
        new(ForestFamily.NameOf(kind, responds), example, description, term => Read(term, kind, responds));

    private static ForestFamily Read(NotationTerm term, ForestKind kind, ResponseKind responds)
    {
        var trees = new List<int>();
        var depths = new List<int>();
        VariableShare share = ForestFamily.DefaultShare(responds);
        ulong seed = DefaultSeed;
        string list = "";
        for (int i = 0; i < term.Arguments.Length; i++)
        {
            string word = term.Arguments[i].Text.Split(' ')[0].ToLowerInvariant();
            list = word is Depth or Features or Seed ? word : list;
            switch (list)
            {
                case Depth:
                    depths.Add(ReadDepth(term, i));
                    break;
                case Features:
                    share = ReadShare(term, i);
                    list = "features, of which there is one,";
                    break;
                case Seed:
                    seed = term.Seed(i, Seed);
                    list = "a seed, of which there is one,";
                    break;
                case "":
                    trees.Add(term.WholeNumber(i, "a number of trees"));
                    break;
                default:
                    throw term.Error($"expected nothing more after {list} found '{term.Arguments[i].Text}'");
            }
        }

        return new ForestFamily(
            kind,
            responds,
            trees.Count == 0 ? ForestFamily.DefaultTrees : [.. trees],
            depths.Count == 0 ? ForestFamily.DefaultDepths : [.. depths],
            share,
            seed);
    }

    private static int ReadDepth(NotationTerm term, int index)
    {
        string text = term.Arguments[index].Text;
        string value = text.StartsWith(Depth + " ", StringComparison.OrdinalIgnoreCase) ? text[(Depth.Length + 1)..].Trim() : text;
        return value.Equals(NoDepth, StringComparison.OrdinalIgnoreCase)
            ? ForestSettings.NoDepth
            : term.WholeNumber(index, "a depth, or none", Depth);
    }

    private static VariableShare ReadShare(NotationTerm term, int index)
    {
        string text = term.Arguments[index].Text;
        return text[Features.Length..].Trim().ToLowerInvariant() switch
        {
            "sqrt" => VariableShare.Root,
            "third" => VariableShare.Third,
            "all" => VariableShare.All,
            _ => throw term.Error($"expected features sqrt, features third or features all, found '{text}'"),
        };
    }
}
