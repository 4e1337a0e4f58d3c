using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Splitting;

/// <summary>Random folds of which each has its share of every class, or of every range of a response.</summary>
/// <remarks>
/// <c>stratified(10, seed 0)</c>. Distinct groups are sorted ordinally and shuffled with <see cref="Pcg64"/>, as
/// <see cref="RandomFolds"/> does it. Of classes, the groups of one class after the other are dealt to folds 0, 1, …, K - 1,
/// 0, … without starting anew: in every fold the numbers of a class's groups, and of all groups, differ by at most one.
/// A group of several classes counts for the one it has most of, of equals the first. Of a number, groups are ordered by
/// their mean, of equals as shuffled, and each K neighbours are dealt to the K folds in an order drawn anew: every fold has
/// one of each K-th of the range. Membership follows from ids, groups, responses and seed; the order of samples does not matter.
/// Kohavi (1995), IJCAI, 1137-1143.
/// </remarks>
public sealed class StratifiedFolds : ISeededFolds
{
    private readonly ImmutableArray<double> _strata;
    private readonly ImmutableArray<string> _classes;

    /// <summary>K folds of one seed, whose samples are not known yet.</summary>
    public StratifiedFolds(int count, ulong seed)
        : this(RandomFolds.AtLeastTwo(count), seed, [], [])
    {
    }

    private StratifiedFolds(int count, ulong seed, ImmutableArray<double> strata, ImmutableArray<string> classes)
    {
        Count = count;
        Seed = seed;
        _strata = strata;
        _classes = classes;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count { get; }

    /// <summary>The seed of the shuffle.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"stratified({Count}, seed {Seed})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <summary>The same scheme with what it balances.</summary>
    /// <param name="strata">The response of every sample, or the place of its class.</param>
    /// <param name="classes">The classes; empty for a response that is a number.</param>
    public StratifiedFolds With(ImmutableArray<double> strata, ImmutableArray<string> classes) => new(Count, Seed, strata, classes);

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new StratifiedFolds(RandomFolds.AtLeastTwo(count), unchecked(Seed + 1), _strata, _classes);

    /// <inheritdoc/>
    public ISplitter Reseeded(ulong seed) => new StratifiedFolds(Count, seed, _strata, _classes);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(groups.Count, _strata.Length);
        RandomFolds.RefuseFewer(groups.GroupCount, Count, Notation);
        int[] shuffled = [.. Enumerable.Range(0, groups.GroupCount)];
        var random = new Pcg64(Seed);
        random.Shuffle(shuffled.AsSpan());
        ILookup<int, double> members = groups.OfSample.Zip(_strata).ToLookup(pair => pair.First, pair => pair.Second);
        int[] foldOfGroup = _classes.IsEmpty ? ByNumber(shuffled, members, random) : ByClass(shuffled, members);
        return new Folds(groups.ToSamples(foldOfGroup), Count);
    }

    /// <summary>What to do about a class that is too small for the folds.</summary>
    internal static string Remedy(int count) => count >= 2
        ? $"Ask for at most {count} folds (\"folds\": \"stratified({count}, seed 0)\"), add samples of it, or leave it out."
        : "Add samples of it, or leave it out.";

    private int[] ByClass(int[] shuffled, ILookup<int, double> members)
    {
        int[] foldOfGroup = new int[shuffled.Length];
        ILookup<int, int> groupsOfClass = shuffled.ToLookup(group => Majority(members[group]));
        int dealt = 0;
        for (int c = 0; c < _classes.Length; c++)
        {
            int first = dealt;
            foreach (int group in groupsOfClass[c])
            {
                foldOfGroup[group] = dealt++ % Count;
            }

            if (dealt - first < Count)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Class '{_classes[c]}' has {dealt - first} samples or groups that are independent of each other, fewer than the {Count} folds of "
                    + $"{Notation}. {Remedy(dealt - first)}");
            }
        }

        return foldOfGroup;
    }

    private int[] ByNumber(int[] shuffled, ILookup<int, double> members, Pcg64 random)
    {
        int[] foldOfGroup = new int[shuffled.Length];

        // Sorted first, so that the mean of a group has the same bits for any order of its samples.
        int[] ordered = [.. shuffled.OrderBy(group => members[group].Order().Average())];
        int[] order = [.. Enumerable.Range(0, Count)];
        for (int i = 0; i < ordered.Length; i++)
        {
            if (i % Count == 0)
            {
                random.Shuffle(order.AsSpan());
            }

            foldOfGroup[ordered[i]] = order[i % Count];
        }

        return foldOfGroup;
    }

    private static int Majority(IEnumerable<double> classes) =>
        (int)classes.GroupBy(place => place).OrderByDescending(one => one.Count()).ThenBy(one => one.Key).First().Key;
}
