namespace Apache.Arrow.Types;

/// <summary>The type of signed 32-bit integers.</summary>
public sealed class Int32Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Int32Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Int32;

    /// <inheritdoc/>
    public override string Name => "int32";

    /// <inheritdoc/>
    public override int BitWidth => 32;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
