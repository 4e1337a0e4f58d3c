using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Ridge;

public sealed class RidgeFamilyTests
{
    private static readonly RidgeFamily Family = new(RidgeFamily.DefaultGrid, RidgeScale.Trace);

    [Theory]
    [InlineData(30, 60, 5)]
    [InlineData(60, 12, 4)]
    public void Contract_AnyShape_Holds(int n, int p, int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 41);
        FamilyContract.Holds(Family, x, y, folds, 1e-12);
    }

    [Fact]
    public void FitPath_SomeLambdaTooSmall_FailsThoseSettingsAlone()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 50, 4, 0, 42);
        var family = new RidgeFamily([1e-18, 1e-4], RidgeScale.Trace);
        FamilyContract.PathEqualsNaive(family, x, y, 1e-12);
        ISettingPath path = family.FitPath(x.View, y.View, family.Settings);
        Assert.NotNull(path.FailureOf(0));
        Assert.Null(path.FailureOf(1));
        Assert.Throws<InvalidOperationException>(() => path.CopyImportance(0, new double[50]));
    }

    [Fact]
    public void Describe_Lambda_IsAsPeopleWriteIt()
    {
        Assert.Equal("λ=1e-4·tr", Family.Describe(new ModelSetting("lambda", 1e-4)));
        Assert.Equal("λ=3e-5·tr", Family.Describe(new ModelSetting("lambda", 3e-5)));
        Assert.NotEqual(
            Family.Describe(new ModelSetting("lambda", 0.1)), Family.Describe(new ModelSetting("lambda", Math.BitIncrement(0.1))));
        Assert.Equal("λ=0.1", new RidgeFamily([0.1], RidgeScale.Absolute).Describe(new ModelSetting("lambda", 0.1)));
        Assert.Equal(13, Family.SettingsFor(2, 1).Length);
        Assert.Equal("ridge", Family.Name);
    }

    [Fact]
    public void Constructor_BadGrid_IsRefused()
    {
        Assert.Throws<StageException>(() => new RidgeFamily([], RidgeScale.Trace));
        Assert.Throws<StageException>(() => new RidgeFamily([1, 1], RidgeScale.Trace));
        Assert.Throws<StageException>(() => new RidgeFamily([0], RidgeScale.Trace));
        Assert.Throws<StageException>(() => new RidgeFamily([double.PositiveInfinity], RidgeScale.Trace));
    }
}
