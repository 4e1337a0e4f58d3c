using Apache.Arrow;
using Apache.Arrow.Flatbuf;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Where buffers lie in what is written, and that slices write no more than themselves.</summary>
public class AlignmentTests
{
    private const int Alignment = 64;
    private const int FileHeadBytes = 8;

    [CodecTheory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(false, CompressionCodecType.Lz4Frame)]
    public void EveryBufferOfEveryMessage_StartsAtAMultipleOf64OfTheWhole(bool isLegacy, CompressionCodecType? codec)
    {
        foreach (int rows in (int[])[1, 7, 100])
        {
            RecordBatch batch = LayoutSamples.Of(rows);
            RecordBatch[] batches = [batch, batch.Slice(1, rows / 2), LayoutSamples.Of(rows + 1)];
            IpcOptions options = Readers.Options(codec);
            options.WriteLegacyIpcFormat = isLegacy;
            byte[] stream = Transport.Write(target => new ArrowStreamWriter(target, batch.Schema, true, options), batches);
            byte[] file = Transport.Write(target => new ArrowFileWriter(target, batch.Schema, true, options), batch, batch.Slice(1, rows / 2));
            AssertAligned(stream, 0, batches.Length);
            AssertAligned(file, FileHeadBytes, 2);
        }
    }

    [Fact]
    public void Slices_AnyOffset_ReadAsWritten()
    {
        RecordBatch whole = LayoutSamples.Of(60);
        for (int offset = 1; offset <= 9; offset++)
        {
            foreach (int length in (int[])[0, 1, 8, 40])
            {
                RecordBatch slice = whole.Slice(offset, length);
                string[][] expected = [.. Rendering.Of(whole).Select(column => column[offset..(offset + length)])];
                Assert.Equal(expected, Rendering.Of(Transport.ReadMemory(Transport.WriteStream(whole.Schema, slice)).Batches[0]));
                Assert.Equal(expected, Rendering.Of(Transport.ReadFile(Transport.WriteFile(whole.Schema, slice)).Batches[0]));
            }
        }
    }

    [Fact]
    public void Slices_AnyOffset_CarryOnlyTheirBytes()
    {
        const int Rows = 3000;
        const int Length = 5;
        RecordBatch whole = LayoutSamples.Of(Rows);
        for (int j = 0; j < whole.ColumnCount; j++)
        {
            // The bytes behind views are shared by all slices; they go out as they are.
            string name = whole.Schema.GetFieldByIndex(j).Name;
            if (name is "null" or "text view" or "bytes view")
            {
                continue;
            }

            RecordBatch column = LayoutSamples.Over(name, whole.Column(j));
            for (int offset = 1; offset <= 9; offset++)
            {
                Framing.Message written = BatchOf(column.Slice(offset, Length));
                Framing.Message first = BatchOf(column.Slice(Rows - Length - offset, Length));
                Assert.All([written, first], message => Assert.InRange(message.Buffers.Sum(buffer => buffer.Length), 1, 500));
                Assert.InRange(BatchOf(column).Buffers.Sum(buffer => buffer.Length), Rows / 8, long.MaxValue);
            }
        }
    }

    private static Framing.Message BatchOf(RecordBatch batch) =>
        Framing.Messages(Transport.WriteStream(batch.Schema, batch), 0).Single(message => message.Kind == MessageKind.RecordBatch);

    private static void AssertAligned(byte[] bytes, int start, int batches)
    {
        Framing.Message[] messages = [.. Framing.Messages(bytes, start)];
        Assert.Equal(batches, messages.Count(message => message.Kind == MessageKind.RecordBatch));
        Assert.Contains(messages, message => message.Kind == MessageKind.DictionaryBatch);
        Assert.All(messages.Where(message => message.Kind != MessageKind.Schema), message => Assert.NotEmpty(message.Buffers));
        foreach (Framing.Message message in messages)
        {
            Assert.Equal(0, message.Body % Alignment);
            Assert.All(message.Buffers, buffer =>
            {
                (long at, long length) = buffer;
                Assert.Equal(0, at % Alignment);
                Assert.InRange(message.Body + at + length, message.Body, message.End);
            });
        }
    }
}
