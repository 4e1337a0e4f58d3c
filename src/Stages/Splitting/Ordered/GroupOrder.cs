using System.Collections.Immutable;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Groups in the order of their samples.</summary>
internal static class GroupOrder
{
    /// <summary>The groups by the mean place of their samples, of equals by name; by name alone where there are no places.</summary>
    /// <remarks>Places are whole numbers, so the mean has the same bits for any order of the samples. Time n log n.</remarks>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="places">The place of every sample, or empty.</param>
    public static int[] Of(SampleGroups groups, ImmutableArray<double> places)
    {
        int[] byName = [.. Enumerable.Range(0, groups.GroupCount)];
        if (places.IsEmpty)
        {
            return byName;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(places.Length, groups.Count);
        ILookup<int, double> ofGroup = groups.OfSample.Zip(places).ToLookup(pair => pair.First, pair => pair.Second);
        return [.. byName.OrderBy(group => ofGroup[group].Average())];
    }

    /// <summary>The folds in which the i-th group is held out in fold <paramref name="foldOf"/>(i).</summary>
    public static Folds Deal(SampleGroups groups, int[] ordered, int count, Func<int, int> foldOf)
    {
        int[] fold = new int[ordered.Length];
        for (int i = 0; i < ordered.Length; i++)
        {
            fold[ordered[i]] = foldOf(i);
        }

        return new Folds(groups.ToSamples(fold), count);
    }

    /// <summary>What a notation says of the order.</summary>
    public static string Clause(string? by) => by is null ? "" : $"; by {by}";
}
