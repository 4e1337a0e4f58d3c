namespace Apache.Arrow.Types;

/// <summary>The type of unsigned 64-bit integers.</summary>
public sealed class UInt64Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly UInt64Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.UInt64;

    /// <inheritdoc/>
    public override string Name => "uint64";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <inheritdoc/>
    public override bool IsSigned => false;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
