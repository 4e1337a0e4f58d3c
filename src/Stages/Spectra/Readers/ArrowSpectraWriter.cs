using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Spectra.Readers;

/// <summary>Writes a chunk as an Arrow file: ids, spectra as fixed-size lists, responses, labels; every bit is kept.</summary>
/// <remarks>
/// The spectrum's field carries its axis as metadata: <c>axis</c>, a JSON array of positions, and <c>unit</c>, one of nm,
/// cm-1, channel. A response that is not known is null.
/// </remarks>
public static class ArrowSpectraWriter
{
    /// <summary>Metadata of a column: what it is to us.</summary>
    internal const string RoleKey = "role";

    /// <summary>Metadata of the spectrum: its positions as a JSON array.</summary>
    internal const string AxisKey = "axis";

    /// <summary>Metadata of the spectrum: the unit of its positions.</summary>
    internal const string UnitKey = "unit";

    /// <summary>Writes one record batch; the stream stays open.</summary>
    public static void Write(SpectralChunk chunk, Stream target)
    {
        // Nobody sees this batch, so its numbers lie where the chunk has them: a copy would be as large as the file.
        using var bytes = new MatrixBytes(chunk.X);
        using RecordBatch batch = Batch(chunk, new DoubleArray(new ArrowBuffer(bytes.Memory), ArrowBuffer.Empty, chunk.X.Values.Length, 0, 0));
        using var writer = new ArrowFileWriter(target, batch.Schema, leaveOpen: true);
        writer.WriteRecordBatch(batch);
        writer.WriteEnd();
    }

    /// <summary>The chunk as one record batch, which owns a copy of its numbers.</summary>
    public static RecordBatch Batch(SpectralChunk chunk) => Batch(chunk, new DoubleArray.Builder().Append(chunk.X.Values).Build());

    private static RecordBatch Batch(SpectralChunk chunk, DoubleArray values)
    {
        var fields = new List<Field> { new("sample_id", StringType.Default, false, Role("id")) };
        var columns = new List<IArrowArray> { new StringArray.Builder().AppendRange(chunk.Ids).Build() };
        var spectrum = new FixedSizeListType(new Field("value", DoubleType.Default, nullable: false), chunk.Axis.Count);
        fields.Add(new Field("spectrum", spectrum, false, Axis(chunk.Axis)));
        columns.Add(new FixedSizeListArray(spectrum, chunk.SampleCount, values, ArrowBuffer.Empty, 0));
        foreach (ResponseColumn response in chunk.Responses)
        {
            fields.Add(new Field(response.Name, DoubleType.Default, true, Role("response")));
            columns.Add(Nullable(response));
        }

        foreach (LabelColumn label in chunk.Labels)
        {
            fields.Add(new Field(label.Name, StringType.Default, false, Role("label")));
            columns.Add(new StringArray.Builder().AppendRange(label.Values).Build());
        }

        return new RecordBatch(new Schema(fields, null), columns, chunk.SampleCount);
    }

    private static DoubleArray Nullable(ResponseColumn response)
    {
        var builder = new DoubleArray.Builder();
        foreach (double value in response.Values)
        {
            if (double.IsNaN(value))
            {
                builder.AppendNull();
            }
            else
            {
                builder.Append(value);
            }
        }

        return builder.Build();
    }

    private static Dictionary<string, string> Role(string role) => new() { [RoleKey] = role };

    private static Dictionary<string, string> Axis(SpectralAxis axis) => new()
    {
        [RoleKey] = "spectrum",
        [AxisKey] = JsonSerializer.Serialize(axis.Positions),
        [UnitKey] = axis.Unit switch
        {
            AxisUnit.Nanometre => "nm",
            AxisUnit.Wavenumber => "cm-1",
            _ => "channel",
        },
    };

    /// <summary>The numbers of a matrix seen as bytes, without copying.</summary>
    private sealed class MatrixBytes(Matrix matrix) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(matrix.Values);

        public override MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("A matrix is written by way of its span.");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
