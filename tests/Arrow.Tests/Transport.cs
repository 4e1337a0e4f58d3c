using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Pipeline.Arrow.Tests;

/// <summary>Batches to bytes and back, in all the ways there are.</summary>
internal static class Transport
{
    public static byte[] WriteStream(Schema schema, params RecordBatch[] batches) => Write(
        stream => new ArrowStreamWriter(stream, schema, leaveOpen: true), batches);

    public static byte[] WriteFile(Schema schema, params RecordBatch[] batches) => Write(
        stream => new ArrowFileWriter(stream, schema, leaveOpen: true), batches);

    public static byte[] Write(Func<Stream, ArrowStreamWriter> open, params RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using (ArrowStreamWriter writer = open(stream))
        {
            writer.WriteStart();
            foreach (RecordBatch batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    public static async Task<byte[]> WriteAsync(Func<Stream, ArrowStreamWriter> open, params RecordBatch[] batches)
    {
        using var stream = new MemoryStream();
        using (ArrowStreamWriter writer = open(stream))
        {
            await writer.WriteStartAsync();
            foreach (RecordBatch batch in batches)
            {
                await writer.WriteRecordBatchAsync(batch);
            }

            await writer.WriteEndAsync();
        }

        return stream.ToArray();
    }

    public static (Schema Schema, List<RecordBatch> Batches) ReadMemory(ReadOnlyMemory<byte> bytes) => ReadAll(new ArrowStreamReader(bytes));

    public static (Schema Schema, List<RecordBatch> Batches) ReadStream(byte[] bytes) =>
        ReadAll(new ArrowStreamReader(new MemoryStream(bytes)));

    public static (Schema Schema, List<RecordBatch> Batches) ReadFile(byte[] bytes) =>
        ReadAll(new ArrowFileReader(new MemoryStream(bytes)));

    public static (Schema Schema, List<RecordBatch> Batches) ReadAll(ArrowStreamReader reader)
    {
        using (reader)
        {
            Schema schema = reader.Schema;
            var batches = new List<RecordBatch>();
            while (reader.ReadNextRecordBatch() is RecordBatch batch)
            {
                batches.Add(batch);
            }

            return (schema, batches);
        }
    }

    public static async Task<(Schema Schema, List<RecordBatch> Batches)> ReadAllAsync(ArrowStreamReader reader)
    {
        using (reader)
        {
            Schema schema = await reader.GetSchema();
            var batches = new List<RecordBatch>();
            while (await reader.ReadNextRecordBatchAsync() is RecordBatch batch)
            {
                batches.Add(batch);
            }

            return (schema, batches);
        }
    }
}
