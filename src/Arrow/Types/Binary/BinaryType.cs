namespace Apache.Arrow.Types;

/// <summary>The type of byte strings.</summary>
public class BinaryType : ArrowType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly BinaryType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Binary;

    /// <inheritdoc/>
    public override string Name => "binary";

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
