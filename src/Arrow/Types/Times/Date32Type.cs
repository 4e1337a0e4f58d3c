namespace Apache.Arrow.Types;

/// <summary>The type of dates, counted in days from 1970-01-01.</summary>
public sealed class Date32Type : DateType
{
    /// <summary>The only instance that is needed.</summary>
    public static readonly Date32Type Default = new();

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Date32;

    /// <inheritdoc/>
    public override string Name => "date32";

    /// <inheritdoc/>
    public override int BitWidth => 32;

    /// <inheritdoc/>
    public override DateUnit Unit => DateUnit.Day;

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
