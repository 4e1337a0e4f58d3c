using System.Text;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes a schema of its flatbuffer.</summary>
/// <remarks>
/// Several offsets of a hostile buffer may lead to the same bytes, so the number of fields and the length of all
/// texts are bounded by the bytes of the buffer, and nesting by <see cref="DepthMax"/>.
/// </remarks>
internal sealed class SchemaDecoder
{
    /// <summary>Lists in lists in lists, records in records.</summary>
    internal const int DepthMax = 64;

    private const int FieldBytesMin = 16;
    private const int TextBytesMin = 8;
    private const int TextSharingMax = 4;

    private long _fieldsLeft;
    private long _textLeft;

    private SchemaDecoder(int metadataBytes)
    {
        _fieldsLeft = metadataBytes / FieldBytesMin;
        _textLeft = (long)metadataBytes * TextSharingMax;
    }

    /// <summary>The schema, and the fields with the numbers of their dictionaries.</summary>
    internal static (Schema Schema, IpcField[] Fields) Decode(FlatTable table, int metadataBytes)
    {
        if (table.GetInt16(Slots.Schema.Endianness) != 0)
        {
            throw new NotSupportedException("not supported: a big-endian Arrow schema; write the data on a little-endian machine.");
        }

        var decoder = new SchemaDecoder(metadataBytes);
        IpcField[] fields = decoder.DecodeFields(table.GetVector(Slots.Schema.Fields, sizeof(int)), null, 0);
        Dictionary<string, string>? metadata = decoder.DecodeMetadata(table.GetVector(Slots.Schema.Metadata, sizeof(int)));
        return (new Schema(fields.Select(field => field.Field), metadata), fields);
    }

    private IpcField[] DecodeFields(FlatVector tables, FieldPath? parent, int depth)
    {
        var fields = new List<IpcField>();
        for (int i = 0; i < tables.Count; i++)
        {
            fields.Add(DecodeField(tables.Table(i), parent, depth));
        }

        return [.. fields];
    }

    private IpcField DecodeField(FlatTable table, FieldPath? parent, int depth)
    {
        if (--_fieldsLeft < 0 || depth > DepthMax)
        {
            throw FlatBounds.Damaged("there are more fields than bytes for them");
        }

        string name = Text(table.GetUtf8(Slots.Field.Name, out _));
        var path = new FieldPath(parent, name);
        TypeDecoder.RequireSupported(table, path);
        IpcField[] children = DecodeFields(table.GetVector(Slots.Field.Children, sizeof(int)), path, depth + 1);
        IArrowType type = TypeDecoder.Decode(table, System.Array.ConvertAll(children, child => child.Field), path, Text);
        long? dictionaryId = null;
        if (table.TryGetTable(Slots.Field.Dictionary, out FlatTable encoding))
        {
            dictionaryId = encoding.GetInt64(Slots.DictionaryEncoding.Id);
            type = new DictionaryType(
                TypeDecoder.IndexType(encoding, path), type, encoding.GetBool(Slots.DictionaryEncoding.IsOrdered));
        }

        Dictionary<string, string>? metadata = DecodeMetadata(table.GetVector(Slots.Field.Metadata, sizeof(int)));
        return new IpcField(new Field(name, type, table.GetBool(Slots.Field.Nullable), metadata), dictionaryId, children);
    }

    private Dictionary<string, string>? DecodeMetadata(FlatVector entries)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        var metadata = new Dictionary<string, string>();
        for (int i = 0; i < entries.Count; i++)
        {
            FlatTable entry = entries.Table(i);
            string key = Text(entry.GetUtf8(Slots.KeyValue.Key, out _));
            metadata[key] = Text(entry.GetUtf8(Slots.KeyValue.Value, out _));
        }

        return metadata;
    }

    private string Text(ReadOnlySpan<byte> utf8)
    {
        _textLeft -= TextBytesMin + utf8.Length;
        return _textLeft >= 0
            ? Encoding.UTF8.GetString(utf8)
            : throw FlatBounds.Damaged("its texts are longer, or more, than it can hold");
    }
}
