namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>A set that grows by the point farthest from it: the step that Kennard–Stone, SPXY and duplex share.</summary>
/// <remarks>Keeps the distance of every free point to its nearest member; adding one takes n distances. Memory O(n).</remarks>
internal sealed class SpreadSet
{
    private readonly PointDistance _distance;
    private readonly bool[] _taken;
    private readonly double[] _nearest;

    /// <summary>An empty set.</summary>
    /// <param name="distance">The distance.</param>
    /// <param name="taken">Points that are in this set or in another; shared by sets that share the points.</param>
    public SpreadSet(PointDistance distance, bool[] taken)
    {
        _distance = distance;
        _taken = taken;
        _nearest = new double[distance.Count];
        Array.Fill(_nearest, double.PositiveInfinity);
    }

    /// <summary>The free point whose nearest member is farthest, of equals the one of lowest index; -1 where none is free.</summary>
    public int Farthest()
    {
        int farthest = -1;
        for (int i = 0; i < _nearest.Length; i++)
        {
            if (!_taken[i] && (farthest < 0 || _nearest[i] > _nearest[farthest]))
            {
                farthest = i;
            }
        }

        return farthest;
    }

    /// <summary>Takes a free point.</summary>
    public void Add(int point)
    {
        _taken[point] = true;
        for (int i = 0; i < _nearest.Length; i++)
        {
            if (!_taken[i])
            {
                _nearest[i] = Math.Min(_nearest[i], _distance.Between(point, i));
            }
        }
    }
}
