namespace Pipeline.Host.Results.Plots;

/// <summary>A value at a position.</summary>
/// <param name="X">Along the horizontal axis.</param>
/// <param name="Y">Along the vertical axis.</param>
/// <param name="Title">What is shown when somebody points at it, not yet safe; null for nothing.</param>
internal sealed record PlotPoint(double X, double Y, string? Title = null);

/// <summary>The form of a point.</summary>
internal enum Marker
{
    /// <summary>A filled circle.</summary>
    Dot,

    /// <summary>An open circle.</summary>
    Ring,

    /// <summary>A square on its corner.</summary>
    Diamond,
}
