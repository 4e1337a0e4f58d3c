using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Types;
using Pipeline.Engine;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Stages.Spectra.OnDisk;

/// <summary>The columns beside the spectra of a file that is larger than memory: plain texts and numbers.</summary>
internal static class DiskColumns
{
    /// <summary>Whether a column of this type is read.</summary>
    public static bool IsRead(IArrowType type) => type is StringType or LargeStringType || (ArrowCells.IsNumber(type) && type is FixedWidthType);

    /// <summary>One column of one batch.</summary>
    /// <exception cref="StageException">The bytes are damaged.</exception>
    public static IArrowArray Read(IByteFile file, ArrowBatchLayout batch, int column, Field field)
    {
        var buffers = new byte[batch.BufferCount(column)][];
        for (int b = 0; b < buffers.Length; b++)
        {
            (long start, long length) = batch.Buffer(column, b);
            buffers[b] = new byte[checked((int)length)];
            file.Read(start, buffers[b]);
        }

        long nulls = batch.Node(column).Nulls;
        bool isSound = batch.Node(column).Length == batch.Rows && (nulls == 0 || 8L * buffers[0].Length >= batch.Rows) && field.DataType switch
        {
            StringType => AreOffsets(buffers[1], sizeof(int), batch.Rows, buffers[2].Length),
            LargeStringType => AreOffsets(buffers[1], sizeof(long), batch.Rows, buffers[2].Length),
            FixedWidthType width => buffers[1].Length >= (long)batch.Rows * width.BitWidth / 8,
            _ => false,
        };
        if (!isSound)
        {
            throw new StageException(
                FailureKind.InvalidData, $"The Arrow data are damaged or cut off: column '{field.Name}' has fewer bytes than its rows "
                    + "need. Write the file again.");
        }

        ArrowBuffer[] all = [.. buffers.Select(bytes => new ArrowBuffer(bytes))];
        return ArrowArrayFactory.BuildArray(new ArrayData(field.DataType, batch.Rows, nulls == 0 || buffers[0].Length == 0 ? 0 : (int)nulls, 0, all));
    }

    /// <summary>Whether texts lie one behind the other inside their bytes.</summary>
    private static bool AreOffsets(ReadOnlySpan<byte> offsets, int size, int rows, long bytes)
    {
        if (rows == 0)
        {
            return true;
        }

        if (offsets.Length < (rows + 1L) * size)
        {
            return false;
        }

        long before = 0;
        for (int i = 0; i <= rows; i++)
        {
            ReadOnlySpan<byte> one = offsets.Slice(i * size, size);
            long offset = size == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(one) : BinaryPrimitives.ReadInt32LittleEndian(one);
            if (offset < before || offset > bytes)
            {
                return false;
            }

            before = offset;
        }

        return true;
    }
}
