using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pipeline.Stages.Numerics;

/// <summary>How eight neighbouring values of a row become doubles in a register.</summary>
/// <typeparam name="T">What the row is stored as.</typeparam>
internal interface IRowElement<T>
    where T : unmanaged
{
    /// <summary>Values <paramref name="index"/> to <paramref name="index"/> + 7.</summary>
    static abstract Vector512<double> Load(ref T start, nuint index);

    /// <summary>Copies a row as doubles.</summary>
    static abstract void Widen(ReadOnlySpan<T> row, Span<double> target);
}

/// <summary>Doubles as they are.</summary>
internal readonly struct DoubleElement : IRowElement<double>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(ref double start, nuint index) => Vector512.LoadUnsafe(ref start, index);

    /// <inheritdoc/>
    public static void Widen(ReadOnlySpan<double> row, Span<double> target) => row.CopyTo(target);
}

/// <summary>Single-precision values, widened as they are read: every sum is a sum of doubles.</summary>
internal readonly struct SingleElement : IRowElement<float>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(ref float start, nuint index)
    {
        Vector256<float> values = Vector256.LoadUnsafe(ref start, index);
        return Vector512.Create(Vector256.WidenLower(values), Vector256.WidenUpper(values));
    }

    /// <inheritdoc/>
    public static void Widen(ReadOnlySpan<float> row, Span<double> target)
    {
        for (int j = 0; j < row.Length; j++)
        {
            target[j] = row[j];
        }
    }
}
