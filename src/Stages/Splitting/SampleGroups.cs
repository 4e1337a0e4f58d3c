using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Splitting;

/// <summary>The group of every sample: samples of one group stay together wherever samples are divided or drawn.</summary>
/// <remarks>
/// Groups are numbered in the ordinal order of their names, so whoever deals them out works with numbers alone. As a list it
/// is the name of every sample's group; names after samples are made when they are asked for, since those of a million samples
/// that belong to no other take 64 bytes each and say no more than their ids. A group has one sample at least. Memory: 4 bytes
/// for each sample, 4 for each group, and the names that a column gave. Immutable.
/// </remarks>
[CollectionBuilder(typeof(SampleGroups), nameof(Create))]
public sealed class SampleGroups : IReadOnlyList<string>
{
    private const string DeclaredPrefix = "group:";
    private const string SamplePrefix = "sample:";

    // Named groups come first, those named after a sample behind them, as their prefixes have it.
    private readonly ImmutableArray<string> _names;
    private readonly ImmutableArray<string> _ids;
    private readonly ImmutableArray<int> _namesakes;

    private SampleGroups(ImmutableArray<string> names, ImmutableArray<string> ids, int[] namesakes, int[] ofSample)
    {
        _names = names;
        _ids = ids;
        _namesakes = ImmutableCollectionsMarshal.AsImmutableArray(namesakes);
        OfSample = ImmutableCollectionsMarshal.AsImmutableArray(ofSample);
    }

    /// <summary>The group of every sample, by its place among all groups in the ordinal order of their names.</summary>
    public ImmutableArray<int> OfSample { get; }

    /// <summary>Number of groups.</summary>
    public int GroupCount => _names.Length + _namesakes.Length;

    /// <summary>Number of samples, n.</summary>
    public int Count => OfSample.Length;

    /// <summary>The name of a sample's group.</summary>
    public string this[int index] => Name(OfSample[index]);

    /// <summary>Groups by the name that each sample's has.</summary>
    public static SampleGroups Create(ReadOnlySpan<string> names)
    {
        string[] ofSample = names.ToArray();
        ImmutableArray<string> distinct = [.. ofSample.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var place = distinct.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);
        return new SampleGroups(distinct, [], [], [.. ofSample.Select(name => place[name])]);
    }

    /// <summary>The name of a group: of a declared one with the prefix <c>group:</c>, of others the smallest id with the prefix <c>sample:</c>.</summary>
    public string Name(int group) => group < _names.Length ? _names[group] : SamplePrefix + _ids[_namesakes[group - _names.Length]];

    /// <summary>The groups of some samples, under the names that they have here.</summary>
    public SampleGroups Of(ReadOnlySpan<int> samples)
    {
        const int Absent = -1;
        int[] place = new int[GroupCount];
        Array.Fill(place, Absent);
        foreach (int i in samples)
        {
            place[OfSample[i]] = 0;
        }

        var present = new List<int>();
        for (int group = 0; group < place.Length; group++)
        {
            if (place[group] != Absent)
            {
                place[group] = present.Count;
                present.Add(group);
            }
        }

        int[] ofSample = new int[samples.Length];
        for (int i = 0; i < ofSample.Length; i++)
        {
            ofSample[i] = place[OfSample[samples[i]]];
        }

        int named = _names.Length;
        return new SampleGroups(
            [.. present.Where(group => group < named).Select(group => _names[group])],
            _ids,
            [.. present.Where(group => group >= named).Select(group => _namesakes[group - named])],
            ofSample);
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        foreach (int group in OfSample)
        {
            yield return Name(group);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Groups of samples that have been joined.</summary>
    /// <param name="ids">Unique sample ids.</param>
    /// <param name="declared">The declared group of each sample, empty text or null for none; or null.</param>
    /// <param name="roots">The sample that stands for each sample's set.</param>
    internal static SampleGroups Of(ImmutableArray<string> ids, ImmutableArray<string?>? declared, int[] roots)
    {
        const int None = -1;
        int[] smallest = new int[ids.Length];
        Array.Fill(smallest, None);
        var smallestGroup = new Dictionary<int, string>();
        for (int i = 0; i < roots.Length; i++)
        {
            ref int least = ref smallest[roots[i]];
            least = least == None || string.CompareOrdinal(ids[i], ids[least]) < 0 ? i : least;
            if (declared?[i] is { Length: > 0 } group
                && (!smallestGroup.TryGetValue(roots[i], out string? other) || string.CompareOrdinal(group, other) < 0))
            {
                smallestGroup[roots[i]] = group;
            }
        }

        int[] named = [.. smallestGroup.OrderBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => pair.Key)];
        int[] namesakes = Namesakes(ids, roots, smallest, smallestGroup);
        int[] groupOfRoot = smallest;
        for (int group = 0; group < named.Length; group++)
        {
            groupOfRoot[named[group]] = group;
        }

        for (int k = 0; k < namesakes.Length; k++)
        {
            groupOfRoot[roots[namesakes[k]]] = named.Length + k;
        }

        return new SampleGroups(
            [.. named.Select(root => DeclaredPrefix + smallestGroup[root])], ids, namesakes, [.. roots.Select(root => groupOfRoot[root])]);
    }

    /// <summary>What every sample has by its group.</summary>
    /// <param name="ofGroup">A value of every group.</param>
    internal int[] ToSamples(int[] ofGroup)
    {
        int[] ofSample = new int[Count];
        for (int i = 0; i < ofSample.Length; i++)
        {
            ofSample[i] = ofGroup[OfSample[i]];
        }

        return ofSample;
    }

    /// <summary>The group of every sample, numbered by when samples first have them: the order in which sums run over groups.</summary>
    internal int[] ByFirstSample()
    {
        const int Unseen = -1;
        int[] number = new int[GroupCount];
        Array.Fill(number, Unseen);
        int next = 0;
        foreach (int group in OfSample)
        {
            number[group] = number[group] == Unseen ? next++ : number[group];
        }

        return ToSamples(number);
    }

    /// <summary>The samples after which sets without declared group are named, in the ordinal order of their ids.</summary>
    private static int[] Namesakes(ImmutableArray<string> ids, int[] roots, int[] smallest, Dictionary<int, string> smallestGroup)
    {
        var namesakes = new List<int>();
        bool isSorted = true;
        for (int i = 0; i < roots.Length; i++)
        {
            if (smallest[roots[i]] == i && !smallestGroup.ContainsKey(roots[i]))
            {
                isSorted = isSorted && (namesakes.Count == 0 || string.CompareOrdinal(ids[namesakes[^1]], ids[i]) < 0);
                namesakes.Add(i);
            }
        }

        if (!isSorted)
        {
            namesakes.Sort((first, second) => string.CompareOrdinal(ids[first], ids[second]));
        }

        return [.. namesakes];
    }
}
