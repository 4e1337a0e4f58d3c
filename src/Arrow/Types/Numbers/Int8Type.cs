namespace Apache.Arrow.Types;

/// <summary>The type of signed 8-bit integers.</summary>
public sealed class Int8Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Int8Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Int8;

    /// <inheritdoc/>
    public override string Name => "int8";

    /// <inheritdoc/>
    public override int BitWidth => 8;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
