using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Numerics;

/// <summary>Four neighbouring rows, with what stands behind their last whole block of eight filled up by zeros.</summary>
/// <remarks>Rows beyond the end repeat the last one: their products are to be thrown away, their factors to be 0.</remarks>
internal readonly ref struct TileRows<T>
    where T : unmanaged
{
    /// <summary>Values that the filled-up blocks take, zeros when first handed in.</summary>
    public const int TailLength = 4 * Lanes.Width;

    public readonly ref T Row0;
    public readonly ref T Row1;
    public readonly ref T Row2;
    public readonly ref T Row3;
    /// <summary>The rows of the next tile, for whoever asks for them ahead.</summary>
    public readonly ref T Next0;
    public readonly ref T Next1;
    public readonly ref T Next2;
    public readonly ref T Next3;
    public readonly ref T Tail0;
    public readonly ref T Tail1;
    public readonly ref T Tail2;
    public readonly ref T Tail3;

    /// <summary>The rows from <paramref name="first"/> on that stand before <paramref name="end"/>.</summary>
    public TileRows(StoredRows<T> source, int first, int end, Span<T> tails)
    {
        Debug.Assert(first < end && end <= source.Rows && tails.Length == TailLength);
        int whole = source.Columns & ~(Lanes.Width - 1);
        Whole = (nuint)whole;
        Rest = source.Columns > whole ? (nuint)Lanes.Width : 0;
        ref T start = ref source.Start;
        Row0 = ref Row(ref start, first, end, source.Columns);
        Row1 = ref Row(ref start, first + 1, end, source.Columns);
        Row2 = ref Row(ref start, first + 2, end, source.Columns);
        Row3 = ref Row(ref start, first + 3, end, source.Columns);
        Next0 = ref Row(ref start, first + 4, end, source.Columns);
        Next1 = ref Row(ref start, first + 5, end, source.Columns);
        Next2 = ref Row(ref start, first + 6, end, source.Columns);
        Next3 = ref Row(ref start, first + 7, end, source.Columns);
        Tail0 = ref MemoryMarshal.GetReference(tails);
        Tail1 = ref Unsafe.Add(ref Tail0, Lanes.Width);
        Tail2 = ref Unsafe.Add(ref Tail0, 2 * Lanes.Width);
        Tail3 = ref Unsafe.Add(ref Tail0, 3 * Lanes.Width);
        for (int j = whole; j < source.Columns; j++)
        {
            Unsafe.Add(ref Tail0, j - whole) = Unsafe.Add(ref Row0, j);
            Unsafe.Add(ref Tail1, j - whole) = Unsafe.Add(ref Row1, j);
            Unsafe.Add(ref Tail2, j - whole) = Unsafe.Add(ref Row2, j);
            Unsafe.Add(ref Tail3, j - whole) = Unsafe.Add(ref Row3, j);
        }
    }

    /// <summary>Values in whole blocks.</summary>
    public nuint Whole { get; }

    /// <summary>Values of the filled-up block: 8, or 0 where there is none.</summary>
    public nuint Rest { get; }

    private static ref T Row(ref T start, int row, int end, int columns) =>
        ref Unsafe.Add(ref start, (nint)Math.Min(row, end - 1) * columns);
}

/// <summary>Up to five vectors, filled up by zeros to whole blocks of eight, out of many that lie one after the other.</summary>
internal readonly ref struct TileVectors
{
    public readonly ref double V0;
    public readonly ref double V1;
    public readonly ref double V2;
    public readonly ref double V3;
    public readonly ref double V4;

    /// <summary>The reference of the last vector, where it has one of its own.</summary>
    public readonly ref double OtherShift;

    /// <summary>The last vector, where its reference is its own.</summary>
    public readonly ref double Other;

    /// <summary>The vectors with the given numbers, each <paramref name="paddedLength"/> values long, all with one reference.</summary>
    public TileVectors(Span<double> all, int paddedLength, ReadOnlySpan<int> numbers)
        : this(all, paddedLength, numbers, [])
    {
    }

    /// <summary>The same; where a reference is given, it is that of the last one of two to five vectors.</summary>
    public TileVectors(Span<double> all, int paddedLength, ReadOnlySpan<int> numbers, ReadOnlySpan<double> otherShift)
    {
        HasOther = !otherShift.IsEmpty;
        Count = numbers.Length - (HasOther ? 1 : 0);
        V0 = ref Take(all, paddedLength, numbers[0]);
        V1 = ref Take(all, paddedLength, numbers[Count > 1 ? 1 : 0]);
        V2 = ref Take(all, paddedLength, numbers[Count > 2 ? 2 : 0]);
        V3 = ref Take(all, paddedLength, numbers[Count > 3 ? 3 : 0]);
        V4 = ref Take(all, paddedLength, numbers[Count > 4 ? 4 : 0]);
        Other = ref Take(all, paddedLength, numbers[^1]);
        OtherShift = ref HasOther ? ref MemoryMarshal.GetReference(otherShift) : ref Other;
    }

    /// <summary>Number of vectors with the common reference, 1 to 5.</summary>
    public int Count { get; }

    /// <summary>Whether one more vector has a reference of its own.</summary>
    public bool HasOther { get; }

    private static ref double Take(Span<double> all, int paddedLength, int number) =>
        ref MemoryMarshal.GetReference(all.Slice(checked(number * paddedLength), paddedLength));
}
