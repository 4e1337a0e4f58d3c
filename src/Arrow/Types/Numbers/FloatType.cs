namespace Apache.Arrow.Types;

/// <summary>The type of single-precision numbers.</summary>
public sealed class FloatType : FloatingPointType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly FloatType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Float;

    /// <inheritdoc/>
    public override string Name => "float";

    /// <inheritdoc/>
    public override int BitWidth => 32;

    /// <inheritdoc/>
    public override bool IsSigned => true;

    /// <inheritdoc/>
    public override PrecisionKind Precision => PrecisionKind.Single;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
