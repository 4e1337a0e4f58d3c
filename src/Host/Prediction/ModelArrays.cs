using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;

namespace Pipeline.Host.Prediction;

/// <summary>Arrays of doubles as an Arrow file: one row, one column of fixed-size lists for each array.</summary>
/// <remarks>An array's rows follow each other in its list; its shape stands in <c>model.json</c> and in the field's notes.</remarks>
internal static class ModelArrays
{
    /// <summary>The bytes of a file with these arrays.</summary>
    public static byte[] Write(ImmutableArray<NamedArray> arrays)
    {
        var fields = new List<Field>();
        var columns = new List<IArrowArray>();
        foreach (NamedArray array in arrays)
        {
            var type = new FixedSizeListType(new Field("item", DoubleType.Default, nullable: false), array.Values.Values.Length);
            DoubleArray values = new DoubleArray.Builder().Append(array.Values.Values).Build();
            columns.Add(new FixedSizeListArray(type, 1, values, ArrowBuffer.Empty));
            KeyValuePair<string, string>[] shape = [new("shape", $"{array.Values.Rows},{array.Values.Columns}")];
            fields.Add(new Field(array.Name, type, nullable: false, shape));
        }

        var schema = new Schema(fields, metadata: null);
        using var stream = new MemoryStream();
        using (var writer = new ArrowFileWriter(stream, schema, leaveOpen: true))
        {
            using var batch = new RecordBatch(schema, columns, 1);
            writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }

        return stream.ToArray();
    }

    /// <summary>The columns of a file by name, as vectors.</summary>
    /// <exception cref="InvalidDataException">The bytes are not a file of this kind.</exception>
    public static Dictionary<string, double[]> Read(byte[] bytes)
    {
        using var reader = new ArrowFileReader(new MemoryStream(bytes));
        using RecordBatch batch = reader.ReadNextRecordBatch() ?? throw new InvalidDataException("it holds no row");
        var columns = new Dictionary<string, double[]>(StringComparer.Ordinal);
        for (int c = 0; c < batch.ColumnCount; c++)
        {
            string name = batch.Schema.GetFieldByIndex(c).Name;
            if (batch.Length != 1 || batch.Column(c) is not FixedSizeListArray { Values: DoubleArray values })
            {
                throw new InvalidDataException($"its column '{name}' is not one list of doubles");
            }

            columns[name] = values.Values.ToArray();
        }

        return columns;
    }

    /// <summary>The digest of an array: SHA-256 of its doubles, little-endian.</summary>
    public static Fingerprint Digest(ReadOnlySpan<double> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(double)];
        for (int i = 0; i < values.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i]);
        }

        return Fingerprint.OfBytes(bytes);
    }
}
