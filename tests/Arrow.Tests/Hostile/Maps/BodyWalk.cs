namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>Walks the buffers of one batch in the order of the columnar format and notes numbers in them.</summary>
internal sealed class BodyWalk
{
    // Of a longer buffer, elements at equal distances and the last one.
    private const int ElementsMax = 48;
    private const int ValuesMax = 6;
    private const int FrameHeadBytes = 20;

    private readonly byte[] _bytes;
    private readonly int _start;
    private readonly int _end;
    private readonly List<Place> _places;
    private readonly (int First, int Count) _buffers;
    private readonly (int First, int Count) _variadicCounts;
    private readonly bool _isCompressed;
    private readonly bool _unionsHaveValidity;
    private int _buffer;
    private int _variadic;

    private BodyWalk(FlatNode batch, int start, int end, bool unionsHaveValidity, List<Place> places)
    {
        _bytes = batch.Bytes;
        _start = start;
        _end = end;
        _places = places;
        _buffers = batch.Vector(2, 16);
        _isCompressed = batch.Slot(3, 4) != 0;
        _variadicCounts = batch.Vector(4, 8);
        _unionsHaveValidity = unionsHaveValidity;
    }

    /// <summary>Notes the body of a batch, which lies at a position.</summary>
    public static void Walk(FlatNode batch, BodyField[] fields, int start, int end, bool unionsHaveValidity, List<Place> places)
    {
        var walk = new BodyWalk(batch, start, end, unionsHaveValidity, places);
        foreach (BodyField field in fields)
        {
            walk.Column(field);
        }
    }

    private void Column(BodyField field)
    {
        if (field.IndexBytes != 0)
        {
            Note(PlaceKind.Validity, 1);
            Note(PlaceKind.Index, field.IndexBytes);
            return;
        }

        if (field.Name is not ("Null" or "RunEndEncoded") && (field.Name != "Union" || _unionsHaveValidity))
        {
            Note(PlaceKind.Validity, 1);
        }

        Values(field);
        foreach (BodyField child in field.Children)
        {
            Column(child);
        }
    }

    private void Values(BodyField field)
    {
        switch (field.Name)
        {
            case "Null" or "RunEndEncoded" or "Struct" or "FixedSizeList":
                break;
            case "Binary" or "Utf8" or "LargeBinary" or "LargeUtf8":
                Note(PlaceKind.ValueOffset, field.Name.StartsWith("Large", StringComparison.Ordinal) ? 8 : 4);
                Note(PlaceKind.Value, 1);
                break;
            case "List" or "Map" or "LargeList":
                Note(PlaceKind.ValueOffset, field.Name == "LargeList" ? 8 : 4);
                break;
            case "ListView" or "LargeListView":
                int width = field.Name == "ListView" ? 4 : 8;
                Note(PlaceKind.ValueOffset, width);
                Note(PlaceKind.ValueSize, width);
                break;
            case "Union":
                Note(PlaceKind.TypeId, 1);
                if (field.IsDense)
                {
                    Note(PlaceKind.ValueOffset, 4);
                }

                break;
            case "BinaryView" or "Utf8View":
                Note(PlaceKind.View, 4);
                long count = _variadic < _variadicCounts.Count
                    ? FlatNode.ReadNumber(_bytes, _variadicCounts.First + (8 * _variadic++), 8)
                    : 0;
                for (long i = 0; i < count && _buffer < _buffers.Count; i++)
                {
                    Note(PlaceKind.Value, 1);
                }

                break;
            default:
                Note(PlaceKind.Value, field.Name == "Bool" ? 1 : 4);
                break;
        }
    }

    /// <summary>Notes numbers of the next buffer.</summary>
    private void Note(PlaceKind kind, int size)
    {
        if (_buffer >= _buffers.Count)
        {
            return;
        }

        string name = $"{kind}[{_buffer}]";
        int at = _buffers.First + (16 * _buffer++);
        long offset = FlatNode.ReadNumber(_bytes, at, 8);
        long length = FlatNode.ReadNumber(_bytes, at + 8, 8);
        if (offset < 0 || length < size || length > _end - _start || offset > _end - _start - length)
        {
            return;
        }

        int start = _start + (int)offset;
        if (_isCompressed)
        {
            NoteFrame(start, (int)length, name);
            return;
        }

        long count = length / size;
        long step = Math.Max(1, count / (kind == PlaceKind.Value ? ValuesMax : ElementsMax));
        for (long i = 0; i < count; i += step)
        {
            _places.Add(new Place(kind, name, start + (int)(i * size), size));
        }

        _places.Add(new Place(kind, name, start + (int)((count - 1) * size), size));
    }

    private void NoteFrame(int start, int length, string name)
    {
        if (length < 12)
        {
            return;
        }

        _places.Add(new Place(PlaceKind.PlainLength, name, start, 8));
        _places.Add(new Place(PlaceKind.Frame, name, start + 8, 4));
        for (int i = 8; i < Math.Min(length, 8 + FrameHeadBytes); i++)
        {
            _places.Add(new Place(PlaceKind.Frame, name, start + i, 1));
        }

        _places.Add(new Place(PlaceKind.Frame, name, start + length - 4, 4));
    }
}
