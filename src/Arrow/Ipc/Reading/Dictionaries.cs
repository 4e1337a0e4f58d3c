using Apache.Arrow.Flatbuf;
using Apache.Arrow.Memory;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The dictionaries of a stream or file as they stand, by number.</summary>
/// <remarks>Batches that were read keep the dictionary they were read with: parts are immutable, and leases of their own.</remarks>
internal sealed class Dictionaries : IDisposable
{
    private readonly Dictionary<long, IpcField> _values = [];
    private readonly Dictionary<long, Known> _current = [];
    private readonly Dictionary<long, GrowingArray> _growing = [];
    private readonly BodyDecompressor _decompressor;
    private readonly bool _canReplace;

    /// <summary>Learns the numbers and types from the fields of a schema; what decompresses is its owner's.</summary>
    internal Dictionaries(ReadOnlySpan<IpcField> fields, BodyDecompressor decompressor, bool canReplace)
    {
        _decompressor = decompressor;
        _canReplace = canReplace;
        foreach (IpcField field in fields)
        {
            Register(field);
        }
    }

    /// <summary>Takes a dictionary, or what is added to one.</summary>
    internal void Accept(FlatTable batch, LeasedBytes body)
    {
        long id = batch.GetInt64(Slots.DictionaryBatch.Id);
        if (!_values.TryGetValue(id, out IpcField? field))
        {
            throw new InvalidDataException($"No Arrow field has the dictionary {id}.");
        }

        if (!batch.TryGetTable(Slots.DictionaryBatch.Data, out FlatTable data))
        {
            throw FlatBounds.Damaged($"the dictionary {id} has no data");
        }

        // All that can be damaged is read before values are held; a dictionary to which something is added is copied.
        bool isDelta = batch.GetBool(Slots.DictionaryBatch.IsDelta);
        ArrayData values = BatchDecoder.Decode(data, body, [field], this, _decompressor).Columns[0];
        if (_current.TryGetValue(id, out Known? known))
        {
            values = isDelta ? Add(id, known.Values, values) : Replace(id, values);
            known.Values.Dispose();
        }

        _current[id] = new Known(values, HasLease(values) ? CountParts(values) : 0);
    }

    /// <summary>The dictionary of a field as it stands, for the caller to dispose; one that never came is empty if no value needs it.</summary>
    /// <param name="field">The field.</param>
    /// <param name="allNull">Whether no value needs it.</param>
    /// <param name="partsLeft">How many parts its batch may still share: a dictionary may have many, and many fields.</param>
    internal ArrayData Get(IpcField field, bool allNull, ref int partsLeft)
    {
        long id = field.DictionaryId!.Value;
        if (_current.TryGetValue(id, out Known? known))
        {
            partsLeft -= known.Parts;
            return partsLeft < 0 ? throw BufferChecks.Invalid(field, "too many fields share too many parts of dictionaries")
                : known.Parts > 0 ? known.Values.Retain()
                : known.Values;
        }

        return allNull
            ? new GrowingArray(field.ValueType).Snapshot()
            : throw new InvalidDataException($"Arrow field '{field.Field.Name}': its dictionary {id} did not come.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Known known in _current.Values)
        {
            known.Values.Dispose();
        }

        foreach (GrowingArray values in _growing.Values)
        {
            values.Dispose();
        }

        _current.Clear();
        _growing.Clear();
    }

    /// <summary>Where an addition fails, nothing is read any more, so half of it may stay.</summary>
    private ArrayData Add(long id, ArrayData known, ArrayData delta)
    {
        using (delta)
        {
            if (!_growing.TryGetValue(id, out GrowingArray? growing))
            {
                growing = new GrowingArray(known.DataType);
                _growing[id] = growing;
                growing.Append(known);
            }

            growing.Append(delta);
            return growing.Snapshot();
        }
    }

    private ArrayData Replace(long id, ArrayData values)
    {
        if (!_canReplace)
        {
            values.Dispose();
            throw new InvalidDataException($"The Arrow file has the dictionary {id} twice; batches may come in any order.");
        }

        if (_growing.Remove(id, out GrowingArray? growing))
        {
            growing.Dispose();
        }

        return values;
    }

    private static bool HasLease(ArrayData values) =>
        System.Array.Exists(values.Buffers, buffer => buffer.HasLease)
        || System.Array.Exists(values.Children, HasLease)
        || (values.Dictionary is ArrayData dictionary && HasLease(dictionary));

    private static int CountParts(ArrayData values) =>
        1 + values.Buffers.Length + values.Children.Sum(CountParts) + (values.Dictionary is ArrayData dictionary ? CountParts(dictionary) : 0);

    private void Register(IpcField field)
    {
        foreach (IpcField child in field.Children)
        {
            Register(child);
        }

        if (field.DictionaryId is not long id)
        {
            return;
        }

        if (!_values.TryGetValue(id, out IpcField? known))
        {
            _values[id] = field.Values;
        }
        else if (!Layouts.AreSame(known.Field.DataType, field.ValueType))
        {
            throw new InvalidDataException(
                $"Arrow fields '{known.Field.Name}' and '{field.Field.Name}' share the dictionary {id} but not its type.");
        }
    }

    /// <summary>A dictionary, and of how many parts a share of it consists; none where nobody takes memory back.</summary>
    private sealed record Known(ArrayData Values, int Parts);
}
