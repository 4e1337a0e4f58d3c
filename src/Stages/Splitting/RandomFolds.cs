using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Splitting;

/// <summary>Random folds: groups shuffled by a seed and dealt like cards.</summary>
/// <remarks>
/// <c>random(10, seed 0)</c>. Distinct groups are sorted ordinally, shuffled with <see cref="Pcg64"/>, and the i-th of
/// them goes to fold i mod K; so numbers of groups per fold differ by at most one, and membership depends on
/// the set of groups and the seed only. A new sample may move old ones; <see cref="HashFolds"/> does not move any.
/// </remarks>
public sealed record RandomFolds : ISeededFolds
{
    /// <summary>K folds of one seed.</summary>
    public RandomFolds(int count, ulong seed)
    {
        Count = AtLeastTwo(count);
        Seed = seed;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count { get; }

    /// <summary>The seed of the shuffle.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"random({Count}, seed {Seed})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new RandomFolds(count, unchecked(Seed + 1));

    /// <inheritdoc/>
    public ISplitter Reseeded(ulong seed) => new RandomFolds(Count, seed);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        RefuseFewer(groups.GroupCount, Count, Notation);
        int[] shuffled = [.. Enumerable.Range(0, groups.GroupCount)];
        new Pcg64(Seed).Shuffle(shuffled.AsSpan());
        int[] foldOfGroup = new int[shuffled.Length];
        for (int i = 0; i < shuffled.Length; i++)
        {
            foldOfGroup[shuffled[i]] = i % Count;
        }

        return new Folds(groups.ToSamples(foldOfGroup), Count);
    }

    /// <summary>Refuses fewer than two folds.</summary>
    internal static int AtLeastTwo(int count) => count >= 2
        ? count
        : throw new StageException(
            FailureKind.InvalidRequest,
            $"Cross-validation needs at least 2 folds, found {count}. Ask for 5 or 10.");

    /// <summary>Refuses fewer independent groups than folds.</summary>
    internal static void RefuseFewer(int groups, int count, string notation)
    {
        if (groups < count)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"{notation} needs at least {count} samples or groups that are independent of each other, there are {groups}. "
                + "Ask for fewer folds.");
        }
    }
}
