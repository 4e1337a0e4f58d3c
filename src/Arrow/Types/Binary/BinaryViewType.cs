namespace Apache.Arrow.Types;

/// <summary>The type of byte strings behind views: short ones in the view itself, others in one of several buffers.</summary>
public class BinaryViewType : ArrowType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly BinaryViewType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.BinaryView;

    /// <inheritdoc/>
    public override string Name => "binaryview";

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
