namespace Apache.Arrow.Types;

/// <summary>A type of whole numbers.</summary>
public abstract class IntegerType : NumberType
{
}
