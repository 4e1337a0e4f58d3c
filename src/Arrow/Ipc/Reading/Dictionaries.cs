using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>The dictionaries of a stream or file as they stand, by number.</summary>
/// <remarks>Batches that were read keep the dictionary they were read with: parts are immutable.</remarks>
internal sealed class Dictionaries
{
    private readonly Dictionary<long, IpcField> _values = [];
    private readonly Dictionary<long, ArrayData> _current = [];

    private readonly bool _canReplace;

    /// <summary>Learns the numbers and types from the fields of a schema.</summary>
    internal Dictionaries(ReadOnlySpan<IpcField> fields, bool canReplace)
    {
        _canReplace = canReplace;
        foreach (IpcField field in fields)
        {
            Register(field);
        }
    }

    /// <summary>Takes a dictionary, or what is added to one.</summary>
    internal void Accept(FlatTable batch, ReadOnlyMemory<byte> body)
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

        ArrayData values = BatchDecoder.Decode(data, body, [field], this).Columns[0];
        if (_current.TryGetValue(id, out ArrayData? known))
        {
            bool isDelta = batch.GetBool(Slots.DictionaryBatch.IsDelta);
            values = isDelta ? Concatenation.Join(known, values)
                : _canReplace ? values
                : throw new InvalidDataException($"The Arrow file has the dictionary {id} twice; batches may come in any order.");
        }

        _current[id] = values;
    }

    /// <summary>The dictionary of a field as it stands; one that never came is empty if no value needs it.</summary>
    internal ArrayData Get(IpcField field, bool allNull)
    {
        long id = field.DictionaryId!.Value;
        if (_current.TryGetValue(id, out ArrayData? values))
        {
            return values;
        }

        return allNull
            ? Concatenation.Empty(_values[id].Field.DataType)
            : throw new InvalidDataException($"Arrow field '{field.Field.Name}': its dictionary {id} did not come.");
    }

    private void Register(IpcField field)
    {
        if (field.Child is not null)
        {
            Register(field.Child);
        }

        if (field.DictionaryId is not long id)
        {
            return;
        }

        IArrowType type = ((DictionaryType)field.Field.DataType).ValueType;
        if (!_values.TryGetValue(id, out IpcField? known))
        {
            _values[id] = new IpcField(new Field(field.Field.Name, type, nullable: true), null, null);
        }
        else if (!IsSame(known.Field.DataType, type))
        {
            throw new InvalidDataException(
                $"Arrow fields '{known.Field.Name}' and '{field.Field.Name}' share the dictionary {id} but not its type.");
        }
    }

    private static bool IsSame(IArrowType first, IArrowType second) =>
        first.TypeId == second.TypeId
        && (first is not TimestampType one || second is not TimestampType two
            || (one.Unit == two.Unit && one.Timezone == two.Timezone));
}
