using System.Runtime.InteropServices;
using Apache.Arrow.Ipc.Writing;
using Apache.Arrow.Scalars;
using Apache.Arrow.Types;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>A dictionary to which deltas add values; arrays made earlier keep what they saw.</summary>
/// <remarks>Room doubles, so n deltas cost no more than a few copies of the final values, however small each is.</remarks>
internal sealed class GrowingArray : IDisposable
{
    private const int EmptyValuesMax = 1 << 16;

    private readonly IArrowType _type;
    private readonly Layout _layout;
    private readonly GrowingBytes _validity = new();
    private readonly GrowingBytes _values = new();
    private readonly GrowingBytes _texts = new();
    private readonly bool _isWithoutBytes;
    private readonly GrowingArray[] _children;
    private ArrayData? _dictionary;
    private int _length;
    private int _nulls;

    /// <summary>Starts without values.</summary>
    internal GrowingArray(IArrowType type)
    {
        _type = type;
        _layout = Layouts.Of(type);
        _children = type is NestedType nested ? [.. nested.Fields.Select(field => new GrowingArray(field.DataType))] : [];
        _isWithoutBytes = _layout switch
        {
            Layout.Null => true,
            Layout.Fixed => Layouts.WidthOf(type) == 0,
            Layout.FixedSizeLists or Layout.Struct => System.Array.TrueForAll(_children, child => child._isWithoutBytes),
            _ => false,
        } || type is FixedSizeListType { ListSize: 0 };
        switch (_layout)
        {
            case Layout.Texts or Layout.Lists:
                _values.Add(sizeof(int));
                break;
            case Layout.LargeTexts or Layout.LargeLists:
                _values.Add(sizeof(long));
                break;
        }
    }

    /// <summary>Adds values; their memory is no longer needed then.</summary>
    internal void Append(ArrayData data)
    {
        // Values without bytes cost the sender nothing, and us up to a bit each.
        long length = (long)_length + data.Length;
        if (length > (_isWithoutBytes ? EmptyValuesMax : int.MaxValue))
        {
            throw new InvalidDataException($"An Arrow dictionary grows to {length} values.");
        }

        if (_layout != Layout.Null)
        {
            AppendBits(_validity, _length, data.Buffers[0], data.Offset, data.Length);
        }

        switch (_layout)
        {
            case Layout.Null:
                break;
            case Layout.Bits:
                AppendBits(_values, _length, data.Buffers[1], data.Offset, data.Length);
                break;
            case Layout.Fixed:
                AppendFixed(data);
                break;
            case Layout.Texts or Layout.Lists:
                AppendBehindOffsets<int>(data, sizeof(int));
                break;
            case Layout.LargeTexts or Layout.LargeLists:
                AppendBehindOffsets<long>(data, sizeof(long));
                break;
            case Layout.Views:
                AppendViews(data);
                break;
            case Layout.FixedSizeLists:
                int size = ((FixedSizeListType)_type).ListSize;
                _children[0].Append(data.Children[0].Slice(checked(data.Offset * size), checked(data.Length * size)));
                break;
            default:
                for (int i = 0; i < _children.Length; i++)
                {
                    _children[i].Append(data.Children[i].Slice(data.Offset, data.Length));
                }

                break;
        }

        _length = (int)length;
        _nulls += data.GetNullCount();
    }

    /// <summary>The values so far.</summary>
    internal ArrayData Snapshot()
    {
        ArrowBuffer validity = _nulls == 0 ? ArrowBuffer.Empty : _validity.Snapshot();
        ArrowBuffer[] buffers = _layout switch
        {
            Layout.Null => [],
            Layout.Texts or Layout.LargeTexts or Layout.Views => [validity, _values.Snapshot(), _texts.Snapshot()],
            Layout.FixedSizeLists or Layout.Struct => [validity],
            _ => [validity, _values.Snapshot()],
        };
        return new ArrayData(
            _type, _length, _nulls, 0, buffers, System.Array.ConvertAll(_children, child => child.Snapshot()), Dictionary());
    }

    /// <summary>Gives back what was shared.</summary>
    public void Dispose()
    {
        _dictionary?.Dispose();
        foreach (GrowingArray child in _children)
        {
            child.Dispose();
        }
    }

