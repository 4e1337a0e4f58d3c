namespace Apache.Arrow.Types;

/// <summary>The type of double-precision numbers.</summary>
public sealed class DoubleType : FloatingPointType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly DoubleType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Double;

    /// <inheritdoc/>
    public override string Name => "double";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override PrecisionKind Precision => PrecisionKind.Double;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
