namespace Pipeline.Engine;

/// <summary>A place in a table of data, for programs; the message beside it says the same to people.</summary>
/// <param name="Row">The sample's row, 1 for the first; null for a whole column.</param>
/// <param name="Column">The column's name, or the variable's position; null for a whole row.</param>
public readonly record struct DataPlace(int? Row, string? Column = null);
