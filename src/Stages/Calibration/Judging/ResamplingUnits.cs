using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>What is drawn whole when samples are resampled: a group, or a bundle of groups where there are very many.</summary>
/// <remarks>
/// Replicates of one sample err alike; drawn one by one they would make every interval too narrow. Beyond
/// <see cref="CountMax"/> groups, groups are shuffled and dealt to that many bundles, which bounds the work of a replicate
/// for any number of samples; the variance of a mean over random bundles is that over groups. Immutable.
/// </remarks>
internal sealed class ResamplingUnits
{
    /// <summary>The most units.</summary>
    public const int CountMax = 4096;

    private readonly int[] _unitOfSample;

    private ResamplingUnits(int[] unitOfSample, int count)
    {
        _unitOfSample = unitOfSample;
        Count = count;
    }

    /// <summary>Number of units.</summary>
    public int Count { get; }

    /// <summary>The unit of every sample.</summary>
    public ReadOnlySpan<int> UnitOfSample => _unitOfSample;

    /// <summary>The units of some samples, listed in the order of ids.</summary>
    public static ResamplingUnits Of(SampleGroups groups, Fingerprint folds)
    {
        int[] unitOfSample = groups.ByFirstSample();
        if (groups.GroupCount <= CountMax)
        {
            return new ResamplingUnits(unitOfSample, groups.GroupCount);
        }

        int[] order = [.. Enumerable.Range(0, groups.GroupCount)];
        Draws.For("bundles", folds).Shuffle(order.AsSpan());
        int[] bundleOfGroup = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
        {
            bundleOfGroup[order[place]] = place % CountMax;
        }

        return new ResamplingUnits([.. unitOfSample.Select(group => bundleOfGroup[group])], CountMax);
    }

    /// <summary>Adds up one number of every sample over units, into a column.</summary>
    public void Sum(ReadOnlySpan<double> ofSample, MatrixSpan target, int column)
    {
        for (int i = 0; i < _unitOfSample.Length; i++)
        {
            target[_unitOfSample[i], column] += ofSample[i];
        }
    }
}
