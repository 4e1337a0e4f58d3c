namespace Pipeline.Stages.Numerics.Descent;

/// <summary>A smooth function of N numbers that is to become small.</summary>
internal interface IObjective
{
    /// <summary>The value at a place, with the gradient there.</summary>
    double Evaluate(ReadOnlySpan<double> place, Span<double> gradient);

    /// <summary>Whether no partial derivative is larger than a tolerance, in the unknowns that the tolerance is meant for.</summary>
    /// <param name="place">Where the gradient was last evaluated.</param>
    /// <param name="gradient">The gradient there.</param>
    /// <param name="tolerance">The largest magnitude allowed.</param>
    bool IsFlat(ReadOnlySpan<double> place, ReadOnlySpan<double> gradient, double tolerance);
}
