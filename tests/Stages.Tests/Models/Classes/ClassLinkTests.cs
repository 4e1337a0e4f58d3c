using Pipeline.Stages.Models.Classes;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Classes;

public sealed class ClassLinkTests
{
    /// <summary>One sample after the other is what samples side by side are, to the bit, for any scores and number of classes.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(11)]
    public void Replace_AnyScores_EqualsSamplesSideBySide(int classes)
    {
        double[] scores = [.. Enumerable.Range(0, classes).Select(k => 700 * Math.Sin(1.7 * k * k))];
        double[] beside = new double[classes];
        ClassLink.Probabilities(scores, classes, beside);
        double[] replaced = [.. scores];
        double all = ClassLink.Replace(replaced);
        Assert.Equal(beside, replaced);
        Assert.Equal(1, replaced.Sum(), 1e-15 * classes);
        Assert.Equal(scores.Max() + Math.Log(scores.Sum(score => Math.Exp(score - scores.Max()))), all, 1e-12);
    }

    [Fact]
    public void Replace_ThreeToOne_GivesTheirShares()
    {
        double[] scores = [1000, 1000 + Math.Log(3), double.NegativeInfinity];
        Assert.Equal(1000 + Math.Log(4), ClassLink.Replace(scores), 1e-12);
        Assert.Equal(0.25, scores[0], 1e-13);
        Assert.Equal(0.75, scores[1], 1e-13);
        Assert.Equal(0, scores[2]);
    }

    [Fact]
    public void Replace_NoNumber_GivesNone()
    {
        double[] scores = [1, double.NaN];
        Assert.Equal(double.NaN, ClassLink.Replace(scores));
        Assert.All(scores, value => Assert.Equal(double.NaN, value));
    }
}
