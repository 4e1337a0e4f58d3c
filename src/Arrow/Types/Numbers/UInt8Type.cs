namespace Apache.Arrow.Types;

/// <summary>The type of unsigned 8-bit integers.</summary>
public sealed class UInt8Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly UInt8Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.UInt8;

    /// <inheritdoc/>
    public override string Name => "uint8";

    /// <inheritdoc/>
    public override int BitWidth => 8;

    /// <inheritdoc/>
    public override bool IsSigned => false;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
