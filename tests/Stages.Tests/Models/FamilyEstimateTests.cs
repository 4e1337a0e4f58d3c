using Pipeline.Stages.Models;
using Pipeline.Stages.Models.GaussianProcess;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models;

/// <summary>Estimates against measured memory; alone, because the pool of scratch memory is shared.</summary>
[Collection(nameof(RunsAlone))]
public sealed class FamilyEstimateTests
{
    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void PlsEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 24);
        FamilyContract.EstimateBoundsMemory(new PlsFamily(15), x, y, 5);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void RidgeEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 43);
        FamilyContract.EstimateBoundsMemory(
            new RidgeFamily(RidgeFamily.DefaultGrid, RidgeScale.Trace), x, y, 5, FoldLanes.Max);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void PcrEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 44);
        FamilyContract.EstimateBoundsMemory(new PcrFamily(15), x, y, 5, FoldLanes.Max);
    }

    [Theory]
    [InlineData(80, 300)]
    [InlineData(300, 60)]
    [InlineData(150, 150)]
    public void KernelEstimate_OneFold_BoundsItsMemory(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 45);
        FamilyContract.EstimateBoundsMemory(new KernelRidgeFamily([2], KernelRidgeFamily.DefaultGrid), x, y, 5, FoldLanes.Max);
        FamilyContract.EstimateBoundsMemory(new GaussianProcessFamily([2]), x, y, 5, FoldLanes.Max);
    }

    [CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
    public sealed class RunsAlone;
}
