using System.Collections;
using System.Text;
using Apache.Arrow.Types;

namespace Apache.Arrow;

/// <summary>An array of texts in UTF-8, each a view of bytes that may lie anywhere.</summary>
public class StringViewArray : BinaryViewArray, IReadOnlyList<string?>
{
    /// <summary>UTF-8.</summary>
    public static readonly Encoding DefaultEncoding = StringArray.DefaultEncoding;

    /// <summary>Makes an array over the parts in <paramref name="data"/>.</summary>
    public StringViewArray(ArrayData data)
        : base(ArrowTypeId.StringView, data)
    {
    }

    /// <summary>Makes an array from its buffers; <paramref name="nullBitmapBuffer"/> is empty when nothing is null.</summary>
    public StringViewArray(
        int length,
        ArrowBuffer valueOffsetsBuffer,
        ArrowBuffer dataBuffer,
        ArrowBuffer nullBitmapBuffer,
        int nullCount = 0,
        int offset = 0)
        : this(new ArrayData(
            StringViewType.Default, length, nullCount, offset, [nullBitmapBuffer, valueOffsetsBuffer, dataBuffer]))
    {
    }

    int IReadOnlyCollection<string?>.Count => Length;

    string? IReadOnlyList<string?>.this[int index] => GetString(index);

    /// <inheritdoc/>
    public override void Accept(IArrowArrayVisitor visitor) => Accept(this, visitor);

    /// <summary>The text at a position, or null.</summary>
    public string? GetString(int index, Encoding? encoding = default) =>
        Texts.Decode(GetBytes(index, out bool isNull), isNull, encoding);

    /// <inheritdoc/>
    IEnumerator<string?> IEnumerable<string?>.GetEnumerator() => Items.Enumerate(Length, index => GetString(index));

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<string?>)this).GetEnumerator();

    /// <summary>Collects texts for an array.</summary>
    public new class Builder : BuilderBase<StringViewArray, Builder>
    {
        /// <summary>Starts without texts.</summary>
        public Builder()
            : base(StringViewType.Default)
        {
        }

        /// <summary>Adds a text or a null.</summary>
        public Builder Append(string? value, Encoding? encoding = null) => Texts.Append(this, value, encoding);

        /// <summary>Adds texts and nulls.</summary>
        public Builder AppendRange(IEnumerable<string?> values, Encoding? encoding = null)
        {
            Texts.AppendRange(this, values, encoding);
            return this;
        }

        /// <inheritdoc/>
        protected override StringViewArray Build(ArrayData data) => new(data);
    }
}
