namespace Apache.Arrow.Types;

/// <summary>The type of byte strings that all have the same length.</summary>
public class FixedSizeBinaryType : FixedWidthType
{
    /// <summary>Strings of <paramref name="byteWidth"/> bytes.</summary>
    public FixedSizeBinaryType(int byteWidth)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteWidth);
        ByteWidth = byteWidth;
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.FixedSizedBinary;

    /// <inheritdoc/>
    public override string Name => "fixed_size_binary";

    /// <summary>Bytes of one value.</summary>
    public int ByteWidth { get; }

    /// <inheritdoc/>
    public override int BitWidth => 8 * ByteWidth;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
