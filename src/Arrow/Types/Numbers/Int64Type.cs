namespace Apache.Arrow.Types;

/// <summary>The type of signed 64-bit integers.</summary>
public sealed class Int64Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Int64Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Int64;

    /// <inheritdoc/>
    public override string Name => "int64";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
