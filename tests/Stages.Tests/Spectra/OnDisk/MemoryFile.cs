using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.OnDisk;

namespace Pipeline.Stages.Tests.Spectra.OnDisk;

/// <summary>A file that lies in memory, and writers of the shapes that spectra have in files.</summary>
internal sealed class MemoryFile(byte[] bytes) : IByteFile
{
    public long Length => bytes.Length;

    public void Read(long position, Span<byte> target) => bytes.AsSpan(checked((int)position), target.Length).CopyTo(target);

    public async ValueTask ReadAsync(IReadOnlyList<ByteRange> pieces, Memory<byte> target, CancellationToken cancellation)
    {
        await Task.Yield();
        int done = 0;
        foreach (ByteRange piece in pieces)
        {
            Read(piece.Start, target.Span.Slice(done, piece.Count));
            done += piece.Count;
        }
    }

    /// <summary>A chunk in batches of some rows.</summary>
    /// <param name="chunk">The chunk, with one response.</param>
    /// <param name="batchRows">Rows of a batch.</param>
    /// <param name="isSingle">Single precision.</param>
    /// <param name="list">fixed, list or large.</param>
    /// <param name="isFile">The file form, or the stream form.</param>
    /// <param name="options">How it is written.</param>
    public static byte[] Bytes(
        SpectralChunk chunk, int batchRows, bool isSingle = false, string list = "fixed", bool isFile = true, IpcOptions? options = null)
    {
        IArrowType values = isSingle ? FloatType.Default : DoubleType.Default;
        var item = new Field("item", values, nullable: true);
        IArrowType type = list switch
        {
            "fixed" => new FixedSizeListType(item, chunk.Axis.Count),
            "large" => new LargeListType(item),
            _ => new ListType(item),
        };
        string axis = System.Text.Json.JsonSerializer.Serialize(chunk.Axis.Positions);
        var schema = new Schema(
            [
                new Field("protein", DoubleType.Default, nullable: true),
                new Field("spectrum", type, nullable: true, new Dictionary<string, string> { ["axis"] = axis, ["unit"] = "nm" }),
                new Field("sample_id", StringType.Default, nullable: false),
            ],
            null);
        using var stream = new MemoryStream();
        using (ArrowStreamWriter writer = isFile
            ? new ArrowFileWriter(stream, schema, leaveOpen: true, options ?? new IpcOptions())
            : new ArrowStreamWriter(stream, schema, leaveOpen: true, options ?? new IpcOptions()))
        {
            for (int start = 0; start < chunk.SampleCount; start += batchRows)
            {
                int count = Math.Min(batchRows, chunk.SampleCount - start);
                var y = new DoubleArray.Builder();
                foreach (double value in chunk.Responses[0].Values.AsSpan().Slice(start, count))
                {
                    _ = double.IsNaN(value) ? y.AppendNull() : y.Append(value);
                }

                using var batch = new RecordBatch(
                    schema,
                    [y.Build(), Lists(chunk.X.View.RowBand(start, count), isSingle, type), new StringArray.Builder().AppendRange(chunk.Ids.Skip(start).Take(count)).Build()],
                    count);
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    /// <summary>The chunk with its spectra rounded to single precision.</summary>
    public static SpectralChunk Rounded(SpectralChunk chunk)
    {
        Matrix x = chunk.X.View.ToMatrix();
        foreach (ref double value in x.Values)
        {
            value = (float)value;
        }

        return new SpectralChunk(chunk.Ids, chunk.Axis, x, chunk.Responses, chunk.Labels);
    }

    private static IArrowArray Lists(MatrixView x, bool isSingle, IArrowType type)
    {
        int p = x.Columns;
        double[] all = x.ToMatrix().Values.ToArray();
        IArrowArray values = isSingle
            ? new FloatArray.Builder().AppendRange(all.Select(value => (float)value)).Build()
            : new DoubleArray.Builder().AppendRange(all).Build();
        int[] offsets = [.. Enumerable.Range(0, x.Rows + 1).Select(i => i * p)];
        return type switch
        {
            FixedSizeListType => new FixedSizeListArray(type, x.Rows, values, ArrowBuffer.Empty),
            LargeListType => new LargeListArray(
                type, x.Rows, new ArrowBuffer.Builder<long>().AppendRange(offsets.Select(o => (long)o)).Build(), values, ArrowBuffer.Empty),
            _ => new ListArray(type, x.Rows, new ArrowBuffer.Builder<int>().AppendRange(offsets).Build(), values, ArrowBuffer.Empty),
        };
    }
}
