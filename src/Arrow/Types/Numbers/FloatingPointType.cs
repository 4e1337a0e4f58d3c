namespace Apache.Arrow.Types;

/// <summary>A type of floating-point numbers.</summary>
public abstract class FloatingPointType : NumberType
{
    /// <summary>How many bits a floating-point number has.</summary>
    public enum PrecisionKind
    {
        /// <summary>16 bits.</summary>
        Half,

        /// <summary>32 bits.</summary>
        Single,

        /// <summary>64 bits.</summary>
        Double,
    }

    /// <summary>The precision of the values.</summary>
    public abstract PrecisionKind Precision { get; }
}
