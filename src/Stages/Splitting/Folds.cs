using Pipeline.Engine;

namespace Pipeline.Stages.Splitting;

/// <summary>A division of samples into K held-out parts: every sample is held out exactly once.</summary>
/// <remarks>
/// Forward folds are the exception: fold k is predicted from folds 0 to k − 1 alone, so the first is calibrated on and never held
/// out, and whatever is pooled is pooled over the samples of the others. Memory 2n integers for any K, so leaving one out is no exception. Immutable.
/// </remarks>
public sealed class Folds
{
    private readonly int[] _foldOfSample;
    private readonly int[] _samplesByFold;
    private readonly int[] _starts;

    /// <summary>Folds from the 0-based fold index of every sample.</summary>
    /// <param name="foldOfSample">The fold of every sample.</param>
    /// <param name="count">K.</param>
    /// <param name="isForward">Whether a fold is predicted from earlier ones alone.</param>
    /// <exception cref="StageException">A fold is empty, or fewer than two folds are left.</exception>
    public Folds(ReadOnlySpan<int> foldOfSample, int count, bool isForward = false)
    {
        IsForward = isForward;
        if (count < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Cross-validation needs at least 2 folds, found {count}. Ask for more folds, or bring more samples.");
        }

        _foldOfSample = foldOfSample.ToArray();
        _samplesByFold = new int[_foldOfSample.Length];
        for (int i = 0; i < _samplesByFold.Length; i++)
        {
            _samplesByFold[i] = i;
        }

        _starts = new int[count + 1];
        foreach (int fold in _foldOfSample)
        {
            _starts[fold + 1]++;
        }

        for (int k = 0; k < count; k++)
        {
            RefuseEmpty(k, _starts[k + 1], count);
            _starts[k + 1] += _starts[k];
        }

        int[] next = _starts[..count];
        for (int i = 0; i < _foldOfSample.Length; i++)
        {
            _samplesByFold[next[_foldOfSample[i]]++] = i;
        }
    }

    /// <summary>Number of folds, K.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _foldOfSample.Length;

    /// <summary>Whether a fold is predicted from earlier ones alone.</summary>
    public bool IsForward { get; }

    /// <summary>The first fold that is held out: 0, or 1 of forward folds.</summary>
    public int FirstHeldOut => IsForward ? 1 : 0;

    /// <summary>The samples of the smallest calibration set.</summary>
    public int CalibrationMin => IsForward ? _starts[1] : SampleCount - HeldOutMax;

    /// <summary>The largest number of samples held out at once; the rest is the smallest calibration set but of forward folds.</summary>
    public int HeldOutMax => Enumerable.Range(0, Count).Max(k => _starts[k + 1] - _starts[k]);

    /// <summary>The smallest number of samples held out at once; the rest is the largest calibration set.</summary>
    public int HeldOutMin => Enumerable.Range(0, Count).Min(k => _starts[k + 1] - _starts[k]);

    /// <summary>The fold in which each sample is held out.</summary>
    public ReadOnlySpan<int> FoldOfSample => _foldOfSample;

    /// <summary>The samples held out in a fold, ascending.</summary>
    public ReadOnlySpan<int> HeldOut(int fold) => _samplesByFold.AsSpan(_starts[fold].._starts[fold + 1]);

    /// <summary>The samples a fold is fitted on, ascending; a new array of up to n integers.</summary>
    public int[] Calibration(int fold)
    {
        if (IsForward)
        {
            return [.. _samplesByFold.AsSpan(0, _starts[fold]).ToArray().Order()];
        }

        int[] samples = new int[SampleCount - HeldOut(fold).Length];
        int next = 0;
        for (int i = 0; i < _foldOfSample.Length; i++)
        {
            if (_foldOfSample[i] != fold)
            {
                samples[next++] = i;
            }
        }

        return samples;
    }

    /// <summary>The values of those samples that are held out in some fold, in their order: all, but for forward folds.</summary>
    /// <param name="values">Some values of every sample, side by side.</param>
    public ReadOnlySpan<T> OfHeldOut<T>(ReadOnlySpan<T> values)
    {
        if (!IsForward)
        {
            return values;
        }

        int each = values.Length / SampleCount;
        var kept = new List<T>(values.Length);
        for (int i = 0; i < SampleCount; i++)
        {
            if (_foldOfSample[i] >= FirstHeldOut)
            {
                kept.AddRange(values.Slice(i * each, each));
            }
        }

        return kept.ToArray();
    }

    private void RefuseEmpty(int fold, int heldOut, int count)
    {
        if (heldOut == 0)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Fold {fold + 1} of {count} holds no sample: {_foldOfSample.Length} samples are too few, or too many of "
                + "them belong to one group. Ask for fewer folds.");
        }
    }
}
