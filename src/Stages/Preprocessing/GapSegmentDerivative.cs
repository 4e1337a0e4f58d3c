using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Norris–Williams derivative: differences of the means of segments that lie a gap apart.</summary>
/// <remarks>
/// <c>gap(gap, segment, derivative)</c>: g variables between segments of s variables, both odd so that the result
/// belongs to a variable; order 1 by default. With D = (g + s) times the axis's signed mean step,
/// order 1 is (mean right − mean left) / D and order 2 (mean right − 2 mean middle + mean left) / D²: per unit of the axis,
/// exact for polynomials of the same degree. Variables count as equally spaced.
/// Edges: only variables around which everything fits remain, so (2s + g − 1) / 2 or (3s + 2g − 1) / 2 fall off each end
/// and the axis is that much shorter; nothing is made up. Time O(np · window).
/// Norris and Williams (1984), Cereal Chemistry 61, 158-165.
/// </remarks>
public sealed record GapSegmentDerivative : IPretreatment
{
    /// <summary>A gap and a segment in variables, and the order of the derivative, 1 or 2.</summary>
    public GapSegmentDerivative(int gap, int segment, int derivative = 1)
    {
        RefuseEven(gap, "gap");
        RefuseEven(segment, "segment");
        if (derivative is not (1 or 2))
        {
            throw Invalid($"derivatives have order 1 or 2, found {derivative}");
        }

        Gap = gap;
        Segment = segment;
        Derivative = derivative;
        if (Window > SavitzkyGolay.WindowMax)
        {
            throw Invalid($"gaps and segments together may be {SavitzkyGolay.WindowMax} variables wide, found {Window}");
        }
    }

    /// <summary>Variables between two segments, odd.</summary>
    public int Gap { get; }

    /// <summary>Variables of a segment, odd.</summary>
    public int Segment { get; }

    /// <summary>Order of the derivative.</summary>
    public int Derivative { get; }

    /// <summary>Variables that one value of the result looks at, odd.</summary>
    public int Window => ((Derivative + 1) * Segment) + (Derivative * Gap);

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"gap({Gap},{Segment},{Derivative})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis)
    {
        if (Window > axis.Count)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation} looks at {Window} variables, but the spectra have {axis.Count}. "
                + "Use a smaller gap or segment, or more variables.");
        }

        return new SpectralAxis(axis.Positions.Slice(Window / 2, axis.Count - Window + 1), axis.Unit);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) =>
        new Fitted(axis.Count, OutputAxis(axis).Count, Coefficients(axis.MeanStep));

    private double[] Coefficients(double step)
    {
        double distance = (Gap + Segment) * step;
        double scale = Derivative == 1 ? distance : distance * distance;
        ImmutableArray<double> signs = Derivative == 1 ? [-1, 1] : [1, -2, 1];
        double[] coefficients = new double[Window];
        for (int k = 0; k < signs.Length; k++)
        {
            coefficients.AsSpan(k * (Gap + Segment), Segment).Fill(signs[k] / (Segment * scale));
        }

        return coefficients;
    }

    private static void RefuseEven(int count, string what)
    {
        if (count < 1 || count % 2 == 0)
        {
            throw Invalid($"the {what} must be an odd number of variables from 1 on, found {count}");
        }
    }

    private static StageException Invalid(string message) =>
        new(FailureKind.InvalidData, $"Gap-segment derivative: {message}. Example: gap(5,5,1).");

    private sealed class Fitted(int columns, int width, double[] coefficients) : FittedRowByRow(columns, width)
    {
        protected override void Treat(ReadOnlySpan<double> x, Span<double> target) =>
            RowKernels.Convolve(x, coefficients, target);
    }
}
