namespace Apache.Arrow.Types;

/// <summary>The type of signed 16-bit integers.</summary>
public sealed class Int16Type : IntegerType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Int16Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Int16;

    /// <inheritdoc/>
    public override string Name => "int16";

    /// <inheritdoc/>
    public override int BitWidth => 16;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
