using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Wherever bytes are wrong, missing or late, no memory stays out.</summary>
public class DamagedLeakTests(ITestOutputHelper output)
{
    [CodecTheory]
    [InlineData(null)]
    [InlineData(CompressionCodecType.Lz4Frame)]
    public void EveryTruncation_GivesAllBack(CompressionCodecType? codec)
    {
        (byte[] stream, byte[] file) = Bytes(codec);
        int failed = 0;
        for (int length = 0; length < stream.Length; length++)
        {
            failed += Probe(allocator => Readers.Open(new DribblingStream(stream[..length]), allocator), $"stream of {length} bytes");
            failed += Probe(allocator => Readers.Open(new MemoryStream(stream[..length]), allocator), $"stream of {length} bytes that can seek");
        }

        for (int length = 0; length < file.Length; length++)
        {
            failed += Probe(allocator => Readers.OpenFile(file[..length], allocator), $"file of {length} bytes");
        }

        // All but those that end between messages.
        Assert.InRange(failed, (2 * stream.Length) + file.Length - 20, (2 * stream.Length) + file.Length);
    }

    [CodecTheory]
    [InlineData(null, 0xFF)]
    [InlineData(null, 0x01)]
    [InlineData(CompressionCodecType.Lz4Frame, 0xFF)]
    public void EveryByteChanged_GivesAllBack(CompressionCodecType? codec, byte change)
    {
        (byte[] stream, byte[] file) = Bytes(codec);
        int failed = 0;
        for (int i = 0; i < stream.Length; i++)
        {
            stream[i] ^= change;
            failed += Probe(allocator => Readers.Open(new MemoryStream(stream), allocator), $"stream, byte {i} ^ {change}");
            stream[i] ^= change;
        }

        for (int i = 0; i < file.Length; i++)
        {
            file[i] ^= change;
            failed += Probe(allocator => Readers.OpenFile(file, allocator), $"file, byte {i} ^ {change}");
            file[i] ^= change;
        }

        output.WriteLine($"{failed} of {stream.Length + file.Length} were refused");
        Assert.InRange(failed, 100, stream.Length + file.Length);
    }

    [Fact]
    public async Task CanceledAnywhere_GivesAllBackAndReadsNoFurther()
    {
        (byte[] stream, _) = Bytes(null);
        for (int stop = 0; stop < stream.Length; stop += 13)
        {
            using var cancellation = new CancellationTokenSource();
            var allocator = new GuardedAllocator();
            using (var source = new StoppingStream(stream, stop, cancellation))
            using (ArrowStreamReader reader = Readers.Open(source, allocator))
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
                {
                    while (await reader.ReadNextRecordBatchAsync(cancellation.Token) is RecordBatch batch)
                    {
                        batch.Dispose();
                    }
                });
                await Assert.ThrowsAsync<InvalidOperationException>(async () => await reader.ReadNextRecordBatchAsync());
            }

