using System.IO.MemoryMappedFiles;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Memory;

/// <summary>Every way out gives all memory back, and none earlier.</summary>
public class LeakTests
{
    [CodecFact]
    public void Dispose_AnyOrder_GivesAllBack()
    {
        RecordBatch[] batches = [LayoutSamples.Of(20), LayoutSamples.Of(30)];
        string[][][] expected = [.. batches.Select(Rendering.Of)];
        foreach ((string name, Func<GuardedAllocator, ArrowStreamReader> open) in Readers.Of(batches[0].Schema, batches))
        {
            // Batches first, the reader first, one batch before the next is read.
            foreach (int order in (int[])[0, 1, 2])
            {
                var allocator = new GuardedAllocator();
                ArrowStreamReader reader = open(allocator);
                var read = new List<RecordBatch>();
                for (int i = 0; i < batches.Length; i++)
                {
                    read.Add(reader.ReadNextRecordBatch()!);
                    Assert.Equal(expected[i], Rendering.Of(read[i]));
                    if (order == 2)
                    {
                        read[i].Dispose();
                    }
                }

                Assert.Null(reader.ReadNextRecordBatch());
                if (order == 1)
                {
                    reader.Dispose();
                    Assert.Equal(expected, read.Select(Rendering.Of));
                }

                // Twice: the second disposal does nothing.
                read.ForEach(batch => batch.Dispose());
                read.ForEach(batch => batch.Dispose());
                reader.Dispose();
                reader.Dispose();
                allocator.RequireAllBack($"{name}, order {order}");
            }
        }
    }

