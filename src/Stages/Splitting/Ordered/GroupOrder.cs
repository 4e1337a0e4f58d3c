using System.Collections.Immutable;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Groups in the order of their samples.</summary>
internal static class GroupOrder
{
    /// <summary>The distinct groups by the mean place of their samples, of equals by name; by name alone where there are no places.</summary>
    /// <remarks>Places are whole numbers, so the mean has the same bits for any order of the samples. Time n log n.</remarks>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="places">The place of every sample, or empty.</param>
    public static string[] Of(ImmutableArray<string> groups, ImmutableArray<double> places)
    {
        string[] byName = [.. groups.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (places.IsEmpty)
        {
            return byName;
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(places.Length, groups.Length);
        ILookup<string, double> ofGroup = groups.Zip(places).ToLookup(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        return [.. byName.OrderBy(group => ofGroup[group].Average())];
    }

    /// <summary>The folds in which the i-th group is held out in fold <paramref name="foldOf"/>(i).</summary>
    public static Folds Deal(ImmutableArray<string> groups, string[] ordered, int count, Func<int, int> foldOf)
    {
        var fold = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < ordered.Length; i++)
        {
            fold[ordered[i]] = foldOf(i);
        }

        return new Folds([.. groups.Select(group => fold[group])], count);
    }

    /// <summary>What a notation says of the order.</summary>
    public static string Clause(string? by) => by is null ? "" : $"; by {by}";
}
