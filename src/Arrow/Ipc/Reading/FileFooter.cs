using System.Buffers.Binary;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc.Messages;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Reading;

/// <summary>What the end of a file says: the schema, and where dictionaries and batches lie.</summary>
/// <remarks>
/// Layout of a file: magic and two zeros; messages; footer (flatbuffer); its length (int32); magic. Blocks do not
/// overlap, so together they cannot be longer than the file; that bounds what a hostile footer can make us read.
/// </remarks>
internal sealed class FileFooter
{
    /// <summary>Bytes behind the footer: its length and the magic.</summary>
    internal const int TrailerBytes = 10;

    private const int HeadBytes = 8;

    /// <summary>Reads the footer of a file of <paramref name="fileBytes"/>; its version, which old writers left out, is that of the messages.</summary>
    internal FileFooter(ReadOnlySpan<byte> footer, long fileBytes, BatchReading reading)
    {
        FlatTable table = FlatTable.Root(footer);
        if (!table.TryGetTable(Slots.Footer.Schema, out FlatTable schema))
        {
            throw FlatBounds.Damaged("the footer has no schema");
        }

        Decoder = new MessageDecoder(schema, footer.Length, reading);
        long end = fileBytes - TrailerBytes - footer.Length;
        long bytesLeft = end;
        Dictionaries = Blocks(table.GetVector(Slots.Footer.Dictionaries, Slots.Footer.BlockBytes), end, ref bytesLeft);
        Batches = Blocks(table.GetVector(Slots.Footer.RecordBatches, Slots.Footer.BlockBytes), end, ref bytesLeft);
    }

    /// <summary>Turns messages into batches.</summary>
    internal MessageDecoder Decoder { get; }

    /// <summary>The dictionaries.</summary>
    internal Block[] Dictionaries { get; }

    /// <summary>The batches.</summary>
    internal Block[] Batches { get; }

    /// <summary>The footer's length, out of the file's last bytes.</summary>
    internal static int LengthOf(ReadOnlySpan<byte> trailer, long fileBytes)
    {
        if (!trailer.EndsWith(IpcFormat.Magic))
        {
            throw new InvalidDataException("This is not an Arrow file, or it is cut off: it does not end with ARROW1.");
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(trailer);
        return length > 0 && length <= fileBytes - TrailerBytes - HeadBytes
            ? length
            : throw new InvalidDataException($"The Arrow file of {fileBytes} bytes announces a footer of {length} bytes.");
    }

    private static Block[] Blocks(FlatVector vector, long end, ref long bytesLeft)
    {
        var blocks = new Block[vector.Count];
        for (int i = 0; i < blocks.Length; i++)
        {
            var block = new Block(vector.Int64(i, 0), vector.Int32(i, sizeof(long)), vector.Int64(i, 2 * sizeof(long)));
            if (block.Offset < 0 || block.MetadataBytes < 0 || block.BodyBytes < 0 || block.BodyBytes > bytesLeft
                || (bytesLeft -= block.Bytes) < 0 || block.Offset > end - block.Bytes)
            {
                throw new InvalidDataException($"The Arrow file announces {block}, which is not inside it.");
            }

            blocks[i] = block;
        }

        return blocks;
    }

    /// <summary>Where a message lies in a file.</summary>
    internal readonly record struct Block(long Offset, int MetadataBytes, long BodyBytes)
    {
        /// <summary>Bytes of the message.</summary>
        internal long Bytes => MetadataBytes + BodyBytes;

        /// <summary>Bytes of the message, which must fit into one piece of memory.</summary>
        internal long RequireBytes() => Bytes <= System.Array.MaxLength
            ? Bytes
            : throw new NotSupportedException($"not supported: an Arrow message of {Bytes} bytes, over 2 GiB.");

        /// <summary>The message out of its bytes, which it takes over.</summary>
        internal IpcMessage Open(LeasedBytes bytes)
        {
            try
            {
                return Split(bytes);
            }
            catch
            {
                bytes.Dispose();
                throw;
            }
        }

        private IpcMessage Split(LeasedBytes bytes)
        {
            ReadOnlyMemory<byte> head = bytes.Memory[..MetadataBytes];
            int prefix = sizeof(int);
            int length = head.Length < prefix ? -1 : BinaryPrimitives.ReadInt32LittleEndian(head.Span);
            if (length == IpcFormat.Continuation && head.Length >= 2 * sizeof(int))
            {
                length = BinaryPrimitives.ReadInt32LittleEndian(head.Span[prefix..]);
                prefix += sizeof(int);
            }

            if (length < 0 || length > head.Length - prefix)
            {
                throw new InvalidDataException($"The message at {Offset} of the Arrow file has metadata of {length} bytes.");
            }

            // The body's lease is that of the whole message, so it keeps the metadata too.
            var message = new IpcMessage(LeasedBytes.Free(head.Slice(prefix, length)));
            return message.BodyLength <= BodyBytes
                ? message.WithBody(bytes with { Memory = bytes.Memory[MetadataBytes..] })
                : throw new InvalidDataException($"The message at {Offset} of the Arrow file is longer than the footer says.");
        }
    }
}
