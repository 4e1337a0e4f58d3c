using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Numerics;
using Xunit;

namespace Pipeline.Stages.Tests.CrossProducts;

public sealed class FoldMomentsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(19)]
    public void VisitCalibrations_AnyFolds_ShowsTheMomentsOfAllOtherRows(int folds)
    {
        SharedSpectra data = Make(190, 17, folds, Pieces.InOrder);
        var shown = new List<int>();
        FoldMoments.Of(data, CancellationToken.None).VisitCalibrations((k, calibration) =>
        {
            int[] rows = data.Folds.Calibration(k);
            Assert.Equal(rows.Length, calibration.Count);
            MomentAccumulatorTests.AssertEqualsPlainSums(data.X.SelectRows(rows), data.Y.SelectRows(rows), calibration);
            shown.Add(k);
        });
        Assert.Equal(Enumerable.Range(0, folds), shown);
    }

    [Fact]
    public void VisitCalibrations_SecondFoldLeftOut_ShowsTheMomentsOfTheRest()
    {
        const int Folds = 5;
        SharedSpectra data = Make(90, 8, Folds, Pieces.InOrder);
        FoldSplit[] splits = Nested(Folds);
        var shown = new List<FoldSplit>();
        FoldMoments.Of(data, CancellationToken.None).VisitCalibrations(splits, Pieces.InOrder, (split, calibration) =>
        {
            int[] rows = [.. Enumerable.Range(0, 90).Where(i => split.Calibrates(data.Folds.FoldOfSample[i]))];
            MomentAccumulatorTests.AssertEqualsPlainSums(data.X.SelectRows(rows), data.Y.SelectRows(rows), calibration);
            shown.Add(split);
        });
        Assert.Equal(splits.Order(Comparer), shown.Order(Comparer));
    }

    /// <summary>
    /// Aim: the bits of a split depend on neither the runner nor the other splits asked. Method: all at once with every
    /// runner, and each split alone.
    /// </summary>
    [Fact]
    public void VisitCalibrations_AnyRunnerAnyCompany_SameBits()
    {
        const int Folds = 11;
        FoldMoments moments = FoldMoments.Of(Make(150, 12, Folds, Pieces.InOrder), CancellationToken.None);
        Dictionary<FoldSplit, Moments> expected = Collect(moments, Nested(Folds), Pieces.InOrder);
        foreach ((string name, PieceRunner runner) in Runners.All)
        {
            SharedSpectra data = Make(150, 12, Folds, runner);
            Dictionary<FoldSplit, Moments> all = Collect(FoldMoments.Of(data, CancellationToken.None), Nested(Folds), runner);
            Assert.All(expected, pair => MomentAccumulatorTests.AssertSameBits(pair.Value, all[pair.Key], name));
        }

        Assert.All(expected, pair => MomentAccumulatorTests.AssertSameBits(
            pair.Value, Collect(moments, [pair.Key], Pieces.InOrder)[pair.Key], "alone"));
    }

    [Fact]
    public void VisitCalibrations_HeldOutRowsOverwritten_SameBits()
    {
        const int Folds = 6;
        SharedSpectra data = Make(130, 9, Folds, Pieces.InOrder);
        FoldSplit[] splits = Nested(Folds);
        Dictionary<FoldSplit, Moments> expected = Collect(FoldMoments.Of(data, CancellationToken.None), splits, Pieces.InOrder);
        var rng = new Pcg64(31);
        foreach (FoldSplit split in splits)
        {
            Matrix x = data.X.View.ToMatrix();
            Matrix y = data.Y.View.ToMatrix();
            for (int i = 0; i < x.Rows; i++)
            {
                if (!split.Calibrates(data.Folds.FoldOfSample[i]))
                {
                    x.Row(i).Fill(1e6 * rng.NextNormal());
                    y.Row(i).Fill(1e6 * rng.NextNormal());
                }
            }

            var spoilt = FoldMoments.Of(new SharedSpectra(x, y, data.Folds, false, Pieces.InOrder), CancellationToken.None);
            MomentAccumulatorTests.AssertSameBits(
                expected[split], Collect(spoilt, [split], Pieces.InOrder)[split], split.ToString());
        }
    }

    [Fact]
    public void Columns_SomeVariables_EqualsTheirOwnMoments()
    {
        SharedSpectra data = Make(80, 30, 4, Pieces.InOrder);
        int[] variables = [0, 3, 4, 11, 29];
        FoldMoments part = FoldMoments.Of(data, CancellationToken.None).Columns(variables);
        part.VisitCalibrations((k, calibration) =>
        {
            int[] rows = data.Folds.Calibration(k);
            MomentAccumulatorTests.AssertEqualsPlainSums(
                data.X.SelectColumns(variables).SelectRows(rows), data.Y.SelectRows(rows), calibration);
        });
    }

    [Fact]
    public void Scaled_ByItsScales_HasUnitDeviations()
    {
        SharedSpectra data = Make(80, 30, 4, Pieces.InOrder);
        var moments = Moments.Of(data.X.View, data.Y.View);
        Moments scaled = moments.Scaled(moments.Scales());

        // Two roundings of numbers of order one.
        Assert.All(Enumerable.Range(0, 30), j => Assert.Equal(1, scaled.XX[j, j] / 79, 1e-14));
        Assert.Equal(scaled.XX[3, 7], scaled.XX[7, 3]);
    }

    internal static FoldSplit[] Nested(int folds) =>
    [
        .. Enumerable.Range(0, folds).Select(k => new FoldSplit(k)),
        .. Enumerable.Range(0, folds).SelectMany(outer =>
            Enumerable.Range(0, folds).Where(k => k != outer).Select(k => new FoldSplit(k, outer))),
    ];

    private static Comparer<FoldSplit> Comparer { get; } =
        Comparer<FoldSplit>.Create((a, b) => (a.HeldOut, a.LeftOut).CompareTo((b.HeldOut, b.LeftOut)));

    private static Dictionary<FoldSplit, Moments> Collect(FoldMoments moments, FoldSplit[] splits, PieceRunner runner)
    {
        var collected = new Dictionary<FoldSplit, Moments>();
        moments.VisitCalibrations(splits, runner, (split, calibration) =>
        {
            // All variables: a copy, because what is shown is used again.
            Moments copy = calibration.Columns([.. Enumerable.Range(0, calibration.XMeans.Length)]);
            lock (collected)
            {
                collected.Add(split, copy);
            }
        });
        return collected;
    }

    private static SharedSpectra Make(int n, int p, int folds, PieceRunner runner)
    {
        var rng = new Pcg64(30);
        Matrix x = MomentAccumulatorTests.Shifted(n, p, rng);
        Matrix y = MomentAccumulatorTests.Shifted(n, 2, rng);
        int[] foldOfSample = [.. Enumerable.Range(0, n).Select(i => (i * 7) % n % folds)];
        return new SharedSpectra(x, y, new Folds(foldOfSample, folds), false, runner);
    }
}
