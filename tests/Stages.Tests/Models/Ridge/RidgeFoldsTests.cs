using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Ridge;

public sealed class RidgeFoldsTests
{
    private static readonly RidgeFamily Family = new(RidgeFamily.DefaultGrid, RidgeScale.Trace);

    /// <summary>Tolerance: both refine through X, so what is left is rounding of products, at λ = 1e-10 of the trace 3e-11.</summary>
    [Theory]
    [InlineData(40, 90, 5, false)]
    [InlineData(90, 40, 5, false)]
    [InlineData(40, 33, 5, false)]
    [InlineData(12, 200, 12, false)]
    [InlineData(300, 6, 3, false)]
    [InlineData(90, 40, 5, true)]
    [InlineData(40, 90, 5, true)]
    public void PredictFolds_AnyShape_EqualsFoldAfterFold(int n, int p, int folds, bool autoscales)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 51);
        FoldContract.EqualsNaive(Family, x, y, folds, autoscales, 1e-10);
    }

    [Theory]
    [InlineData(40, 90)]
    [InlineData(90, 40)]
    public void PredictFolds_AnyRunner_GivesTheSameBits(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 52);
        FoldContract.KeepsBitsForAnyRunner(Family, x, y, 7, autoscales: false);
    }

    [Theory]
    [InlineData(30, 50)]
    [InlineData(50, 30)]
    public void PredictFolds_ConstantVariableAndResponse_EqualsFoldAfterFold(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-3, 53);
        for (int i = 0; i < n; i++)
        {
            // The second is constant in every calibration set but those that hold sample 0.
            x[i, 4] = 0.3;
            x[i, 5] = i == 0 ? 0.7 : 0.1;
        }

        FoldContract.EqualsNaive(Family, x, y, 5, autoscales: false, 1e-10);
        y.Values.Fill(3);
        FoldContract.EqualsNaive(Family, x, y, 5, autoscales: false, 0);
        x.Values.Fill(1.5);
        FoldContract.EqualsNaive(Family, x, y, 5, autoscales: false, 0);
    }

    [Theory]
    [InlineData(30, 50)]
    [InlineData(50, 30)]
    public void PredictFolds_RankLossAndExtremes_FailWhereFoldAfterFoldFails(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 0, 54);
        var family = new RidgeFamily([1e15, 1e-4, 1e-19], RidgeScale.Trace);
        FoldContract.EqualsNaive(family, x, y, 5, autoscales: false, 1e-10);
    }

    [Fact]
    public void PredictFolds_AbsolutePenalties_EqualsFoldAfterFold()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 50, 6, 1e-3, 55);
        FoldContract.EqualsNaive(new RidgeFamily([1, 1e-3, 1e-6], RidgeScale.Absolute), x, y, 5, autoscales: false, 1e-10);
    }

    [Fact]
    public void PredictFolds_OffsetFarAboveTheVariation_EqualsFoldAfterFold()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 50, 6, 1e-3, 56);
        for (int i = 0; i < x.Values.Length; i++)
        {
            x.Values[i] += 1e4;
        }

        // The offset costs five digits of the spectra before anything is computed; the means then differ by 1e-12.
        FoldContract.EqualsNaive(new RidgeFamily([1e-2, 1e-4, 1e-6], RidgeScale.Trace), x, y, 5, autoscales: false, 1e-9);
    }

    [Fact]
    public void PredictFolds_NotFinite_IsSaidOfTheFoldsThatCalibrateOnIt()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 8, 4, 1e-3, 57);
        x[3, 2] = double.NaN;
        FoldContract.EqualsNaive(Family, x, y, 4, autoscales: false, 0);
    }
}
