using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Splitting;

/// <summary>
/// The search for identical spectra, which must not be on both sides of a split; those that differ by rounding alone are found by
/// <see cref="NearSpectra"/>.
/// </summary>
public static class IdenticalSpectra
{
    /// <summary>Sets of two or more rows whose values are all equal, each ascending, ordered by first row.</summary>
    /// <remarks>Rows are hashed, then compared value by value; −0 equals 0. Time O(np), memory O(n).</remarks>
    public static ImmutableArray<ImmutableArray<int>> Find(MatrixView x)
    {
        var setsByHash = new Dictionary<ulong, List<List<int>>>();
        var sets = new List<List<int>>();
        for (int i = 0; i < x.Rows; i++)
        {
            ulong hash = Hash(x.Row(i));
            if (!setsByHash.TryGetValue(hash, out List<List<int>>? candidates))
            {
                setsByHash[hash] = candidates = [];
            }

            List<int>? same = null;
            foreach (List<int> candidate in candidates)
            {
                same = x.Row(i).SequenceEqual(x.Row(candidate[0])) ? candidate : same;
            }

            if (same is null)
            {
                same = [];
                candidates.Add(same);
                sets.Add(same);
            }

            same.Add(i);
        }

        return [.. sets.Where(set => set.Count > 1).Select(set => set.ToImmutableArray())];
    }

    /// <summary>Sets of two or more rows that are identical or nearly so, each ascending.</summary>
    /// <remarks>Time O(np) and more for pairs that are close: <see cref="NearSpectra"/>.</remarks>
    internal static ImmutableArray<ImmutableArray<int>> FindAlike(MatrixView x)
    {
        ImmutableArray<ImmutableArray<int>> identical = Find(x);
        ImmutableArray<ImmutableArray<int>> near = NearSpectra.Find(x, identical);
        HashSet<int> known = [.. near.SelectMany(set => set)];
        return [.. near, .. identical.Where(set => !known.Contains(set[0]))];
    }

    /// <summary>Groups such that samples of one declared group and samples with identical or nearly identical spectra stay together.</summary>
    /// <param name="ids">Unique sample ids.</param>
    /// <param name="declaredGroups">The group of each sample by its column, empty text or null for none; or null.</param>
    /// <param name="x">n × p spectra.</param>
    /// <returns>
    /// Groups with names that do not depend on row order: of samples that belong together, the smallest declared
    /// group with the prefix <c>group:</c>, else the smallest id with the prefix <c>sample:</c>; so a group's name, and with it its hash fold, does
    /// not change when a replicate joins it.
    /// </returns>
    public static GroupedSamples Groups(
        ImmutableArray<string> ids, ImmutableArray<string?>? declaredGroups, MatrixView x)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Rows, ids.Length);
        ImmutableArray<ImmutableArray<int>> identical = Find(x);
        return Groups(ids, declaredGroups, identical, NearSpectra.Find(x, identical));
    }

    /// <summary>The same, where spectra that belong together have been found already.</summary>
    /// <param name="ids">Unique sample ids.</param>
    /// <param name="declaredGroups">The group of each sample by its column, empty text or null for none; or null.</param>
    /// <param name="identical">Sets of samples with identical spectra, as <see cref="Find"/> gives them.</param>
    /// <param name="near">Sets of samples whose spectra are nearly identical; empty where nobody has looked.</param>
    internal static GroupedSamples Groups(
        ImmutableArray<string> ids,
        ImmutableArray<string?>? declaredGroups,
        ImmutableArray<ImmutableArray<int>> identical,
        ImmutableArray<ImmutableArray<int>> near)
    {
        int[] parent = [.. Enumerable.Range(0, ids.Length)];
        if (declaredGroups is { } declared)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(declared.Length, ids.Length);
            JoinDeclared(parent, declared);
        }

        foreach (ImmutableArray<int> set in identical.Concat(near))
        {
            foreach (int i in set)
            {
                Join(parent, set[0], i);
            }
        }

        for (int i = 0; i < parent.Length; i++)
        {
            parent[i] = Root(parent, i);
        }

        return new GroupedSamples(SampleGroups.Of(ids, declaredGroups, parent), Named(identical), Named(near));

        ImmutableArray<ImmutableArray<string>> Named(ImmutableArray<ImmutableArray<int>> sets) =>
        [
            .. sets
                .Select(set => set.Select(i => ids[i]).Order(StringComparer.Ordinal).ToImmutableArray())
                .OrderBy(set => set[0], StringComparer.Ordinal),
        ];
    }

    /// <summary>The row that stands for the set of a row.</summary>
    internal static int Root(int[] parent, int i)
    {
        while (parent[i] != i)
        {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }

        return i;
    }

    /// <summary>Joins the sets of two rows; the first one's stands for both.</summary>
    internal static void Join(int[] parent, int first, int second) => parent[Root(parent, second)] = Root(parent, first);

    private static void JoinDeclared(int[] parent, ImmutableArray<string?> declared)
    {
        var firstOfGroup = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < declared.Length; i++)
        {
            if (string.IsNullOrEmpty(declared[i]))
            {
                continue;
            }

            if (!firstOfGroup.TryAdd(declared[i]!, i))
            {
                Join(parent, firstOfGroup[declared[i]!], i);
            }
        }
    }

    private static ulong Hash(ReadOnlySpan<double> row)
    {
        ulong hash = 0;
        foreach (double value in row)
        {
            ulong bits = BitConverter.DoubleToUInt64Bits(value == 0 ? 0.0 : value);
            hash = unchecked((ulong.RotateLeft(hash, 23) ^ bits) * 0x9E3779B97F4A7C15);
        }

        return hash ^ (hash >> 32);
    }
}

/// <summary>Which samples stay together, with the identical spectra that were found.</summary>
/// <param name="Groups">The group of every sample.</param>
/// <param name="IdenticalSets">Ids of samples with identical spectra, sorted within and among sets.</param>
/// <param name="NearSets">The same of spectra that are nearly identical, with identical copies of them; empty where nobody has looked.</param>
public sealed record GroupedSamples(
    SampleGroups Groups, ImmutableArray<ImmutableArray<string>> IdenticalSets, ImmutableArray<ImmutableArray<string>> NearSets);
