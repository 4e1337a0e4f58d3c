using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models;

/// <summary>All folds at once against fold after fold on measured spectra, whose variation falls by ten decades.</summary>
public sealed class RealSpectraTests
{
    /// <summary>
    /// Tolerances: ridge refines through the spectra in both forms. Components below 1e-9 of the variance are determined by
    /// cross-products to 1e-7 of the response.
    /// </summary>
    [SharedTheory]
    [InlineData("corn_m5", "moisture")]
    [InlineData("gasoline", "octane")]
    [InlineData("tecator", "fat")]
    [InlineData("wheat_kernels", "protein")]
    [InlineData("biscuit_dough", "fat")]
    public void PredictFolds_MeasuredSpectra_EqualsFoldAfterFold(string name, string response)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(name + ".csv", response);
        FoldContract.EqualsNaive(new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace), x, y, 5, autoscales: false, 1e-9);
        FoldContract.EqualsNaive(new PcrFamily(20), x, y, 5, autoscales: false, 1e-6);
        FoldContract.EqualsNaive(new KernelRidgeFamily([2, 8], [1e-2, 1e-5]), x, y, 5, autoscales: false, 1e-8);
    }

    /// <summary>Tolerance: 3e-15 of the trace over λ, 30 roundings of a cross-product.</summary>
    [SharedTheory]
    [InlineData("corn_m5", "moisture")]
    [InlineData("gasoline", "octane")]
    [InlineData("tecator", "fat")]
    public void PredictFolds_MeasuredSpectraLeavingOneOut_EqualsFoldAfterFold(string name, string response)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(name + ".csv", response);
        foreach (double lambda in (double[])[1e-2, 1e-5, 1e-8, 1e-10])
        {
            FoldContract.EqualsNaive(
                new RidgeFamily([lambda], RidgeScale.Trace), x, y, x.Rows, autoscales: false, 1e-10 + (3e-15 / lambda));
        }
    }
}
