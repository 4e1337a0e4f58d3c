namespace Apache.Arrow.Types;

/// <summary>The type of unsigned 32-bit integers.</summary>
public sealed class UInt32Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly UInt32Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.UInt32;

    /// <inheritdoc/>
    public override string Name => "uint32";

    /// <inheritdoc/>
    public override int BitWidth => 32;

    /// <inheritdoc/>
    public override bool IsSigned => false;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
