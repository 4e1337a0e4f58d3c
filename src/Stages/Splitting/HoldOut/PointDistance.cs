using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>The distance of two points: a metric, computed on demand.</summary>
internal abstract class PointDistance
{
    /// <summary>Number of points.</summary>
    public abstract int Count { get; }

    /// <summary>The distance of two points; the same bits in either order.</summary>
    public abstract double Between(int first, int second);

    /// <summary>The distance of every point from one and the same centre, by which farthest pairs are bounded.</summary>
    public abstract double[] FromCentre();
}

/// <summary>The Euclidean distance of the rows that a point has. Time p for each.</summary>
/// <param name="count">Number of points.</param>
/// <param name="columns">Values of a row, p.</param>
/// <param name="row">The row of a point.</param>
internal sealed class EuclideanDistance(int count, int columns, Func<int, ReadOnlySpan<double>> row) : PointDistance
{
    private readonly double[] _scratch = new double[columns];

    /// <inheritdoc/>
    public override int Count => count;

    /// <inheritdoc/>
    public override double Between(int first, int second) => Between(row(first), row(second));

    /// <inheritdoc/>
    public override double[] FromCentre()
    {
        double[] centre = new double[columns];
        for (int i = 0; i < count; i++)
        {
            Products.Axpy(1.0 / count, row(i), centre);
        }

        double[] distances = new double[count];
        for (int i = 0; i < count; i++)
        {
            distances[i] = Between(row(i), centre);
        }

        return distances;
    }

    private double Between(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        RowKernels.Subtract(first, second, _scratch);
        return Math.Sqrt(Products.Dot(_scratch, _scratch));
    }
}

/// <summary>The sum of two distances, each divided by the largest there is: Galvão's joint distance of X and y.</summary>
internal sealed class JointDistance : PointDistance
{
    private readonly PointDistance _first;
    private readonly PointDistance _second;
    private readonly double _firstWeight;
    private readonly double _secondWeight;

    /// <summary>The joint distance; finds the two largest distances, which takes a pass over pairs each.</summary>
    public JointDistance(PointDistance first, PointDistance second)
    {
        _first = first;
        _second = second;
        _firstWeight = Weight(first);
        _secondWeight = Weight(second);
    }

    /// <inheritdoc/>
    public override int Count => _first.Count;

    /// <inheritdoc/>
    public override double Between(int first, int second) =>
        (_first.Between(first, second) * _firstWeight) + (_second.Between(first, second) * _secondWeight);

    /// <inheritdoc/>
    public override double[] FromCentre() =>
        [.. _first.FromCentre().Zip(_second.FromCentre(), (first, second) => (first * _firstWeight) + (second * _secondWeight))];

    // Where all are equal, that part says nothing.
    private static double Weight(PointDistance distance) =>
        FarthestPair.Of(distance, new bool[distance.Count]).Distance is > 0 and var largest ? 1 / largest : 0;
}
