using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.CrossProducts;

/// <summary>The moments of every fold, from which those of every calibration set are merged.</summary>
/// <remarks>
/// Nothing is ever taken off: a calibration set is the sum of the folds that it consists of, so what is held out does
/// not touch a bit of it. Folds are halved again and again, and what lies outside a half is merged once for all folds
/// inside it: K log₂ K merges for K folds, log₂ K of them held at once.
/// </remarks>
public sealed class FoldMoments
{
    private readonly Moments[] _folds;

    /// <summary>The moments of the folds, in their order.</summary>
    public FoldMoments(Moments[] folds)
    {
        _folds = folds;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count => _folds.Length;

    /// <summary>Moments of each fold. Time n(p + q)².</summary>
    public static FoldMoments Of(SharedSpectra data, CancellationToken cancellation)
    {
        var folds = new Moments[data.Folds.Count];
        for (int k = 0; k < folds.Length; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> rows = data.Folds.HeldOut(k);
            folds[k] = Moments.Of(data.X.SelectRows(rows).View, data.Y.SelectRows(rows).View);
        }

        return new FoldMoments(folds);
    }

    /// <summary>The moments of one fold's samples.</summary>
    public Moments Fold(int k) => _folds[k];

    /// <summary>Shows, fold by fold, the moments of all samples outside the fold.</summary>
    public void VisitCalibrations(Action<int, Moments> visit) => Visit(0, _folds.Length, null, visit);

    private void Visit(int start, int end, Moments? outside, Action<int, Moments> visit)
    {
        if (end - start == 1)
        {
            visit(start, outside!);
            return;
        }

        int middle = (start + end) / 2;
        Visit(start, middle, Add(outside, middle, end), visit);
        Visit(middle, end, Add(outside, start, middle), visit);
    }

    private Moments Add(Moments? outside, int start, int end)
    {
        Moments? sum = outside;
        for (int k = start; k < end; k++)
        {
            sum = sum is null ? _folds[k] : Moments.Merge(sum, _folds[k]);
        }

        return sum!;
    }
}
