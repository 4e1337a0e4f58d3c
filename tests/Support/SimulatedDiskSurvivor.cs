namespace Pipeline.Support;

/// <summary>Chooses what of a simulated disk survives a power cut.</summary>
internal static class SimulatedDiskSurvivor
{
    private const int BytesChoices = 6;

    /// <summary>Number of different outcomes, cut positions within files aside.</summary>
    public static long CountOf(SimulatedDiskFiles disk)
    {
        double product = ChoicesOf(disk).Aggregate(1.0, (all, one) => all * one);
        return product < int.MaxValue ? Math.Max(1, (long)product) : int.MaxValue;
    }

    /// <summary>The root of one outcome: 0 loses all that may be lost, 1 nothing; the others in order, or drawn where there are too many.</summary>
    public static SimulatedDiskNode Of(SimulatedDiskFiles disk, int number, int countMax, int seed)
    {
        int[] choices = ChoicesOf(disk);
        var random = new Random((seed * 397) + number);
        int[] chosen = new int[choices.Length];
        long rest = number;
        for (int i = 0; i < choices.Length; i++)
        {
            chosen[i] = number switch
            {
                0 => 0,
                1 => 1,
                _ when CountOf(disk) <= countMax => (int)(rest % choices[i]),
                _ => random.Next(choices[i]),
            };
            rest /= choices[i];
        }

        return Build(disk, chosen, random);
    }

    /// <summary>Everything below a root, the root included.</summary>
    public static List<SimulatedDiskNode> Reachable(SimulatedDiskNode root, Func<SimulatedDiskNode, Dictionary<string, SimulatedDiskNode>> entriesOf)
    {
        List<SimulatedDiskNode> found = [root];
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(entriesOf(found[i]).Values);
        }

        return found;
    }

    private static int[] ChoicesOf(SimulatedDiskFiles disk) =>
    [
        .. GroupsOf(disk).Select(group => group.Select(change => change.Folder).Distinct().Count() > 1 ? 3 : 2),
        .. DirtyOf(disk).Select(_ => BytesChoices),
    ];

    private static List<List<SimulatedDiskChange>> GroupsOf(SimulatedDiskFiles disk) =>
        [.. disk.Pending.GroupBy(change => change.Group).OrderBy(group => group.Key).Select(group => group.ToList())];

    /// <summary>Files with bytes that may be lost, wherever a name of theirs may survive.</summary>
    private static List<SimulatedDiskNode> DirtyOf(SimulatedDiskFiles disk) =>
    [
        .. Reachable(disk.Root, node => node.DurableEntries)
            .Concat(Reachable(disk.Root, node => node.Entries))
            .Concat(disk.Pending.Where(change => change.Node is not null).Select(change => change.Node!))
            .Distinct()
            .Where(node => node.IsDirty),
    ];

    private static SimulatedDiskNode Build(SimulatedDiskFiles disk, int[] chosen, Random random)
    {
        var names = new Dictionary<SimulatedDiskNode, Dictionary<string, SimulatedDiskNode>>();
        List<List<SimulatedDiskChange>> groups = GroupsOf(disk);
        for (int i = 0; i < groups.Count; i++)
        {
            foreach (SimulatedDiskChange change in groups[i].Where(one => chosen[i] == 1 || (chosen[i] == 2 && one.Node is not null)))
            {
                SimulatedDiskFiles.Apply(NamesOf(names, change.Folder), change);
            }
        }

        var bytes = new Dictionary<SimulatedDiskNode, byte[]>();
        foreach (SimulatedDiskNode node in DirtyOf(disk))
        {
            bytes[node] = BytesOf(node, chosen[groups.Count + bytes.Count], random);
        }

        return Copy(disk.Root, names, bytes);
    }

    private static byte[] BytesOf(SimulatedDiskNode node, int choice, Random random)
    {
        byte[] now = node.Content;
        byte[] before = node.Durable;
        int cut = random.Next(now.Length + 1);
        return choice switch
        {
            0 => before,
            1 => now,
            2 => now[..cut],
            3 => new byte[now.Length],
            4 => [.. now[..cut], .. before.Length > cut ? before[cut..] : new byte[now.Length - cut]],
            _ => [],
        };
    }

    private static SimulatedDiskNode Copy(
        SimulatedDiskNode node,
        Dictionary<SimulatedDiskNode, Dictionary<string, SimulatedDiskNode>> names,
        Dictionary<SimulatedDiskNode, byte[]> bytes)
    {
        if (!node.IsFolder)
        {
            return SimulatedDiskNode.FileOf(bytes.GetValueOrDefault(node, node.Durable), node.Ticks);
        }

        var copy = new SimulatedDiskNode(isFolder: true) { Ticks = node.Ticks };
        foreach ((string name, SimulatedDiskNode inner) in NamesOf(names, node))
        {
            SimulatedDiskNode copied = Copy(inner, names, bytes);
            copy.Entries.Add(name, copied);
            copy.DurableEntries.Add(name, copied);
        }

        return copy;
    }

    private static Dictionary<string, SimulatedDiskNode> NamesOf(
        Dictionary<SimulatedDiskNode, Dictionary<string, SimulatedDiskNode>> names, SimulatedDiskNode folder)
    {
        if (!names.TryGetValue(folder, out Dictionary<string, SimulatedDiskNode>? found))
        {
            names.Add(folder, found = new Dictionary<string, SimulatedDiskNode>(folder.DurableEntries, StringComparer.Ordinal));
        }

        return found;
    }
}
