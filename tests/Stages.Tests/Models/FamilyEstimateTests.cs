using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.ElasticNet;
using Pipeline.Stages.Models.GaussianProcess;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Models.LeastSquares;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models;

/// <summary>Estimates against measured memory; alone, because the pool of scratch memory is shared.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FamilyEstimateTests
{
    // Shapes whose folds are not answered from moments, which a single fold does not need.
    [Theory]
    [InlineData(80, 300)]
    [InlineData(250, 120)]
    [InlineData(150, 150)]
    public void PlsEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 24);

        // The estimate is that of all folds at once, on several cores.
        FamilyContract.EstimateBoundsMemory(new PlsFamily(15), x, y, 5, factor: 16);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    [InlineData(60, 1200)]
    [InlineData(1000, 400)]
    public void PlsEstimate_AllFolds_BoundsTheirMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 25);
        FamilyContract.EstimateBoundsMemoryOfFolds(new PlsFamily(15), x, y, 5);
    }

    [Theory]
    [InlineData(80, 300, 5)]
    [InlineData(300, 60, 5)]
    [InlineData(300, 60, 40)]
    [InlineData(150, 60, 150)]
    public void RidgeEstimate_AllFolds_BoundsTheirMemory(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 26);
        FamilyContract.EstimateBoundsMemoryOfFolds(new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace), x, y, folds);
    }

    /// <summary>Lasso and least squares hold the moments of all folds, or go by rows where these outgrow memory.</summary>
    [Fact]
    public void MomentsEstimate_AnyFolds_CountsWhatTheFoldsShare()
    {
        var axis = new SpectralAxis([.. Enumerable.Range(0, 200).Select(j => (double)j)], AxisUnit.Channel);
        foreach (ICandidateFamily family in (ICandidateFamily[])[new ElasticNetFamily(1, [0.1]), new LeastSquaresFamily()])
        {
            foreach (int count in (int[])[5, 1000])
            {
                var folds = new Folds([.. Enumerable.Range(0, 1000).Select(i => i % count)], count);
                string? form = family.FormFor(folds, 200, outputs: 1, autoscales: false);
                Assert.Equal(count == 5 ? "moments" : "alone", form);
                long bytes = family.Estimate(axis, folds, [new FullSpectrum()], family.Settings, 1).PeakBytes;
                Assert.True(form == "alone" || bytes > FoldMoments.SizeBytes(count, 200, 1, 1));
            }
        }
    }

    /// <summary>Aim: what all folds share is paid once. Method: with many variables and few samples that is nearly all, for any number of folds.</summary>
    [Theory]
    [InlineData("pcr(2)")]
    [InlineData("krr(2; 1e-3)")]
    public void Estimate_ManyFolds_CountsTheirGramMatricesOnce(string notation)
    {
        ICandidateFamily family = Catalog.ParseFamily(notation);
        var axis = new SpectralAxis([.. Enumerable.Range(0, 100_000).Select(j => (double)j)], AxisUnit.Channel);
        double Seconds(int count) => family.Estimate(
            axis, new Folds([.. Enumerable.Range(0, 200).Select(i => i % count)], count), [new FullSpectrum()], family.Settings, 1).CpuSeconds;

        // Fold by fold the fits of 20 folds cost four times those of 5.
        Assert.InRange(Seconds(20) / Seconds(5), 1, 2.5);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void RidgeEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 43);
        FamilyContract.EstimateBoundsMemory(
            new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace), x, y, 5, factor: 3 * FoldLanes.Max);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void PcrEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 44);
        FamilyContract.EstimateBoundsMemory(new PcrFamily(15), x, y, 5, factor: 3 * FoldLanes.Max);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void KernelEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 45);
        FamilyContract.EstimateBoundsMemory(new KernelRidgeFamily([2], KernelRidgeFamily.DefaultGrid), x, y, 5, factor: 3 * FoldLanes.Max);
        FamilyContract.EstimateBoundsMemory(new GaussianProcessFamily([2]), x, y, 5, factor: 3 * FoldLanes.Max);
    }

    /// <summary>The factors are those of folds side by side, of kernels that the collector may leave, and of powers of two in the pool.</summary>
    [Theory]
    [InlineData("svr(1, 10; gamma 0.1; epsilon 0.1)", 80, 300)]
    [InlineData("svr(1, 10; gamma 0.1; epsilon 0.1)", 300, 60)]
    [InlineData("svr(1, 10; linear; epsilon 0.1)", 150, 150)]
    [InlineData("localpls(10; 30, 50)", 80, 300)]
    [InlineData("localpls(10; 30, 50)", 300, 60)]
    public void SupportVectorAndLocalEstimate_OneFold_BoundsItsMemory(string notation, int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 47);
        FamilyContract.EstimateBoundsMemory(Catalog.ParseFamily(notation), x, y, 5, factor: 4 * FoldLanes.Max);
        FamilyContract.EstimateBoundsMemoryOfFolds(Catalog.ParseFamily(notation), x, y, 5);
    }

    // The estimate is that of all folds at once, with room for sixteen pieces.
    [Theory]
    [InlineData("forest(50; features all)", 80, 300)]
    [InlineData("forest(50; depth 5, none)", 300, 60)]
    [InlineData("forest(100; features sqrt)", 150, 150)]
    [InlineData("extratrees(50)", 150, 150)]
    public void ForestEstimate_OneFoldAndAll_BoundTheirMemory(string notation, int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-1, 46);
        FamilyContract.EstimateBoundsMemory(Catalog.ParseFamily(notation), x, y, 5, factor: 16);
        FamilyContract.EstimateBoundsMemoryOfFolds(Catalog.ParseFamily(notation), x, y, 5);
    }

    [Theory]
    [InlineData(80, 300, 1)]
    [InlineData(80, 300, 0.5)]
    public void ElasticNetEstimate_OneFold_BoundsItsMemory(int n, int p, double mixing)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 44);
        FamilyContract.EstimateBoundsMemory(new ElasticNetFamily(mixing, ElasticNetFamily.DefaultGrid), x, y, 5, factor: 3 * FoldLanes.Max);
    }

    [Theory]
    [InlineData(100, 2)]
    public void LeastSquaresEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 45);
        FamilyContract.EstimateBoundsMemory(new LeastSquaresFamily(), x, y, 5);
    }

    // The estimate is that of all folds in step, and of cores that sort variables side by side.
    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(6000, 40)]
    public void BoostingEstimate_Folds_BoundsTheirMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 46);
        var family = new BoostingFamily(ResponseKind.Number, [10, 30], BoostingRules.Usual);
        FamilyContract.EstimateBoundsMemory(family, x, y, 5, factor: 32);
        FamilyContract.EstimateBoundsMemoryOfFolds(family, x, y, 5);
    }

    /// <summary>
    /// As if no network ended early, which none does at this rate; the factor is that of folds side by side, and of powers of two in the
    /// pool.
    /// </summary>
    [Theory]
    [InlineData(80, 300, "neuralboosted(10; 0.01; 3, 5; tanh)")]
    [InlineData(300, 60, "neuralboosted(10; 0.01; 3, 5; tanh)")]
    [InlineData(80, 300, "mlp(8, 8x4; 1e-2; 1e-3)")]
    [InlineData(300, 60, "mlp(8; 1e-2; lbfgs)")]
    [InlineData(80, 300, "mlp(8x5; 1e-2; lbfgs)")]
    public void NetworkEstimate_OneFold_BoundsItsMemory(int n, int p, string notation)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 46);
        FamilyContract.EstimateBoundsMemory(Catalog.ParseFamily(notation), x, y, 5, factor: 5 * FoldLanes.Max);
    }

    [CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
    public sealed class RunsAlone;
}
