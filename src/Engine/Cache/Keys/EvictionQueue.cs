using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Engine.Cache.Keys;

/// <summary>Entries in the order of eviction: the lowest priority first, ties by key.</summary>
/// <remarks>
/// Invariants: an entry stands at <see cref="KeyedEntry.QueueIndex"/>; the priority it stands with is the one it had
/// when it was put in, or refreshed, so that uses need not touch the queue. Guarded by the owner's lock.
/// A heap with four children per node: half as deep as a binary one, and 16 bytes per entry.
/// </remarks>
internal sealed class EvictionQueue<TEntry>
    where TEntry : KeyedEntry
{
    private const int Children = 4;

    private Slot[] _slots = [];
    private int _count;

    /// <summary>Puts an entry in with its present priority.</summary>
    public void Add(TEntry entry)
    {
        Debug.Assert(entry.QueueIndex < 0);
        if (_count == _slots.Length)
        {
            Array.Resize(ref _slots, Math.Max(8, _count + (_count / 2)));
        }

        MoveUp(_count++, new Slot(entry.Priority, entry));
    }

    /// <summary>The first entry with the priority it stands with.</summary>
    public bool TryPeek([NotNullWhen(true)] out TEntry? entry, out double priority)
    {
        (priority, entry) = _count > 0 ? (_slots[0].Priority, _slots[0].Entry) : (0, null);
        return entry is not null;
    }

    /// <summary>Takes an entry out, wherever it stands.</summary>
    public void Remove(TEntry entry)
    {
        int index = entry.QueueIndex;
        Debug.Assert(ReferenceEquals(_slots[index].Entry, entry));
        Slot last = _slots[--_count];
        _slots[_count] = default;
        entry.QueueIndex = -1;
        if (index < _count)
        {
            Place(index, last);
        }
    }

    /// <summary>Moves an entry to the place of its present priority.</summary>
    public void Refresh(TEntry entry) => Place(entry.QueueIndex, new Slot(entry.Priority, entry));

    private void Place(int index, Slot slot)
    {
        if (index > 0 && slot.IsBefore(_slots[(index - 1) / Children]))
        {
            MoveUp(index, slot);
        }
        else
        {
            MoveDown(index, slot);
        }
    }

    private void MoveUp(int index, Slot slot)
    {
        while (index > 0 && slot.IsBefore(_slots[(index - 1) / Children]))
        {
            Set(index, _slots[(index - 1) / Children]);
            index = (index - 1) / Children;
        }

        Set(index, slot);
    }

    private void MoveDown(int index, Slot slot)
    {
        while (true)
        {
            int first = (index * Children) + 1;
            if (first >= _count)
            {
                break;
            }

            int least = first;
            for (int child = first + 1; child < Math.Min(first + Children, _count); child++)
            {
                if (_slots[child].IsBefore(_slots[least]))
                {
                    least = child;
                }
            }

            if (!_slots[least].IsBefore(slot))
            {
                break;
            }

            Set(index, _slots[least]);
            index = least;
        }

        Set(index, slot);
    }

    private void Set(int index, Slot slot)
    {
        _slots[index] = slot;
        slot.Entry.QueueIndex = index;
    }

    private readonly record struct Slot(double Priority, TEntry Entry)
    {
        public bool IsBefore(Slot other) =>
            Priority < other.Priority || (Priority == other.Priority && Entry.Key < other.Entry.Key);
    }
}
