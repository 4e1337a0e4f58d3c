using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>A set of places, and kernels that take those in it out of an order of places.</summary>
/// <remarks>
/// Up to 1024 places are bits in two registers, and 32 places of an order are compressed at once; more, and processors
/// without that, take one place after the other. Either way the order is kept and every result is the same.
/// </remarks>
internal sealed class PlaceFilter
{
    /// <summary>Places that a kernel may write, and read, past the end.</summary>
    public const int Slack = 32;

    private const int BitPlacesMax = 1024;

    private readonly ushort[] _words = new ushort[BitPlacesMax / 16];
    private readonly byte[] _members;
    private readonly bool _compresses;

    /// <summary>An empty set of places below a number.</summary>
    public PlaceFilter(int places)
    {
        _members = new byte[places];
        _compresses = places <= BitPlacesMax && IsVectorized;
    }

    /// <summary>Whether orders of this many places are compressed 32 at once.</summary>
    public static bool Compresses(int places) => places <= BitPlacesMax && IsVectorized;

    private static bool IsVectorized => Avx512BW.IsSupported && Avx512Vbmi2.IsSupported;

    /// <summary>Makes these places the members.</summary>
    public void Set(ReadOnlySpan<ushort> places)
    {
        if (_compresses)
        {
            Array.Clear(_words);
            foreach (ushort place in places)
            {
                _words[place >> 4] |= (ushort)(1 << (place & 15));
            }
        }
        else
        {
            Array.Clear(_members);
            foreach (ushort place in places)
            {
                _members[place] = 1;
            }
        }
    }

    /// <summary>Makes those of some places the members that are marked.</summary>
    public void Set(ReadOnlySpan<ushort> places, byte[] marks)
    {
        if (_compresses)
        {
            Array.Clear(_words);
            foreach (ushort place in places)
            {
                _words[place >> 4] |= (ushort)(marks[place] << (place & 15));
            }
        }
        else
        {
            foreach (ushort place in places)
            {
                _members[place] = marks[place];
            }
        }
    }

    /// <summary>Copies the members of an order; the target has room for <see cref="Slack"/> more. Returns their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Keep(ref ushort order, int length, ref ushort target)
    {
        int kept = 0;
        int i = 0;
        if (_compresses)
        {
            Vector512<ushort> low = Vector512.LoadUnsafe(ref _words[0]);
            Vector512<ushort> high = Vector512.LoadUnsafe(ref _words[32]);
            for (; i < length; i += 32)
            {
                // What lies past the end of this order is masked away.
                Vector512<ushort> places = Vector512.LoadUnsafe(ref order, (nuint)i);
                Vector512<ushort> member = Members(places, low, high) & First(length - i);
                Avx512Vbmi2.Compress(Vector512<ushort>.Zero, member, places).StoreUnsafe(ref target, (nuint)kept);
                kept += Ones(member);
            }

            return kept;
        }

        ref byte members = ref MemoryMarshal.GetArrayDataReference(_members);
        for (; i < length; i++)
        {
            ushort place = Unsafe.Add(ref order, i);
            Unsafe.Add(ref target, kept) = place;
            kept += Unsafe.Add(ref members, place);
        }

        return kept;
    }

    /// <summary>Puts the members of an order before the others, both in their order.</summary>
    /// <param name="order">The order; what follows it is kept.</param>
    /// <param name="length">Its places.</param>
    /// <param name="scratch">Room for as many and <see cref="Slack"/> more.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Divide(ref ushort order, int length, ref ushort scratch)
    {
        int left = 0;
        int right = 0;
        int i = 0;
        if (_compresses)
        {
            Vector512<ushort> low = Vector512.LoadUnsafe(ref _words[0]);
            Vector512<ushort> high = Vector512.LoadUnsafe(ref _words[32]);
            for (; i < length; i += 32)
            {
                Vector512<ushort> places = Vector512.LoadUnsafe(ref order, (nuint)i);
                Vector512<ushort> valid = First(length - i);
                Vector512<ushort> member = Members(places, low, high) & valid;
                Vector512<ushort> other = Vector512.AndNot(valid, member);
                int count = Ones(member);
                Avx512Vbmi2.Compress(Vector512<ushort>.Zero, other, places).StoreUnsafe(ref scratch, (nuint)right);
                StoreFirst(Avx512Vbmi2.Compress(Vector512<ushort>.Zero, member, places), count, ref order, left);
                left += count;
                right += Math.Min(32, length - i) - count;
            }

            for (i = 0; i < right; i += 32)
            {
                StoreFirst(Vector512.LoadUnsafe(ref scratch, (nuint)i), right - i, ref order, left + i);
            }

            return;
        }

        ref byte members = ref MemoryMarshal.GetArrayDataReference(_members);
        for (; i < length; i++)
        {
            ushort place = Unsafe.Add(ref order, i);
            int member = Unsafe.Add(ref members, place);
            Unsafe.Add(ref order, left) = place;
            Unsafe.Add(ref scratch, right) = place;
            left += member;
            right += 1 - member;
        }

        MemoryMarshal.CreateSpan(ref scratch, right).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref order, left), right));
    }

    /// <summary>Ones in the lanes of members.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Members(Vector512<ushort> places, Vector512<ushort> low, Vector512<ushort> high)
    {
        Vector512<ushort> word = Avx512BW.PermuteVar32x16x2(low, places >>> 4, high);
        Vector512<ushort> shifted = Avx512BW.ShiftLeftLogicalVariable(word, Vector512.Create((ushort)15) - (places & Vector512.Create((ushort)15)));
        return (shifted.AsInt16() >> 15).AsUInt16();
    }

    /// <summary>Ones in the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> First(int count) =>
        Vector512.LessThan(Vector512<ushort>.Indices, Vector512.Create((ushort)Math.Min(count, 32)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Ones(Vector512<ushort> mask) => System.Numerics.BitOperations.PopCount(mask.ExtractMostSignificantBits());

    /// <summary>Stores the first lanes; what lies after them keeps its values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFirst(Vector512<ushort> values, int count, ref ushort target, int at) =>
        Vector512.ConditionalSelect(First(count), values, Vector512.LoadUnsafe(ref target, (nuint)at))
            .StoreUnsafe(ref target, (nuint)at);
}
