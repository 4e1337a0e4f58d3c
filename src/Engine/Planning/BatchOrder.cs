using System.Collections.Immutable;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Planning;

/// <summary>The order of units in which those that share an intermediate result stand next to each other.</summary>
/// <remarks>
/// After each unit comes the one with the smallest key that shares its rarest need; when no unit left shares
/// any of its needs, the smallest key of all. A rare need is used up before a common one is left, so with nested
/// needs (dataset, chain, block) every group is contiguous, and in a grid (chain × folds) the groups
/// of the axis with more values are, the few values of the other being cheap to keep.
/// Depends on the set of units alone. Time O(m log m) for m needs in all.
/// Better-looking and not: sorting by the most common need first tears chains apart as soon as there are more
/// chains than fold schemes.
/// </remarks>
internal static class BatchOrder
{
    /// <summary>The units in batch order; keys must differ.</summary>
    public static ImmutableArray<WorkUnit> Of(IEnumerable<WorkUnit> units)
    {
        WorkUnit[] byKey = [.. units.OrderBy(unit => unit.Key)];
        Dictionary<Fingerprint, List<int>> users = UsersOf(byKey);
        Dictionary<Fingerprint, int> firstLeft = users.Keys.ToDictionary(need => need, _ => 0);
        bool[] isPlaced = new bool[byKey.Length];
        var ordered = ImmutableArray.CreateBuilder<WorkUnit>(byKey.Length);
        int smallestLeft = 0;
        int current = -1;
        while (ordered.Count < byKey.Length)
        {
            int next = current < 0 ? -1 : Neighbour(byKey[current]);
            if (next < 0)
            {
                while (isPlaced[smallestLeft])
                {
                    smallestLeft++;
                }

                next = smallestLeft;
            }

            isPlaced[next] = true;
            ordered.Add(byKey[next]);
            current = next;
        }

        return ordered.MoveToImmutable();

        int Neighbour(WorkUnit unit)
        {
            foreach (Fingerprint need in unit.Needs.OrderBy(need => users[need].Count).ThenBy(need => need))
            {
                List<int> candidates = users[need];
                int at = firstLeft[need];
                while (at < candidates.Count && isPlaced[candidates[at]])
                {
                    at++;
                }

                firstLeft[need] = at;
                if (at < candidates.Count)
                {
                    return candidates[at];
                }
            }

            return -1;
        }
    }

    /// <summary>For each need the indices of its users, ascending and each once.</summary>
    private static Dictionary<Fingerprint, List<int>> UsersOf(WorkUnit[] units)
    {
        Dictionary<Fingerprint, List<int>> users = [];
        for (int i = 0; i < units.Length; i++)
        {
            foreach (Fingerprint need in units[i].Needs)
            {
                if (!users.TryGetValue(need, out List<int>? indices))
                {
                    users.Add(need, indices = []);
                }

                if (indices.Count == 0 || indices[^1] != i)
                {
                    indices.Add(i);
                }
            }
        }

        return users;
    }
}