    /// <summary>The dictionary of values that lie in another one, an empty one where no value came.</summary>
    private ArrayData? Dictionary() => _type is DictionaryType type
        ? _dictionary?.Retain() ?? new GrowingArray(type.ValueType).Snapshot()
        : null;

    /// <summary>Adds bits behind <paramref name="count"/> that are there; without a buffer they are all set.</summary>
    private static void AppendBits(GrowingBytes target, int count, ArrowBuffer source, int offset, int length)
    {
        target.Add(BitUtility.ByteCount(count + length) - target.Length);
        if (source.IsEmpty)
        {
            FillBits(target.Span, count, length);
            return;
        }

        for (int i = 0; i < length; i++)
        {
            if (BitUtility.GetBit(source.Span, offset + i))
            {
                BitUtility.SetBit(target.Span, count + i);
            }
        }
    }

    /// <summary>Sets the last bits of a bitmap, whole bytes at once.</summary>
    private static void FillBits(Span<byte> target, int start, int length)
    {
        int end = start + length;
        for (; start < end && (start & 7) != 0; start++)
        {
            BitUtility.SetBit(target, start);
        }

        int bytes = (end - start) >> 3;
        target.Slice(start >> 3, bytes).Fill(byte.MaxValue);
        for (start += bytes << 3; start < end; start++)
        {
            BitUtility.SetBit(target, start);
        }
    }

    private void AppendFixed(ArrayData data)
    {
        int width = Layouts.WidthOf(_type);
        data.Buffers[1].Span.Slice(data.Offset * width, data.Length * width).CopyTo(_values.Add(data.Length * width));
        if (data.Dictionary is ArrayData dictionary)
        {
            TakeDictionary(dictionary);
        }
    }

    /// <summary>Old indices must still lead to the same values.</summary>
    private void TakeDictionary(ArrayData dictionary)
    {
        if (_dictionary is not null
            && (_dictionary.Length > dictionary.Length || !BatchEncoder.AreSame(_dictionary, dictionary.Slice(0, _dictionary.Length))))
        {
            throw new NotSupportedException(
                "not supported: an addition to an Arrow dictionary whose values lie in another dictionary, which was replaced meanwhile");
        }

        _dictionary?.Dispose();
        _dictionary = dictionary.Retain();
    }

    private void AppendBehindOffsets<T>(ArrayData data, int width)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        ReadOnlySpan<T> offsets = MemoryMarshal.Cast<byte, T>(data.Buffers[1].Span).Slice(data.Offset, data.Length + 1);
        int first = int.CreateChecked(offsets[0]);
        int count = int.CreateChecked(offsets[^1]) - first;
        T shift = MemoryMarshal.Cast<byte, T>(_values.Span)[^1] - offsets[0];
        if (_children.Length > 0)
        {
            _children[0].Append(data.Children[0].Slice(first, count));
        }
        else
        {
            data.Buffers[2].Span.Slice(first, count).CopyTo(_texts.Add(count));
        }

        Span<T> added = MemoryMarshal.Cast<byte, T>(_values.Add(data.Length * width));
        for (int i = 0; i < added.Length; i++)
        {
            added[i] = checked(offsets[i + 1] + shift);
        }
    }

    /// <summary>Copies what is behind the views, too, so that many small additions do not become many buffers.</summary>
    private void AppendViews(ArrayData data)
    {
        int[] starts = new int[data.Buffers.Length - 2];
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = _texts.Length;
            ReadOnlySpan<byte> bytes = data.Buffers[i + 2].Span;
            bytes.CopyTo(_texts.Add(bytes.Length));
        }

        ReadOnlySpan<byte> views = data.Buffers[1].Span.Slice(data.Offset * Layouts.ViewBytes, data.Length * Layouts.ViewBytes);
        Span<byte> added = _values.Add(views.Length);
        views.CopyTo(added);
        Span<int> words = MemoryMarshal.Cast<byte, int>(added);
        for (int i = 0; i < data.Length; i++)
        {
            Span<int> view = words.Slice(4 * i, 4);
            if (!data.Buffers[0].IsEmpty && !BitUtility.GetBit(data.Buffers[0].Span, data.Offset + i))
            {
                view.Clear();
            }
            else if (view[0] > BinaryView.MaxInlineLength)
            {
                view[3] += starts[view[2]];
                view[2] = 0;
            }
        }
    }
}
