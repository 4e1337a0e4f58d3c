using Apache.Arrow;
using Apache.Arrow.Types;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Uses values as callers do, at both ends of arrays, and makes a number of what it saw.</summary>
/// <remarks>
/// Dictionaries of lists of dictionaries unfold to more values than any memory holds, so it stops after a number of
/// values and bytes.
/// </remarks>
internal sealed class Touch
{
    private const int StepsMax = 4000;
    private const int AtStart = 200;
    private const int AtEnd = 10;
    private const int BytesPerStep = 64;

    private HashCode _seen;
    private int _steps = StepsMax;

    /// <summary>Uses the columns of batches.</summary>
    public static int Of(IEnumerable<RecordBatch> batches)
    {
        var all = default(HashCode);
        foreach (RecordBatch batch in batches)
        {
            all.Add(batch.Length);
            foreach (IArrowArray column in batch.Arrays)
            {
                var touch = new Touch();
                touch.Ends(column);
                all.Add(touch._seen.ToHashCode());
            }
        }

        return all.ToHashCode();
    }

    private void Ends(IArrowArray array)
    {
        _seen.Add(array.Length);
        _seen.Add(array.NullCount);
        int start = Math.Min(array.Length, AtStart);
        Values(array, 0, start);
        Values(array, Math.Max(start, array.Length - AtEnd), array.Length);
    }

    private void Values(IArrowArray array, int start, int end)
    {
        if (array.Data.DataType is FixedWidthType and not (DictionaryType or FixedSizeBinaryType { ByteWidth: > BytesPerStep }))
        {
            int count = Math.Clamp(end - start, 0, _steps);
            _steps -= count;
            foreach (string value in Rendering.Of(ArrowArrayFactory.Slice(array, start, count)))
            {
                _seen.Add(value);
            }

            return;
        }

        for (int i = start; i < end && --_steps >= 0; i++)
        {
            if (array.IsValid(i))
            {
                Value(array, i);
            }
        }
    }

    private void Value(IArrowArray array, int i)
    {
        switch (array)
        {
            case ListArray lists:
                Ends(lists.GetSlicedValues(i)!);
                break;
            case LargeListArray lists:
                Ends(lists.GetSlicedValues(i)!);
                break;
            case FixedSizeListArray lists:
                Ends(lists.GetSlicedValues(i)!);
                break;
            case StructArray records:
                foreach (IArrowArray field in records.Fields)
                {
                    Values(field, i, i + 1);
                }

                break;
            case DictionaryArray indices:
                int index = Rendering.IndexAt(indices.Indices, i);
                Values(indices.Dictionary, index, index + 1);
                break;
            default:
                string text = Rendering.Of(ArrowArrayFactory.Slice(array, i, 1))[0];
                _seen.Add(text);
                _steps -= text.Length / BytesPerStep;
                break;
        }
    }
}
