namespace Apache.Arrow.Types;

/// <summary>The type of unsigned 16-bit integers.</summary>
public sealed class UInt16Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly UInt16Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.UInt16;

    /// <inheritdoc/>
    public override string Name => "uint16";

    /// <inheritdoc/>
    public override int BitWidth => 16;

    /// <inheritdoc/>
    public override bool IsSigned => false;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
