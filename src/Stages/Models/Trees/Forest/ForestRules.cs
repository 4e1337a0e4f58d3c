namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>How the trees of a forest are grown, apart from their number and depth.</summary>
/// <param name="Responds">What is predicted; of two classes one indicator says all.</param>
/// <param name="DrawsCuts">Whether a variable is tried at one random threshold (extremely randomised trees) and not at all of them.</param>
/// <param name="Share">How many variables a split looks at.</param>
/// <param name="Seed">Of all random draws.</param>
internal sealed record ForestRules(ResponseKind Responds, bool DrawsCuts, VariableShare Share, ulong Seed)
{
    /// <summary>The step of SplitMix64.</summary>
    public const ulong MixStep = 0x9E3779B97F4A7C15;

    /// <summary>Variables that a split looks at, of p.</summary>
    public int VariablesPerSplit(int p) => Share switch
    {
        VariableShare.Root => Math.Max(1, (int)Math.Sqrt(p)),
        VariableShare.Third => Math.Max(1, p / 3),
        _ => p,
    };

    /// <summary>Columns of y that gains are summed over.</summary>
    public int ColumnsSearched(int q) => Responds == ResponseKind.Class && q == 2 ? 1 : q;

    /// <summary>The seed of one tree.</summary>
    public ulong SeedOf(int tree) => Mix(Mix(Seed) ^ (ulong)tree);

    /// <summary>The seed of a node's child: what a node draws depends on its place in the tree and not on when it is grown.</summary>
    public static ulong SeedOfChild(ulong seed, bool left) => Mix(seed ^ (left ? 0x6A09E667F3BCC909UL : 0xBB67AE8584CAA73BUL));

    /// <summary>A number that orders variables at random, different in each node.</summary>
    public static ulong Rank(ulong seed, int variable) => Mix(seed ^ ((ulong)variable << 32));

    /// <summary>The finaliser of SplitMix64 after one step.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            ulong z = value + MixStep;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
