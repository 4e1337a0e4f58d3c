using System.Buffers;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>Continuum removal: each spectrum divided by its upper convex hull over the axis.</summary>
/// <remarks>
/// <c>continuum</c>, for reflectance: the hull h is the lowest concave curve above the points (position, x), straight
/// between the points that it touches; x_j → x_j / h_j, at most 1 and 1 where the hull is touched, so the two ends are 1.
/// Where h_j is not above 0 the quotient has no meaning: the value is 1 and counts as clipped. Steps need not be equal.
/// Time O(np); p whole numbers and p doubles borrowed.
/// Clark and Roush (1984), J. Geophysical Research 89, 6329-6340; hull by Andrew (1979), Information Processing Letters 9, 216-219.
/// </remarks>
public sealed record ContinuumRemoval : IPretreatment
{
    /// <inheritdoc/>
    public string Notation => "continuum";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public string? Clips => "where the continuum is not above 0 the quotient counts as 1";

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(axis);

    private sealed class Fitted : FittedRowByRow
    {
        /// <summary>Distances from the first variable, so that they rise whichever way the axis runs.</summary>
        private readonly double[] _distances;

        public Fitted(SpectralAxis axis)
            : base(axis.Count, axis.Count) =>
            _distances = [.. axis.Positions.Select(position => Math.Abs(position - axis.Positions[0]))];

        public override int CountClipped(ReadOnlySpan<double> spectrum)
        {
            double[] hull = ArrayPool<double>.Shared.Rent(spectrum.Length);
            try
            {
                CopyHull(spectrum, hull);
                int count = 0;
                foreach (double value in hull.AsSpan(0, spectrum.Length))
                {
                    count += value <= 0 ? 1 : 0;
                }

                return count;
            }
            finally
            {
                ArrayPool<double>.Shared.Return(hull);
            }
        }

        protected override void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            CopyHull(x, target);
            for (int j = 0; j < x.Length; j++)
            {
                target[j] = target[j] <= 0 ? 1 : x[j] / target[j];
            }
        }

        private void CopyHull(ReadOnlySpan<double> x, Span<double> hull)
        {
            int[] corners = ArrayPool<int>.Shared.Rent(x.Length);
            try
            {
                int count = 0;
                for (int j = 0; j < x.Length; j++)
                {
                    while (count > 1 && !IsAbove(x, corners[count - 2], corners[count - 1], j))
                    {
                        count--;
                    }

                    corners[count++] = j;
                }

                hull[0] = x[0];
                for (int c = 1; c < count; c++)
                {
                    int from = corners[c - 1];
                    int to = corners[c];
                    double slope = (x[to] - x[from]) / (_distances[to] - _distances[from]);
                    for (int j = from + 1; j < to; j++)
                    {
                        hull[j] = x[from] + (slope * (_distances[j] - _distances[from]));
                    }

                    hull[to] = x[to];
                }
            }
            finally
            {
                ArrayPool<int>.Shared.Return(corners);
            }
        }

        /// <summary>Whether the middle one of three points lies above the line through the others.</summary>
        private bool IsAbove(ReadOnlySpan<double> x, int left, int middle, int right) =>
            (x[middle] - x[left]) * (_distances[right] - _distances[left]) > (x[right] - x[left]) * (_distances[middle] - _distances[left]);
    }
}