    [CodecFact]
    public void Dispose_ReaderBetweenBatches_GivesAllBack()
    {
        RecordBatch batch = LayoutSamples.Of(20);
        foreach ((string name, Func<GuardedAllocator, ArrowStreamReader> open) in Readers.Of(batch.Schema, batch, batch))
        {
            var allocator = new GuardedAllocator();
            open(allocator).Dispose();
            using (ArrowStreamReader reader = open(allocator))
            {
                Assert.Equal(batch.ColumnCount, reader.Schema.FieldsList.Count);
            }

            using (ArrowStreamReader reader = open(allocator))
            {
                reader.ReadNextRecordBatch()!.Dispose();
            }

            allocator.RequireAllBack(name);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dispose_LastOfReaderViewAndBatches_ClosesTheMapping(bool isFile)
    {
        RecordBatch batch = LayoutSamples.Of(20);
        using var mapped = new MappedFile(
            isFile ? Transport.WriteFile(batch.Schema, batch, batch) : Transport.WriteStream(batch.Schema, batch, batch));
        MemoryMappedViewStream view = mapped.View();
        Microsoft.Win32.SafeHandles.SafeMemoryMappedViewHandle handle = view.SafeMemoryMappedViewHandle;
        ArrowStreamReader reader = isFile ? new ArrowFileReader(view) : new ArrowStreamReader(view);
        List<RecordBatch> read = Readers.ReadAll(reader);
        RecordBatch slice = read[1].SliceShared(3, 5);
        reader.Dispose();
        Assert.False(view.CanRead);
        Assert.Equal(Rendering.Of(batch), Rendering.Of(read[0]));
        read[0].Dispose();
        read[1].Dispose();
        Assert.False(handle.IsClosed);
        Assert.Equal(Rendering.Of(batch.Slice(3, 5)), Rendering.Of(slice));
        slice.Dispose();
        Assert.True(handle.IsClosed);
        Assert.Throws<ObjectDisposedException>(() => Rendering.Of(slice));
    }

    [CodecFact]
    public void Slices_AnyOrder_KeepMemoryAsLongAsTheyShareIt()
    {
        RecordBatch batch = LayoutSamples.Of(20);
        foreach ((string name, Func<GuardedAllocator, ArrowStreamReader> open) in Readers.Of(batch.Schema, batch))
        {
            var allocator = new GuardedAllocator();
            RecordBatch read;
            using (ArrowStreamReader reader = open(allocator))
            {
                read = reader.ReadNextRecordBatch()!;
            }

            RecordBatch shared = read.SliceShared(2, 9);
            var column = (global::Apache.Arrow.Array)read.Column("list");
            IDisposable[] shares =
            [
                shared, shared.SliceShared(1, 3), column.SliceShared(4, 4), read.Column("map").Data.Retain(),
                ((DictionaryArray)read.Column("group")).Dictionary.Data.Retain(), read.Column("text").Data.Buffers[2].Retain(),
            ];

            // A plain slice has no lease of its own: it goes with the batch.
            RecordBatch plain = read.Slice(2, 9);
            Assert.Equal(Rendering.Of(batch.Slice(2, 9)), Rendering.Of(plain));
            read.Dispose();
            Assert.Throws<ObjectDisposedException>(() => read.SliceShared(0, 1));
            Assert.Equal(Rendering.Of(batch.Slice(2, 9)), Rendering.Of(shared));
            foreach (IDisposable share in shares)
            {
                Assert.NotEqual(0, allocator.LiveCount);
                share.Dispose();
            }

            plain.Dispose();
            allocator.RequireAllBack(name);
        }
    }

    [Fact]
    public void SliceShared_OneColumnDisposed_TakesNothing()
    {
        RecordBatch batch = LayoutSamples.Of(20);
        var allocator = new GuardedAllocator();
        using (ArrowStreamReader reader = Readers.OpenFile(Transport.WriteFile(batch.Schema, batch), allocator))
        using (RecordBatch read = reader.ReadNextRecordBatch()!)
        {
            read.Column("list").Dispose();
            Assert.Throws<ObjectDisposedException>(() => read.SliceShared(0, 5));
        }

        allocator.RequireAllBack();
    }

    [CodecFact]
    public void Dictionaries_KeptReplacedAndGrown_GoWithTheLastThatNeedsThem()
    {
        RecordBatch[] batches =
        [
            Groups(4, "a", "b"), Groups(4, "a", "b"), Groups(6, "a", "b", "c"), Groups(7, "a", "b", "c", "dddddddddddddd"), Groups(5, "x"),
            Groups(5, "x", "y"),
        ];
        foreach ((string name, Func<GuardedAllocator, ArrowStreamReader> open) in Streams(batches))
        {
            foreach (bool isReverse in (bool[])[false, true])
            {
                var allocator = new GuardedAllocator();
                List<RecordBatch> read;
                using (ArrowStreamReader reader = open(allocator))
                {
                    read = Readers.ReadAll(reader);
                }

                if (isReverse)
                {
                    read.Reverse();
                }

                while (read.Count > 0)
                {
                    int at = isReverse ? read.Count : batches.Length - read.Count + 1;
                    Assert.Equal(Rendering.Of(batches[at - 1]), Rendering.Of(read[0]));
                    Assert.NotEqual(0, allocator.LiveCount);
                    read[0].Dispose();
                    read.RemoveAt(0);
                }

                allocator.RequireAllBack(name);
            }
        }
    }

    [CodecFact]
    public void Dictionaries_InsideDictionaries_ComeBack()
    {
        RecordBatch[] batches = [Nested(4, "a", "b"), Nested(6, "a", "b", "c")];
        foreach ((string name, Func<GuardedAllocator, ArrowStreamReader> open) in Streams(batches))
        {
            var allocator = new GuardedAllocator();
            using (ArrowStreamReader reader = open(allocator))
            {
                List<RecordBatch> read = Readers.ReadAll(reader);
                Assert.Equal(batches.Select(Rendering.Of), read.Select(Rendering.Of));
                read.ForEach(batch => batch.Dispose());
            }

            allocator.RequireAllBack(name);
        }
    }

    [Fact]
    public void Writer_BatchesDisposedBehindIt_WritesTheSame()
    {
        RecordBatch[] batches = [Groups(4, "a", "b"), Groups(4, "a", "b"), Groups(6, "a", "b", "c"), Groups(5, "x"), Groups(5, "x", "y")];
        byte[] stream = Transport.WriteStream(batches[0].Schema, batches);
        var allocator = new GuardedAllocator();
        using var target = new MemoryStream();
        using (ArrowStreamReader reader = Readers.Open(new MemoryStream(stream), allocator))
        using (var writer = new ArrowStreamWriter(target, reader.Schema, leaveOpen: true))
        {
            while (reader.ReadNextRecordBatch() is RecordBatch read)
            {
                using (read)
                {
                    writer.WriteRecordBatch(read);
                }
            }

            writer.WriteEnd();
        }

        Assert.Equal(stream, target.ToArray());
        allocator.RequireAllBack();
    }

    [Fact]
    public void Writer_DictionaryInMemoryUsedAgain_IsWrittenAgain()
    {
        // Two dictionaries that come one after the other into the same memory.
        var pool = new OnePiecePool();
        RecordBatch[] batches =
        [
            LayoutSamples.Over("group", Samples.Groups(3, false, "a")), LayoutSamples.Over("group", Samples.Groups(3, false, "b")),
        ];
        using var target = new MemoryStream();
        using (var writer = new ArrowStreamWriter(target, batches[0].Schema, leaveOpen: true))
        {
            foreach (RecordBatch batch in batches)
            {
                var column = (DictionaryArray)batch.Column(0);
                IArrowArray values = ArrowArrayFactory.BuildArray(column.Dictionary.Data.Clone(pool));
                using var copy = new RecordBatch(batch.Schema, [new DictionaryArray((DictionaryType)column.Data.DataType, column.Indices, values)], 3);
                writer.WriteRecordBatch(copy);
            }

            writer.WriteEnd();
        }

        Assert.Equal(batches.Select(Rendering.Of), Transport.ReadMemory(target.ToArray()).Batches.Select(Rendering.Of));
        Assert.Equal(0, pool.LiveCount);
    }

    private static IEnumerable<(string Name, Func<GuardedAllocator, ArrowStreamReader> Open)> Streams(RecordBatch[] batches)
    {
        foreach (CompressionCodecType? codec in (CompressionCodecType?[])[null, CompressionCodecType.Zstd])
        {
            byte[] stream = Transport.Write(
                target => new ArrowStreamWriter(target, batches[0].Schema, true, Readers.Options(codec)), batches);
            yield return ($"{codec}", allocator => Readers.Open(new DribblingStream(stream), allocator));
        }
    }

    /// <summary>A column of texts and one of views, each with a dictionary.</summary>
    private static RecordBatch Groups(int rows, params string[] values)
    {
        DictionaryArray texts = Samples.Groups(rows, true, values);
        IArrowArray views = new StringViewArray.Builder().AppendRange(values.Select(value => value + " and twelve bytes more")).Build();
        var type = new DictionaryType(Int16Type.Default, StringViewType.Default, false);
        IArrowArray[] columns = [texts, new DictionaryArray(type, texts.Indices, views)];
        return new RecordBatch(
            new Schema([new Field("group", texts.Data.DataType, true), new Field("view", type, true)], null), columns, rows);
    }

    /// <summary>A dictionary of lists of words of a dictionary.</summary>
    private static RecordBatch Nested(int rows, params string[] words)
    {
        DictionaryArray inner = Samples.Groups(2 * rows, false, words);
        var listType = new FixedSizeListType(new Field("item", inner.Data.DataType, true), 2);
        var type = new DictionaryType(Int8Type.Default, listType, false);
        Int8Array indices = new Int8Array.Builder().AppendRange(Enumerable.Range(0, rows).Select(i => (sbyte)(rows - 1 - i))).Build();
        return LayoutSamples.Over(
            "nested", new DictionaryArray(type, indices, new FixedSizeListArray(listType, rows, inner, ArrowBuffer.Empty)));
    }
}
