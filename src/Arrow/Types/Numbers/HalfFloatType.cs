namespace Apache.Arrow.Types;

/// <summary>The type of half-precision numbers.</summary>
public sealed class HalfFloatType : FloatingPointType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly HalfFloatType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.HalfFloat;

    /// <inheritdoc/>
    public override string Name => "halffloat";

    /// <inheritdoc/>
    public override int BitWidth => 16;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override PrecisionKind Precision => PrecisionKind.Half;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
