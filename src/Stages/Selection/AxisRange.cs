namespace Pipeline.Stages.Selection;

/// <summary>A closed range of positions on a spectral axis, in the axis's unit; a single position has equal ends.</summary>
/// <param name="From">The smaller end.</param>
/// <param name="To">The larger end.</param>
public readonly record struct AxisRange(double From, double To);

/// <summary>One range of chosen variables, with the share of folds that chose it too.</summary>
/// <param name="Range">The positions of the first and last variable.</param>
/// <param name="VariableCount">Number of variables in it.</param>
/// <param name="FoldShare">Mean over its variables of the share of folds that chose the variable, 0 to 1.</param>
public sealed record ChosenRange(AxisRange Range, int VariableCount, double FoldShare);
