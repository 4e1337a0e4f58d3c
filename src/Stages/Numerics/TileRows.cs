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
        ReadOnlySpan<T> row0 = source.Row(first);
        ReadOnlySpan<T> row1 = source.Row(Math.Min(first + 1, end - 1));
        ReadOnlySpan<T> row2 = source.Row(Math.Min(first + 2, end - 1));
        ReadOnlySpan<T> row3 = source.Row(Math.Min(first + 3, end - 1));
        FillUp(row0[whole..], tails[..Lanes.Width]);
        FillUp(row1[whole..], tails.Slice(Lanes.Width, Lanes.Width));
        FillUp(row2[whole..], tails.Slice(2 * Lanes.Width, Lanes.Width));
        FillUp(row3[whole..], tails[(3 * Lanes.Width)..]);
        Row0 = ref MemoryMarshal.GetReference(row0);
        Row1 = ref MemoryMarshal.GetReference(row1);
        Row2 = ref MemoryMarshal.GetReference(row2);
        Row3 = ref MemoryMarshal.GetReference(row3);
        Tail0 = ref MemoryMarshal.GetReference(tails);
        Tail1 = ref Unsafe.Add(ref Tail0, Lanes.Width);
        Tail2 = ref Unsafe.Add(ref Tail0, 2 * Lanes.Width);
        Tail3 = ref Unsafe.Add(ref Tail0, 3 * Lanes.Width);
    }

    /// <summary>Values in whole blocks.</summary>
    public nuint Whole { get; }

    /// <summary>Values of the filled-up block: 8, or 0 where there is none.</summary>
    public nuint Rest { get; }

    private static void FillUp(ReadOnlySpan<T> rest, Span<T> block)
    {
        for (int j = 0; j < rest.Length; j++)
        {
            block[j] = rest[j];
        }
    }
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
