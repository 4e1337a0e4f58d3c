using System.Collections.Immutable;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Planning;

/// <summary>The units of one study in batch order.</summary>
/// <remarks>
/// Invariants: the keys of units differ; key and order depend on the set of units, not on how it was given.
/// The key is made of the units' keys alone: estimates change with experience, results do not.
/// Immutable, hence safe for all threads. Ceiling: <see cref="Limits.PlanUnitsMax"/>.
/// </remarks>
public sealed record Plan
{
    private const int Version = 1;

    private Plan(Fingerprint key, ImmutableArray<WorkUnit> units)
    {
        Key = key;
        Units = units;
        Dictionary<Fingerprint, int> users = [];
        foreach (WorkUnit unit in units)
        {
            CpuSeconds += unit.Estimate.CpuSeconds;
            PeakBytesMax = Math.Max(PeakBytesMax, unit.Estimate.PeakBytes);
            foreach (Fingerprint need in unit.Needs.Distinct())
            {
                users[need] = users.GetValueOrDefault(need) + 1;
            }
        }

        NeedCount = users.Count;
        SharedNeedCount = users.Values.Count(count => count > 1);
    }

    /// <summary>Names the set of units.</summary>
    public Fingerprint Key { get; }

    /// <summary>The units in batch order.</summary>
    public ImmutableArray<WorkUnit> Units { get; }

    /// <summary>The processor time expected, summed over all units.</summary>
    public double CpuSeconds { get; }

    /// <summary>The most bytes that one unit holds at once.</summary>
    public long PeakBytesMax { get; }

    /// <summary>The number of different intermediate results needed.</summary>
    public int NeedCount { get; }

    /// <summary>How many of them are needed by more than one unit.</summary>
    public int SharedNeedCount { get; }

    /// <summary>The plan of a set of units.</summary>
    /// <exception cref="ArgumentException">Two units have one key, or an estimate is no finite number.</exception>
    /// <exception cref="StageException">There are more units than the limits allow.</exception>
    public static Plan Of(IEnumerable<WorkUnit> units, Limits limits)
    {
        ArgumentNullException.ThrowIfNull(units);
        ArgumentNullException.ThrowIfNull(limits);
        HashSet<Fingerprint> keys = [];
        List<WorkUnit> taken = [];
        foreach (WorkUnit unit in units)
        {
            RefuseMalformed(unit);
            if (!keys.Add(unit.Key))
            {
                throw new ArgumentException($"Two units have the key {unit.Key}.", nameof(units));
            }

            if (keys.Count > limits.PlanUnitsMax)
            {
                throw new StageException(FailureKind.OverBudget, TooMany(limits.PlanUnitsMax));
            }

            taken.Add(unit);
        }

        return new Plan(KeyOf(keys), BatchOrder.Of(taken));
    }

    /// <summary>Refuses the plan before anything runs if one of its units can never have its memory.</summary>
    /// <exception cref="StageException">Names the largest unit, what it needs, what there is, what to change.</exception>
    public void RefuseWhatCannotFit(long capacityBytes)
    {
        if (PeakBytesMax <= capacityBytes)
        {
            return;
        }

        WorkUnit largest = Units.MaxBy(unit => unit.Estimate.PeakBytes)!;
        int count = Units.Count(unit => unit.Estimate.PeakBytes > capacityBytes);
        throw new StageException(
            FailureKind.OverBudget,
            $"{count} of {Units.Length} units cannot fit into the memory budget of {ByteSize.Format(capacityBytes)}. "
            + $"The largest, {largest.Key.ToShortString()}, needs {ByteSize.Format(largest.Estimate.PeakBytes)} "
            + $"({largest.Estimate.PeakBytes} bytes) at its peak. Half of the memory of the process is "
            + "for work, so raise it (--memory) to more than twice that, or make the work smaller: fewer samples, "
            + "variables or candidates.");
    }

    private static Fingerprint KeyOf(HashSet<Fingerprint> keys)
    {
        FingerprintBuilder builder = new FingerprintBuilder("plan", Version).Add("count", keys.Count);
        foreach (Fingerprint key in keys.Order())
        {
            builder.Add("unit", key);
        }

        return builder.ToFingerprint();
    }

    private static void RefuseMalformed(WorkUnit unit)
    {
        if (unit.Needs.IsDefault)
        {
            throw new ArgumentException($"Unit {unit.Key} has no list of needs; an empty one is meant perhaps.");
        }

        if (!double.IsFinite(unit.Estimate.CpuSeconds) || unit.Estimate.CpuSeconds < 0 || unit.Estimate.PeakBytes < 0)
        {
            throw new ArgumentException($"Unit {unit.Key} has an impossible estimate: {unit.Estimate}.");
        }
    }

    private static string TooMany(int unitsMax) =>
        $"The study makes more than {unitsMax} units ({nameof(Limits.PlanUnitsMax)}). Raise that limit, or search fewer "
        + "chains, subsets or permutations.";
}
