using System.Text.Json;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Pls.Direct;
using Pipeline.Stages.Models.Pls.Dual;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Pls;

/// <summary>All forms against NIPALS on each split's own rows, and what they must not let show.</summary>
public sealed class CrossValidatedPlsTests
{
    [Theory]
    [InlineData(60, 40, 5, 8, 1e-2)]
    [InlineData(30, 131, 4, 8, 1e-4)]
    [InlineData(200, 9, 7, 6, 1e-1)]
    [InlineData(150, 60, 10, 10, 1e-3)]
    [InlineData(27, 7, 3, 5, 1e-2)]
    public void Answer_AnyShapeAndNoise_EqualsNipals(int n, int p, int folds, int components, double noise)
    {
        foreach (PlsForm form in Forms)
        {
            for (ulong seed = 1; seed <= 3; seed++)
            {
                var one = new PlsCase(Simulated(n, p, noise, 1, seed, out Matrix y), y, folds);
                one.AssertAgrees(one.Answer(form, components), components);
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(50)]
    public void Answer_SeveralResponses_EqualsEachAlone(int responses)
    {
        const int A = 6;
        Matrix x = Simulated(40, 60, 1e-2, responses, 7, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            var all = new PlsCase(x, y, 5);
            PlsAnswers answers = all.Answer(form, A);
            all.AssertAgrees(answers, A);
            if (form == PlsForm.Moments && responses > 3)
            {
                // From four responses on they share one product of matrices, which sums in another order.
                continue;
            }

            for (int l = 0; l < responses; l += 7)
            {
                PlsAnswers alone = new PlsCase(x, y.SelectColumns([l]), 5).Answer(form, A);
                for (int k = 0; k < 5; k++)
                {
                    Tolerance.AssertSameBits(alone.YHat(k, 0, A), answers.YHat(k, l, A), $"{form}, split {k}, response {l}");
                }
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    public void Answer_JointResponses_EqualsNipals(int responses)
    {
        foreach (PlsForm form in Forms)
        {
            foreach ((int n, int p) in ((int, int)[])[(50, 80), (90, 25)])
            {
                var one = new PlsCase(Simulated(n, p, 1e-2, responses, 8, out Matrix y), y, 4) { IsJoint = true };
                one.AssertAgrees(one.Answer(form, 6), 6);
            }
        }
    }

    /// <summary>Aim: PLS2 against an independent tool. Method: the new rows are one of two folds. Tolerance: the producers agree to 1e-12.</summary>
    [Fact]
    public void Answer_JointResponses_EqualsScikitLearn()
    {
        JsonElement golden = Goldens.Load("pls2/sklearn.json");
        (Matrix x, _) = ModelGoldens.Input("mid");
        Matrix y = golden.GetProperty("Y").ToMatrix();
        int[] fresh = golden.GetProperty("new").ToIntegers();
        int[] foldOfSample = [.. Enumerable.Range(0, x.Rows).Select(i => fresh.Contains(i) ? 1 : 0)];
        int A = golden.GetProperty("A").GetInt32();
        foreach (PlsForm form in Forms)
        {
            var one = new PlsCase(x, y, 2)
            {
                Folds = new Folds(foldOfSample, 2),
                Splits = [new FoldSplit(1)],
                IsJoint = true,
                WantsCoefficients = form == PlsForm.Direct,
            };
            PlsAnswers answers = one.Answer(form, A);
            for (int l = 0; l < y.Columns; l++)
            {
                for (int a = 1; a <= A; a++)
                {
                    double[] expected = [.. golden.GetProperty("predNew")[a - 1].EnumerateArray().Select(row => row[l].GetDouble())];
                    Tolerance.AssertClose(expected, answers.YHat(0, l, a), 1e-10, $"{form}, response {l}, {a} components");
                    if (form == PlsForm.Direct)
                    {
                        Tolerance.AssertClose(
                            golden.GetProperty("coef")[a - 1][l].ToDoubles(), answers.Coefficients(0, l).Row(a - 1), 1e-10, "coefficients");
                        Tolerance.AssertClose(
                            golden.GetProperty("vip")[a - 1].ToDoubles(), answers.Importance(0, l).Row(a - 1), 1e-10, "importance");
                        double intercept = golden.GetProperty("intercept")[a - 1][l].GetDouble();
                        Tolerance.AssertClose(intercept, answers.Intercepts(0, l)[a - 1], 1e-10, Math.Max(1, Math.Abs(intercept)), "intercept");
                    }
                }
            }
        }
    }

    [Fact]
    public void Answer_LeaveOneOut_EqualsNipals()
    {
        Matrix x = Simulated(33, 50, 1e-2, 1, 9, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            var one = new PlsCase(x, y, 33);
            one.AssertAgrees(one.Answer(form, 7), 7);
        }
    }

    /// <summary>Nested validation shares the pass: a split with a second fold left out is the plain split of the samples without it.</summary>
    [Fact]
    public void Answer_SecondFoldLeftOut_EqualsRunningTheOthersAlone()
    {
        const int A = 5;
        Matrix x = Simulated(48, 70, 1e-2, 1, 10, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            var nested = new PlsCase(x, y, 4)
            {
                Splits = [.. from outer in Enumerable.Range(0, 4) from inner in Enumerable.Range(0, 4)
                    select outer == inner ? new FoldSplit(outer) : new FoldSplit(inner, outer)],
            };
            PlsAnswers answers = nested.Answer(form, A);
            nested.AssertAgrees(answers, A);
            int[] others = [.. Enumerable.Range(0, 48).Where(i => i % 4 != 3)];
            var alone = new PlsCase(x.SelectRows(others), y.SelectRows(others), 3);
            PlsAnswers expected = alone.Answer(form, A);
            for (int inner = 0; inner < 3; inner++)
            {
                // The pieces of rows differ, so bits may.
                Tolerance.AssertClose(expected.YHat(inner, 0, A), answers.YHat(12 + inner, 0, A), 1e-11, $"{form}, inner fold {inner}");
            }
        }
    }

    [Theory]
    [InlineData(60, 40)]
    [InlineData(30, 133)]
    public void Answer_Autoscaled_EqualsScalingEachSplit(int n, int p)
    {
        Matrix x = Simulated(n, p, 1e-2, 1, 11, out Matrix y);
        for (int i = 0; i < n; i++)
        {
            x[i, 3] = 0.1;
            x[i, 5] = i % 5 == 2 ? 0.7 : 0.3;
        }

        var one = new PlsCase(x, y, 5) { Autoscales = true };
        one.AssertAgrees(one.Answer(PlsForm.Direct, 6), 6);
        Assert.Equal(PlsForm.Direct, PlsForms.For(one.Question(6), n, p));
    }

    [Fact]
    public void Answer_AutoscaledFoldsFarApart_EqualsScalingEachSplit()
    {
        // Folds a thousand deviations apart, as instruments may be: the reference of a split is far from most of its samples.
        Matrix x = Simulated(60, 30, 1e-2, 1, 12, out Matrix y);
        for (int i = 0; i < 60; i++)
        {
            Products.Axpy(100.0 * (i % 5), Enumerable.Repeat(1.0, 30).ToArray(), x.Row(i));
        }

        var one = new PlsCase(x, y, 5) { Autoscales = true };
        one.AssertAgrees(one.Answer(PlsForm.Direct, 4), 4);
    }

    [Fact]
    public void Answer_RepeatedRows_EqualsNipals()
    {
        Matrix x = Simulated(40, 60, 1e-2, 1, 13, out Matrix y);
        for (int i = 20; i < 40; i++)
        {
            x.Row(i - 20).CopyTo(x.Row(i));
            y[i, 0] = y[i - 20, 0];
        }

        foreach (PlsForm form in Forms)
        {
            var one = new PlsCase(x, y, 5);
            one.AssertAgrees(one.Answer(form, 6), 6);
        }
    }

    [Fact]
    public void Answer_ConstantVariablesAndResponse_PredictTheMean()
    {
        Matrix x = Simulated(40, 60, 1e-2, 2, 14, out Matrix y);
        for (int i = 0; i < 40; i++)
        {
            x[i, 17] = 0.1;
            y[i, 1] = 0.3;
        }

        foreach (PlsForm form in Forms)
        {
            var one = new PlsCase(x, y, 5);
            PlsAnswers answers = one.Answer(form, 6);
            Assert.Null(answers.FailureOf(2, 1, 6));
            Assert.Equal(0, answers.ComponentCount(2, 1));
            Assert.All(answers.YHat(2, 1, 6).ToArray(), value => Assert.Equal(0.3, value));
            new PlsCase(x, y.SelectColumns([0]), 5).AssertAgrees(answers, 6);
        }
    }

    [Theory]
    [InlineData(40, 100)]
    [InlineData(120, 30)]
    public void Answer_MoreComponentsThanRank_SaysHowManyAreSupported(int n, int p)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 0, 15);
        Products.Axpy(1, PlsRegressionTests.Random(n, 1, 16).Values, y.Values);
        foreach (PlsForm form in Forms)
        {
            PlsAnswers answers = new PlsCase(x, y, 5).Answer(form, 7);
            for (int k = 0; k < 5; k++)
            {
                Assert.Equal(4, answers.ComponentCount(k, 0));
                Assert.Null(answers.FailureOf(k, 0, 4));
                Assert.Equal("6 components asked, the calibration spectra support 4.", answers.FailureOf(k, 0, 6));
            }
        }
    }

    [Fact]
    public void Answer_FewerSamplesThanComponents_StopsAtTheLast()
    {
        Matrix x = Simulated(9, 40, 1e-1, 1, 17, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            PlsAnswers answers = new PlsCase(x, y, 3).Answer(form, 12);
            Assert.All(Enumerable.Range(0, 3), k => Assert.Equal(5, answers.ComponentCount(k, 0)));
            Assert.All(Enumerable.Range(0, 3), k => Assert.NotNull(answers.FailureOf(k, 0, 6)));
        }
    }

    [Fact]
    public void Answer_AnyRunner_GivesTheSameBits()
    {
        Matrix x = Simulated(300, 45, 1e-2, 3, 18, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            foreach (bool isJoint in (bool[])[false, true])
            {
                double[] expected = Bits(Pieces.InOrder);
                Tolerance.AssertSameBits(expected, Bits(Runners.Backwards), $"{form} backwards");
                Tolerance.AssertSameBits(expected, Bits(Runners.Threads(2)), $"{form} on 2 threads");
                Tolerance.AssertSameBits(expected, Bits(Runners.Threads(8)), $"{form} on 8 threads");

                double[] Bits(PieceRunner runner)
                {
                    var one = new PlsCase(x, y, 7) { IsJoint = isJoint, Runner = runner };
                    return one.Everything(one.Answer(form, 6), 6);
                }
            }
        }
    }

    /// <summary>Fits that share a pass do not show in each other: a split has the bits that it has alone.</summary>
    [Fact]
    public void Answer_SomeSplits_HaveTheBitsOfAll()
    {
        Matrix x = Simulated(130, 150, 1e-2, 1, 19, out Matrix y);
        foreach (PlsForm form in Forms)
        {
            var all = new PlsCase(x, y, 6);
            PlsAnswers answers = all.Answer(form, 6);
            for (int k = 0; k < 6; k++)
            {
                var one = new PlsCase(x, y, 6) { Splits = [new FoldSplit(k)] };
                Tolerance.AssertSameBits(
                    all.Everything(answers, k, 6), one.Everything(one.Answer(form, 6), 6), $"{form}, split {k}");
            }
        }
    }

    /// <summary>
    /// Aim: nothing held out or left out reaches a fit. Method: all such rows but one held-out row become noise of the
    /// order 1e6; the predictions of that row keep every bit, in every form, also where the watch decides.
    /// </summary>
    [Theory]
    [InlineData(1e-2)]
    [InlineData(1e-8)]
    public void Answer_HeldOutRowsSpoilt_KeepsEveryBit(double noise)
    {
        const int A = 8;
        Matrix x = Simulated(40, 60, noise, 1, 20, out Matrix y);
        FoldSplit[] splits = [new(0), new(1), new(2, 0), new(0, 3), new(3)];
        foreach ((PlsForm form, bool autoscales) in ((PlsForm, bool)[])[(PlsForm.Direct, false), (PlsForm.Direct, true), (PlsForm.Dual, false)])
        {
            var clean = new PlsCase(x, y, 4) { Splits = splits, Autoscales = autoscales };
            PlsAnswers before = clean.Answer(form, A);
            for (int k = 0; k < splits.Length; k++)
            {
                (Matrix xSpoilt, Matrix ySpoilt) = Spoil(x, y, clean.Folds, splits[k]);
                PlsAnswers after = new PlsCase(xSpoilt, ySpoilt, 4) { Splits = splits, Autoscales = autoscales }.Answer(form, A);
                Assert.Equal(before.ComponentCount(k, 0), after.ComponentCount(k, 0));
                for (int a = 0; a <= before.ComponentCount(k, 0); a++)
                {
                    Tolerance.AssertSameBits(
                        before.YHat(k, 0, a)[..1], after.YHat(k, 0, a)[..1], $"{form}, {splits[k]}, {a} components");
                }
            }
        }
    }

    [Fact]
    public void Answer_Singles_EqualsTheSameNumbersAsDoubles()
    {
        const int A = 6;
        Matrix x = Simulated(90, 53, 1e-2, 2, 21, out Matrix y);
        float[] singles = [.. x.Values.ToArray().Select(value => (float)value)];
        var widened = new Matrix(90, 53, [.. singles.Select(value => (double)value)]);
        var one = new PlsCase(widened, y, 5);
        PlsQuestion question = one.Question(A);
        var answers = new PlsAnswers(question);
        int[] fits = [.. Enumerable.Range(0, question.FitCount)];
        Assert.True(DirectPls<float, SingleElement>.TryAnswer(
            new StoredRows<float>(90, 53, singles), question, fits, answers, CancellationToken.None));
        Tolerance.AssertSameBits(
            one.Everything(one.Answer(PlsForm.Direct, A), A), one.Everything(answers, A), "singles");
    }

    [Fact]
    public void Answer_NotANumber_SaysSo()
    {
        Matrix x = Simulated(30, 40, 1e-2, 1, 22, out Matrix y);
        x[7, 3] = double.NaN;
        foreach (PlsForm form in Forms)
        {
            Assert.Null(CrossValidatedPls.Answer(x, new PlsCase(x, y, 5).Question(3), form, CancellationToken.None));
        }
    }

    /// <summary>What the rounding of a Gram matrix would spoil is answered by the direct form, to the bit.</summary>
    [Fact]
    public void Answer_DualBeyondItsDigits_IsTheDirectForm()
    {
        Matrix x = Simulated(40, 60, 1e-8, 1, 23, out Matrix y);
        for (int i = 0; i < 40; i++)
        {
            y[i, 0] += 0.1 * Math.Sin(i);
        }

        var one = new PlsCase(x, y, 5);
        using FoldGrams grams = FoldGrams.Of(x, one.Folds, one.Splits, Pieces.InOrder, CancellationToken.None);
        PlsQuestion question = one.Question(14);
        DualWatch watch = DualPls.Answer(grams, question, new PlsAnswers(question), CancellationToken.None);
        Assert.All(Enumerable.Range(0, 5), fit => Assert.False(watch.IsSound(fit)));
        Tolerance.AssertSameBits(
            one.Everything(one.Answer(PlsForm.Direct, 14), 14), one.Everything(one.Answer(PlsForm.Dual, 14), 14), "dual");
    }

    [Fact]
    public void Answer_CoefficientsAsked_PredictWhatIsPredicted()
    {
        const int A = 5;
        Matrix x = Simulated(40, 37, 1e-2, 2, 24, out Matrix y);
        foreach (bool autoscales in (bool[])[false, true])
        {
            var one = new PlsCase(x, y, 4) { WantsCoefficients = true, Autoscales = autoscales };
            PlsAnswers answers = one.Answer(PlsForm.Direct, A);
            for (int k = 0; k < 4; k++)
            {
                int i = one.Folds.HeldOut(k)[1];
                for (int a = 1; a <= A; a++)
                {
                    double expected = answers.YHat(k, 1, a)[1];
                    double actual = answers.Intercepts(k, 1)[a - 1] + Products.Dot(answers.Coefficients(k, 1).Row(a - 1), x.Row(i));
                    Assert.Equal(expected, actual, 1e-11 * Math.Abs(expected));
                    Assert.Equal(1, answers.Importance(k, 1).Row(a - 1).ToArray().Average(value => value * value), 1e-12);
                }
            }
        }
    }

    [Theory]
    [InlineData(100, 500, 5, 20, PlsForm.Dual)]
    [InlineData(250, 2151, 10, 25, PlsForm.Dual)]
    [InlineData(1000, 2000, 5, 15, PlsForm.Direct)]
    [InlineData(1000, 500, 10, 25, PlsForm.Direct)]
    [InlineData(240, 100, 5, 25, PlsForm.Direct)]
    public void For_MeasuredShapes_IsTheFasterForm(int n, int p, int folds, int components, PlsForm expected)
    {
        var y = new Matrix(n, 1);
        var question = new PlsQuestion(
            y, new Folds([.. Enumerable.Range(0, n).Select(i => i % folds)], folds), [.. Enumerable.Range(0, folds).Select(k => new FoldSplit(k))], components);
        Assert.Equal(expected, PlsForms.For(question, n, p));
    }

    private static readonly PlsForm[] Forms = [PlsForm.Direct, PlsForm.Dual, PlsForm.Moments];

    /// <summary>Spectra whose first response is that of <see cref="SimulatedSpectra"/>; the others are blends of it and their own noise.</summary>
    private static Matrix Simulated(int n, int p, double noise, int responses, ulong seed, out Matrix y)
    {
        (Matrix x, Matrix one) = SimulatedSpectra.Make(n, p, 7, noise, seed);
        Matrix random = PlsRegressionTests.Random(n, responses, seed + 50);
        y = new Matrix(n, responses);
        for (int i = 0; i < n; i++)
        {
            y[i, 0] = one[i, 0];
            for (int l = 1; l < responses; l++)
            {
                y[i, l] = (one[i, 0] / l) + (5 * x[i, (l * 3) % p]) + (0.3 * random[i, l]);
            }
        }

        return x;
    }

    private static (Matrix X, Matrix Y) Spoil(Matrix x, Matrix y, Folds folds, FoldSplit split)
    {
        var rng = new Pcg64(31);
        Matrix xSpoilt = x.View.ToMatrix();
        Matrix ySpoilt = y.View.ToMatrix();
        int kept = folds.HeldOut(split.HeldOut)[0];
        for (int i = 0; i < x.Rows; i++)
        {
            if (split.Calibrates(folds.FoldOfSample[i]))
            {
                continue;
            }

            ySpoilt[i, 0] = 1e6 * rng.NextNormal();
            if (i != kept)
            {
                foreach (ref double value in xSpoilt.Row(i))
                {
                    value = 1e6 * rng.NextNormal();
                }
            }
        }

        return (xSpoilt, ySpoilt);
    }
}
