namespace Apache.Arrow.Types;

/// <summary>The type of texts behind views: short ones in the view itself, others in one of several buffers.</summary>
public sealed class StringViewType : ArrowType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly StringViewType Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.StringView;

    /// <inheritdoc/>
    public override string Name => "utf8view";

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
