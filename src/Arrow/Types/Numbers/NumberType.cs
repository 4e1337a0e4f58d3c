namespace Apache.Arrow.Types;

/// <summary>A fixed-width type with a sign or without.</summary>
public abstract class NumberType : FixedWidthType
{
    /// <summary>True when values may be negative.</summary>
    public abstract bool IsSigned { get; }
}
