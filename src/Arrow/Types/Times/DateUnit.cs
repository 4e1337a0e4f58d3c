namespace Apache.Arrow.Types;

/// <summary>What a date counts.</summary>
public enum DateUnit
{
    /// <summary>Days.</summary>
    Day,

    /// <summary>Thousandths of a second.</summary>
    Milliseconds,
}
