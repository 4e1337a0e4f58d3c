using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Stages.Tests.Selection.Selectors;

/// <summary>What a plan reserves for a choice is at least what the choice holds.</summary>
[Collection("measures the heap")]
public sealed class SelectorMemoryTests
{
    private const int LooksMin = 20;

    /// <summary>
    /// Aim: the estimate bounds the memory. Method: while a selector chooses, another thread collects, again and again, and keeps the most
    /// that a collection found alive; at shapes of Gram matrices and of moments, until there were twenty looks.
    /// </summary>
    [Theory]
    [InlineData("ipls(20)", 100, 300)]
    [InlineData("ipls(20)", 300, 200)]
    [InlineData("ipls(20; backward)", 300, 200)]
    [InlineData("cars(50)", 300, 200)]
    [InlineData("uve(100)", 100, 300)]
    [InlineData("uve(100)", 500, 60)]
    [InlineData("spa(30)", 200, 200)]
    [InlineData("pairs(1)", 200, 300)]
    public void EstimateSelect_AnySelector_BoundsTheLiveHeap(string notation, int n, int p)
    {
        (Matrix x, Matrix y) = SelectorData.Make(n, p, 51);
        SpectralAxis axis = SelectorData.Axis(p);
        ISubset selector = Catalog.ParseSubset(notation);
        long reserved = selector.EstimateSelect(n, axis).PeakBytes;

        long held = LiveHeap.PeakOf(() => selector.Select(x.View, y.View, axis, []), LooksMin);
        Assert.True(held <= reserved, $"held {held} bytes, reserved {reserved}");
    }
}
