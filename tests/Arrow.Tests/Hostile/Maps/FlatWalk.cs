namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>Walks a flatbuffer along the shapes of its tables and notes every number in it.</summary>
internal sealed class FlatWalk(List<Place> places)
{
    // Tables and layouts may be shared; each is noted once.
    private readonly HashSet<(int At, string Shape)> _tables = [];
    private readonly HashSet<int> _layouts = [];

    /// <summary>Notes a flatbuffer from its root, which is returned, or null where there is none.</summary>
    public FlatNode? Walk(byte[] bytes, int start, int end, TableShape shape)
    {
        if (FlatNode.Root(bytes, start, end) is not FlatNode root)
        {
            return null;
        }

        places.Add(new Place(PlaceKind.TableOffset, shape.Name, start, 4, root.At));
        Walk(root, shape);
        return root;
    }

    private void Walk(FlatNode node, TableShape shape)
    {
        if (node.Layout == 0 || !_tables.Add((node.At, shape.Name)))
        {
            return;
        }

        places.Add(new Place(PlaceKind.LayoutOffset, $"{shape.Name}.layout", node.At, 4, node.Layout));
        if (_layouts.Add(node.Layout))
        {
            for (int entry = 0; entry < node.LayoutBytes; entry += 2)
            {
                places.Add(new Place(PlaceKind.LayoutEntry, $"{shape.Name}.layout[{entry}]", node.Layout + entry, 2));
            }
        }

        for (int slot = 0; slot < shape.Members.Length; slot++)
        {
            Member member = shape.Members[slot];
            int at = node.Slot(slot, member.Kind == MemberKind.Number ? member.Size : 4);
            if (at != 0)
            {
                Note(node, slot, member, at, $"{shape.Name}.{member.Name}");
            }
        }
    }

    private void Note(FlatNode node, int slot, Member member, int at, string name)
    {
        if (member.Kind == MemberKind.Number)
        {
            places.Add(new Place(member.PlaceKind, name, at, member.Size));
            return;
        }

        int target = node.Follow(at);
        PlaceKind kind = member.Kind switch
        {
            MemberKind.Text => PlaceKind.TextOffset,
            MemberKind.Table => PlaceKind.TableOffset,
            _ => PlaceKind.VectorOffset,
        };
        places.Add(new Place(kind, name, at, 4, target));
        if (target == 0)
        {
            return;
        }

        if (member.Kind == MemberKind.Table)
        {
            int choice = slot == 0 ? 0 : (int)node.Number(slot - 1, 1);
            if (member.Shape(choice) is TableShape shape)
            {
                Walk(node with { At = target }, shape);
            }

            return;
        }

        places.Add(new Place(member.Kind == MemberKind.Text ? PlaceKind.TextLength : PlaceKind.VectorLength, $"{name}.length", target, 4));
        if (member.Kind == MemberKind.Tables)
        {
            (int first, int count) = node.Vector(slot, 4);
            for (int i = 0; i < count; i++)
            {
                int element = first + (4 * i);
                places.Add(new Place(PlaceKind.TableOffset, $"{name}[{i}]", element, 4, node.Follow(element)));
                if (node.TableAt(element) is FlatNode table)
                {
                    Walk(table, member.Shape(0)!);
                }
            }
        }
        else if (member.Kind == MemberKind.Structs)
        {
            (int first, int count) = node.Vector(slot, member.Size);
            for (int i = 0; i < count; i++)
            {
                foreach ((int offset, int size) in member.Parts)
                {
                    places.Add(new Place(member.PlaceKind, $"{name}[{i}]+{offset}", first + (i * member.Size) + offset, size));
                }
            }
        }
    }
}
