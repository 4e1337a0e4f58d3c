using Pipeline.Engine.Identity;
using Xunit;

namespace Pipeline.Engine.Tests.Identity;

public sealed class FingerprintDiffTests
{
    [Fact]
    public void Between_EqualKeys_FindsNothing()
    {
        FingerprintDiff diff = FingerprintDiff.Between(Builder().Add("folds", 10L), Builder().Add("folds", 10L));
        Assert.Empty(diff.Differences);
        Assert.True(diff.IsComplete);
        Assert.Equal("The keys are equal.", diff.ToString());
    }

    [Fact]
    public void Between_OneValue_NamesTheField()
    {
        FingerprintDiff diff = FingerprintDiff.Between(
            Builder().Add("folds", 10L).Add("seed", 7L), Builder().Add("folds", 5L).Add("seed", 7L));
        Assert.Equal("folds: '10' in one, '5' in the other", diff.ToString());
    }

    // Absent, null, empty and a text that reads like null are four keys, hence six differences.
    [Fact]
    public void Between_AbsentNullEmptyAndAlike_AllDiffer()
    {
        FingerprintBuilder[] builders =
        [
            Builder(),
            Builder().Add("group", (string?)null),
            Builder().Add("group", ""),
            Builder().Add("group", "(none)"),
            Builder().Add("group", 0L),
            Builder().Add("group", 0.0),
        ];
        for (int i = 0; i < builders.Length; i++)
        {
            for (int j = 0; j < builders.Length; j++)
            {
                FingerprintDiff diff = FingerprintDiff.Between(builders[i], builders[j]);
                Assert.Equal(i == j ? 0 : 1, diff.Differences.Length);
            }
        }

        Assert.Equal("group: absent in one, nothing in the other", FingerprintDiff.Between(builders[0], builders[1]).ToString());
        Assert.Equal("group: nothing in one, '' in the other", FingerprintDiff.Between(builders[1], builders[2]).ToString());
        Assert.Equal(
            "group: the integer '0' in one, the number '0' in the other", FingerprintDiff.Between(builders[4], builders[5]).ToString());
    }

    [Fact]
    public void Between_AFurtherStep_IsNumbered()
    {
        FingerprintDiff diff = FingerprintDiff.Between(
            Builder().Add("step", "snv"), Builder().Add("step", "snv").Add("step", "sg(15,2,1)"));
        Assert.Equal("step (2): absent in one, 'sg(15,2,1)' in the other", diff.ToString());
    }

    [Fact]
    public void Between_AnotherOrder_SaysSo()
    {
        FingerprintDiff diff = FingerprintDiff.Between(
            Builder().Add("a", 1L).Add("b", 2L), Builder().Add("b", 2L).Add("a", 1L));
        Assert.Equal("order of fields", Assert.Single(diff.Differences).Name);
    }

    [Fact]
    public void Between_ListsThatDifferInside_IsNotComplete()
    {
        FingerprintDiff diff = FingerprintDiff.Between(
            Builder().Add("x", new double[] { 1, 2 }), Builder().Add("x", new double[] { 1, 3 }));
        Assert.False(diff.IsComplete);
        Assert.Equal("All fields read alike; a list of numbers or texts differs inside.", diff.ToString());
    }

    private static FingerprintBuilder Builder() => new("test", 1);
}
