using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pipeline.Engine.Cache;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>Pretreated spectra as bytes: the axis, then the matrix, every double bit for bit.</summary>
/// <remarks>
/// Layout, little-endian:
/// <code>
///  0  version   int32
///  4  axis unit int32
///  8  rows      int32
/// 12  columns   int32
/// 16  positions columns × double
///     values    rows × columns × double, row after row
/// </code>
/// </remarks>
public sealed class PretreatedSpectraCodec : IArtifactCodec<PretreatedSpectra>
{
    private const int Version = 1;
    private const int HeaderBytes = 16;

    // A piece at a time: a matrix may have more bytes than a span can hold.
    private const int PieceValues = 64 * 1024;

    private PretreatedSpectraCodec()
    {
    }

    /// <summary>The codec, which has no state.</summary>
    public static PretreatedSpectraCodec Instance { get; } = new();

    /// <inheritdoc/>
    public void Write(PretreatedSpectra value, Stream target)
    {
        ArgumentNullException.ThrowIfNull(value);
        ArgumentNullException.ThrowIfNull(target);
        RefuseBigEndian();
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], (int)value.Axis.Unit);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], value.X.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], value.X.Columns);
        target.Write(header);
        target.Write(MemoryMarshal.AsBytes(value.Axis.Positions.AsSpan()));
        ReadOnlySpan<double> values = value.X.Values;
        while (!values.IsEmpty)
        {
            int count = Math.Min(PieceValues, values.Length);
            target.Write(MemoryMarshal.AsBytes(values[..count]));
            values = values[count..];
        }
    }

    /// <inheritdoc/>
    public PretreatedSpectra? Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        RefuseBigEndian();
        Span<byte> header = stackalloc byte[HeaderBytes];
        source.ReadExactly(header);
        int version = BinaryPrimitives.ReadInt32LittleEndian(header);
        var unit = (AxisUnit)BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        long rows = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        long columns = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);

        // The counts are believed only where they give the length that is there.
        long valuesMax = source.Length / sizeof(double);
        if (version != Version || !Enum.IsDefined(unit) || rows < 0 || columns <= 0
            || columns > valuesMax || rows > valuesMax / columns
            || HeaderBytes + (sizeof(double) * (columns + (rows * columns))) != source.Length)
        {
            return null;
        }

        double[] positions = new double[columns];
        source.ReadExactly(MemoryMarshal.AsBytes(positions.AsSpan()));
        var x = new Matrix((int)rows, (int)columns);
        Span<double> values = x.Values;
        while (!values.IsEmpty)
        {
            int count = Math.Min(PieceValues, values.Length);
            source.ReadExactly(MemoryMarshal.AsBytes(values[..count]));
            values = values[count..];
        }

        return new PretreatedSpectra(x, new SpectralAxis(ImmutableCollectionsMarshal.AsImmutableArray(positions), unit));
    }

    private static void RefuseBigEndian()
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Keys and files are defined on little-endian machines.");
        }
    }
}
