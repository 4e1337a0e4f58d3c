namespace Apache.Arrow.Types;

/// <summary>The type of decimals: 128-bit integers in units of the last decimal place.</summary>
public sealed class Decimal128Type : FixedSizeBinaryType
{
    /// <summary>Decimals of <paramref name="precision"/> digits, of which <paramref name="scale"/> behind the point.</summary>
    public Decimal128Type(int precision, int scale)
        : base(16)
    {
        Precision = precision;
        Scale = scale;
    }

    /// <inheritdoc/>
    public override ArrowTypeId TypeId => ArrowTypeId.Decimal128;

    /// <inheritdoc/>
    public override string Name => "decimal128";

    /// <summary>Digits.</summary>
    public int Precision { get; }

    /// <summary>Digits behind the point; below zero, zeros before it.</summary>
    public int Scale { get; }

    /// <inheritdoc/>
    public override void Accept(IArrowTypeVisitor visitor) => Accept(this, visitor);
}
