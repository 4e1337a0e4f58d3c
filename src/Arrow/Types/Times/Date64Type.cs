namespace Apache.Arrow.Types;

/// <summary>The type of dates, counted in milliseconds from 1970-01-01, whole days.</summary>
public sealed class Date64Type : DateType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Date64Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Date64;

    /// <inheritdoc/>
    public override string Name => "date64";

    /// <inheritdoc/>
    public override int BitWidth => 64;

    /// <inheritdoc/>
    public override DateUnit Unit => DateUnit.Milliseconds;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