            allocator.RequireAllBack($"canceled at {stop}");
        }
    }

    [Fact]
    public async Task CanceledInAFile_ReadsTheSameBatchNext()
    {
        RecordBatch[] batches = [Small(3), Small(5)];
        byte[] file = Transport.WriteFile(batches[0].Schema, batches);
        var allocator = new GuardedAllocator();
        using (var source = new CancelableStream(file))
        using (var reader = new ArrowFileReader(source, allocator))
        {
            using var cancellation = new CancellationTokenSource();
            (await reader.ReadNextRecordBatchAsync())!.Dispose();
            source.OnRead = cancellation.Cancel;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                async () => await reader.ReadNextRecordBatchAsync(cancellation.Token));
            source.OnRead = null;
            using RecordBatch second = (await reader.ReadNextRecordBatchAsync())!;
            Assert.Equal(Rendering.Of(batches[1]), Rendering.Of(second));
            Assert.Null(await reader.ReadNextRecordBatchAsync());
        }

        allocator.RequireAllBack();
    }

    [Fact]
    public void NestedDictionariesThatNeverCame_AreEmptyWhereNothingNeedsThem()
    {
        DictionaryArray inner = Samples.Groups(2, false, "a", "b");
        var listType = new FixedSizeListType(new Field("item", inner.Data.DataType, true), 2);
        var type = new DictionaryType(Int8Type.Default, listType, false);
        Int8Array nulls = new Int8Array.Builder().AppendNull().AppendNull().Build();
        RecordBatch batch = LayoutSamples.Over(
            "nested", new DictionaryArray(type, nulls, new FixedSizeListArray(listType, 1, inner, ArrowBuffer.Empty)));
        byte[] stream = Transport.WriteStream(batch.Schema, batch);
        (int Start, int End, Apache.Arrow.Flatbuf.MessageKind Kind)[] messages = [.. Framing.Messages(stream, 0).Select(m => (m.Start, m.End, m.Kind))];
        byte[] without =
        [
            .. messages.Where(m => m.Kind != Apache.Arrow.Flatbuf.MessageKind.DictionaryBatch).SelectMany(m => stream[m.Start..m.End]),
        ];
        Assert.Equal([["null", "null"]], Rendering.Of(Transport.ReadMemory(without).Batches[0]));
    }

    [Fact]
    public void BatchInThePlaceOfADictionary_IsRefusedAndComesBack()
    {
        // The words are longer than the batch, so that the file stays long enough for all that its footer announces.
        // Its values are null, so that it can be read without the dictionary.
        DictionaryArray words = Samples.Groups(3, false, new string('a', 2000), "b");
        Int16Array nulls = new Int16Array.Builder().AppendNull().AppendNull().Build();
        RecordBatch batch = LayoutSamples.Over(
            "word", new DictionaryArray((DictionaryType)words.Data.DataType, nulls, words.Dictionary));
        byte[] file = Transport.WriteFile(batch.Schema, batch);
        Framing.Message[] messages = [.. Framing.Messages(file, 8)];
        Span<byte> footer = file.AsSpan(messages[^1].End);
        int at = footer.IndexOf(BitConverter.GetBytes((long)messages[1].Start));
        Block(messages[2]).CopyTo(footer[at..]);
        Assert.Equal(1, Probe(allocator => Readers.OpenFile(file, allocator), "batch for a dictionary"));

        static byte[] Block(Framing.Message message) =>
        [
            .. BitConverter.GetBytes((long)message.Start),
            .. BitConverter.GetBytes((long)(message.Body - message.Start)),
            .. BitConverter.GetBytes((long)(message.End - message.Body)),
        ];
    }

    [Fact]
    public void OffsetsTooShortForOne_OfNoTexts_ComeBack()
    {
        RecordBatch batch = LayoutSamples.Over("text", new StringArray.Builder().Build());
        byte[] stream = Transport.WriteStream(batch.Schema, batch);
        Framing.Message message = Framing.Messages(stream, 0).Last();
        (long start, long length) = message.Buffers[1];
        Assert.Equal(sizeof(int), length);
        Span<byte> metadata = stream.AsSpan(message.Start, message.Body - message.Start);
        int at = metadata.IndexOf([.. BitConverter.GetBytes(start), .. BitConverter.GetBytes(length)]);
        metadata[at + sizeof(long)] = 3;
        Assert.Equal(0, Probe(allocator => Readers.Open(new MemoryStream(stream), allocator), "three bytes of offsets"));
    }

    [Fact]
    public void BatchBehindADamagedDictionary_IsNotReadWithTheOneBefore()
    {
        RecordBatch[] batches =
        [
            LayoutSamples.Over("word", Samples.Groups(3, false, "a")), LayoutSamples.Over("word", Samples.Groups(3, false, "b")),
        ];
        byte[] stream = Transport.WriteStream(batches[0].Schema, batches);
        Framing.Message message = Framing.Messages(stream, 0).Last(m => m.Kind == Apache.Arrow.Flatbuf.MessageKind.DictionaryBatch);
        (long start, long length) = message.Buffers[1];
        Span<byte> metadata = stream.AsSpan(message.Start, message.Body - message.Start);
        int at = metadata.IndexOf([.. BitConverter.GetBytes(start), .. BitConverter.GetBytes(length)]);
        metadata[at + sizeof(long) + 2] = 0x7F;
        var allocator = new GuardedAllocator();
        foreach (Func<ArrowStreamReader> open in (Func<ArrowStreamReader>[])
            [() => new ArrowStreamReader(stream), () => Readers.Open(new DribblingStream(stream), allocator)])
        {
            using ArrowStreamReader reader = open();
            reader.ReadNextRecordBatch()!.Dispose();
            Assert.Throws<InvalidDataException>(reader.ReadNextRecordBatch);
            Assert.Throws<InvalidDataException>(reader.ReadNextRecordBatch);
        }

        allocator.RequireAllBack();
    }

    /// <summary>A batch whose dictionary grows with its rows.</summary>
    private static RecordBatch Small(int rows)
    {
        RecordBatch all = LayoutSamples.Of(rows);
        string[] names = ["text", "text view", "list", "dictionary in list"];
        DictionaryArray grown = Samples.Groups(rows, false, [.. Enumerable.Range(0, rows).Select(i => $"word {i}")]);
        return new RecordBatch(
            new Schema([new Field("group", grown.Data.DataType, true), .. names.Select(name => all.Schema.GetFieldByName(name)!)], null),
            [grown, .. names.Select(name => all.Column(name))],
            rows);
    }

    private static (byte[] Stream, byte[] File) Bytes(CompressionCodecType? codec)
    {
        RecordBatch[] batches = [Small(3), Small(8)];
        return (
            Transport.Write(target => new ArrowStreamWriter(target, batches[0].Schema, true, Readers.Options(codec)), batches),
            Transport.Write(target => new ArrowFileWriter(target, batches[0].Schema, true, Readers.Options(codec)), batches));
    }

    /// <summary>Reads what can be read; 1 when that ends with an error.</summary>
    private static int Probe(Func<GuardedAllocator, ArrowStreamReader> open, string name)
    {
        var allocator = new GuardedAllocator();
        int failed = 0;
        using (ArrowStreamReader reader = open(allocator))
        {
            try
            {
                while (reader.ReadNextRecordBatch() is RecordBatch batch)
                {
                    batch.Dispose();
                }
            }
            catch (Exception error) when (error is InvalidDataException or NotSupportedException)
            {
                failed = 1;
            }
        }

        allocator.RequireAllBack(name);
        return failed;
    }

    /// <summary>A stream that is canceled when so many bytes were read.</summary>
    private sealed class StoppingStream(byte[] bytes, int stop, CancellationTokenSource cancellation) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int left = stop - (int)Position;
            if (left == 0)
            {
                await cancellation.CancelAsync();
            }

            return await base.ReadAsync(left > 0 && left < buffer.Length ? buffer[..left] : buffer, cancellationToken);
        }
    }

    /// <summary>A stream that does something before it is read.</summary>
    private sealed class CancelableStream(byte[] bytes) : MemoryStream(bytes)
    {
        public Action? OnRead { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            OnRead?.Invoke();
            return base.ReadAsync(buffer, cancellationToken);
        }
    }
}
