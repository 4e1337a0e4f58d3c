namespace Apache.Arrow.Types;

/// <summary>The type of text in UTF-8.</summary>
public sealed class StringType : ArrowType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly StringType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.String;

    /// <inheritdoc/>
    public override string Name => "utf8";

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
