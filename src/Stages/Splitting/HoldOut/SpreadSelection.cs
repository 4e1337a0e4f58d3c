namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>Orders of points by spread, from which test samples are cut.</summary>
internal static class SpreadSelection
{
    /// <summary>Kennard and Stone's order: the farthest pair, then always the point whose nearest chosen one is farthest.</summary>
    /// <remarks>Lazy: the k-th point takes n distances, so as many are computed as are asked for.</remarks>
    public static IEnumerable<int> Order(PointDistance distance)
    {
        bool[] taken = new bool[distance.Count];
        var chosen = new SpreadSet(distance, taken);
        var pair = FarthestPair.Of(distance, taken);
        foreach (int point in (int[])[pair.First, pair.Second])
        {
            chosen.Add(point);
            yield return point;
        }

        for (int next = chosen.Farthest(); next >= 0; next = chosen.Farthest())
        {
            chosen.Add(next);
            yield return next;
        }
    }

    /// <summary>
    /// Snee's order: the farthest pair goes to the calibration, the farthest of the rest to the test, then each takes in turn the point
    /// farthest from its own.
    /// </summary>
    public static IEnumerable<(int Point, bool IsTest)> Duplex(PointDistance distance)
    {
        bool[] taken = new bool[distance.Count];
        SpreadSet[] sets = [new(distance, taken), new(distance, taken)];
        for (int s = 0; s < 2; s++)
        {
            var pair = FarthestPair.Of(distance, taken);
            foreach (int point in (int[])[pair.First, pair.Second])
            {
                sets[s].Add(point);
                yield return (point, s == 1);
            }
        }

        for (int turn = 0; sets[turn % 2].Farthest() is >= 0 and var next; turn++)
        {
            sets[turn % 2].Add(next);
            yield return (next, turn % 2 == 1);
        }
    }

    /// <summary>All points but the first of an order, up to as many samples as calibrate, are test points.</summary>
    /// <exception cref="Engine.StageException">None is left for the test.</exception>
    public static bool[] AfterCalibration(IHoldOut scheme, HoldOutShare share, HoldOutSamples samples, IEnumerable<int> order)
    {
        int calibrating = samples.SampleCount - share.Of(samples.SampleCount);
        bool[] isTest = new bool[samples.PointCount];
        Array.Fill(isTest, true);
        int count = 0;
        foreach (int point in order.TakeWhile(_ => count < calibrating))
        {
            isTest[point] = false;
            count += samples.SizeOf(point);
        }

        return count < samples.SampleCount
            ? isTest
            : throw new Engine.StageException(
                Engine.FailureKind.InvalidData,
                $"{scheme.Notation} leaves no test sample: groups stay together, and the largest has "
                    + $"{Enumerable.Range(0, samples.PointCount).Max(samples.SizeOf)} "
                + $"of {samples.SampleCount} samples. Ask for a larger share, or draw \"random(25 %, seed 0)\".");
    }
}
