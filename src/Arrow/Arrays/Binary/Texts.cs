using System.Text;

namespace Apache.Arrow;

/// <summary>Byte strings as texts, in UTF-8 unless told otherwise.</summary>
internal static class Texts
{
    /// <summary>The text in <paramref name="bytes"/>, or null.</summary>
    internal static string? Decode(ReadOnlySpan<byte> bytes, bool isNull, Encoding? encoding) =>
        isNull ? null : (encoding ?? StringArray.DefaultEncoding).GetString(bytes);

    /// <summary>Adds a text or a null.</summary>
    internal static TBuilder Append<TArray, TBuilder>(
        IArrowArrayBuilder<byte, TArray, TBuilder> builder, string? value, Encoding? encoding)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray> =>
        value is null ? builder.AppendNull() : builder.Append((encoding ?? StringArray.DefaultEncoding).GetBytes(value).AsSpan());

    /// <summary>Adds texts and nulls.</summary>
    internal static void AppendRange<TArray, TBuilder>(
        IArrowArrayBuilder<byte, TArray, TBuilder> builder, IEnumerable<string?> values, Encoding? encoding)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray>
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (string? value in values)
        {
            Append(builder, value, encoding);
        }
    }
}
