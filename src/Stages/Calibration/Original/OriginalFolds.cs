using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>The original's folds: rows in the order of the file, shuffled by numpy's generator, cut into runs of nearly equal length.</summary>
/// <remarks>scikit-learn's <c>KFold(K, shuffle=True, random_state=seed)</c>: calibration and held-out rows ascending.</remarks>
internal sealed class OriginalFolds
{
    private readonly int[][] _heldOut;
    private readonly int[][] _calibration;

    /// <summary>K folds of n rows.</summary>
    public OriginalFolds(int n, int count, uint seed)
    {
        int[] order = new Mt19937(seed).Permutation(n);
        _heldOut = new int[count][];
        _calibration = new int[count][];
        int start = 0;
        for (int k = 0; k < count; k++)
        {
            int length = (n / count) + (k < n % count ? 1 : 0);
            int[] fold = [.. order.Skip(start).Take(length).Order()];
            bool[] isHeldOut = new bool[n];
            Array.ForEach(fold, i => isHeldOut[i] = true);
            _heldOut[k] = fold;
            _calibration[k] = [.. Enumerable.Range(0, n).Where(i => !isHeldOut[i])];
            start += length;
        }
    }

    /// <summary>Number of folds, K.</summary>
    public int Count => _heldOut.Length;

    /// <summary>Rows that a fold holds out.</summary>
    public int[] HeldOut(int fold) => _heldOut[fold];

    /// <summary>Rows that a fold calibrates on.</summary>
    public int[] Calibration(int fold) => _calibration[fold];
}
