namespace Apache.Arrow.Types;

/// <summary>The type of byte strings with 64-bit offsets.</summary>
public class LargeBinaryType : ArrowType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly LargeBinaryType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.LargeBinary;

    /// <inheritdoc/>
    public override string Name => "large_binary";

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
