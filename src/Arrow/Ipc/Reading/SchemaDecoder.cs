using System.Text;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>Makes a schema of its flatbuffer.</summary>
/// <remarks>
/// Several offsets of a hostile buffer may lead to the same bytes, so the number of fields and the length of all
/// texts are bounded by the bytes of the buffer, and lists in lists by <see cref="DepthMax"/>.
/// </remarks>
internal sealed class SchemaDecoder
{
    /// <summary>Lists in lists in lists.</summary>
    internal const int DepthMax = 64;

    private const int FieldBytesMin = 16;
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
        FlatVector children = table.GetVector(Slots.Schema.Fields, sizeof(int));
        var fields = new List<IpcField>();
        for (int i = 0; i < children.Count; i++)
        {
            fields.Add(decoder.DecodeField(children.Table(i), "", 0));
        }

        Dictionary<string, string>? metadata = decoder.DecodeMetadata(table.GetVector(Slots.Schema.Metadata, sizeof(int)));
        return (new Schema(fields.Select(field => field.Field), metadata), [.. fields]);
    }

    private IpcField DecodeField(FlatTable table, string parent, int depth)
    {
        if (--_fieldsLeft < 0 || depth > DepthMax)
        {
            throw FlatBounds.Damaged("there are more fields than bytes for them");
        }

        string name = Text(table.GetUtf8(Slots.Field.Name, out _));
        string path = parent.Length == 0 ? name : $"{parent}.{name}";
        FlatVector children = table.GetVector(Slots.Field.Children, sizeof(int));
        IpcField? child = null;
        IArrowType type;
        if ((TypeKind)table.GetByte(Slots.Field.TypeKind) == TypeKind.FixedSizeList)
        {
            if (children.Count != 1)
            {
                throw new InvalidDataException($"Field '{path}': a fixed-size list has one child, found {children.Count}.");
            }

            child = DecodeField(children.Table(0), path, depth + 1);
            type = TypeDecoder.FixedSizeList(table, child.Field, path);
        }
        else
        {
            type = TypeDecoder.Leaf(table, path, Text);
        }

        long? dictionaryId = null;
        if (table.TryGetTable(Slots.Field.Dictionary, out FlatTable encoding))
        {
            if (child is not null)
            {
                throw TypeDecoder.Unsupported("dictionary of fixed-size lists", path);
            }

            dictionaryId = encoding.GetInt64(Slots.DictionaryEncoding.Id);
            type = new DictionaryType(
                TypeDecoder.IndexType(encoding, path), type, encoding.GetBool(Slots.DictionaryEncoding.IsOrdered));
        }

        Dictionary<string, string>? metadata = DecodeMetadata(table.GetVector(Slots.Field.Metadata, sizeof(int)));
        return new IpcField(new Field(name, type, table.GetBool(Slots.Field.Nullable), metadata), dictionaryId, child);
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
        _textLeft -= utf8.Length;
        return _textLeft >= 0
            ? Encoding.UTF8.GetString(utf8)
            : throw FlatBounds.Damaged("its texts are longer than itself");
    }
}
