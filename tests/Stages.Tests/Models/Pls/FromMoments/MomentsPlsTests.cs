using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Pls.FromMoments;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.CrossProducts;
using Pipeline.Stages.Tests.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Pls.FromMoments;

/// <summary>PLS from moments against NIPALS fold by fold, which deflates X and knows no cross-products.</summary>
public sealed class MomentsPlsTests
{
    [Theory]
    [InlineData(60, 12, 5, 8)]
    [InlineData(200, 40, 10, 12)]
    [InlineData(90, 12, 90, 8)]
    [InlineData(60, 9, 30, 5)]
    [InlineData(1600, 6, 800, 4)]
    public void Answer_RandomSpectra_EqualsNipals(int n, int p, int folds, int components)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 4, 0.05, 3);
        PlsQuestion question = Ask(y, folds, components);
        (PlsAnswers answers, bool[] needsDirect) = Answer(x, question);
        Assert.DoesNotContain(true, needsDirect);
        for (int k = 0; k < folds; k += 1 + (folds / 12))
        {
            AssertEqualsNipals(x, question, k, answers, 0);
        }
    }

    /// <summary>
    /// Aim: on real spectra what is vouched for keeps the promise, 1e-9 of the deviation of the response, and
    /// spectra that moments cannot tell are known: with 25 components of spectra as measured, most are.
    /// </summary>
    [SharedTheory]
    [InlineData("tecator.csv", "fat", 8)]
    [InlineData("wheat_kernels.csv", "protein", 5)]
    [InlineData("diesel_swri.csv", "density_d4052", 15)]
    public void Answer_RealSpectra_EqualsNipalsWhereItSaysSo(string file, string response, int components)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(file, response);
        PlsQuestion question = Ask(y, 5, components);
        (PlsAnswers answers, bool[] needsDirect) = Answer(x, question);
        Assert.DoesNotContain(true, needsDirect);
        AssertEqualsNipals(x, question, 0, answers, 0);
        AssertEqualsNipals(x, question, 3, answers, 0);
    }

    [SharedTheory]
    [InlineData("tecator.csv", "fat")]
    [InlineData("wheat_kernels.csv", "protein")]
    public void Answer_ManyComponentsOfRawSpectra_AsksForTheDirectForm(string file, string response)
    {
        (Matrix x, Matrix y) = RealSpectra.Read(file, response);
        (_, bool[] needsDirect) = Answer(x, Ask(y, 5, 25));
        Assert.DoesNotContain(false, needsDirect);
    }

    [Fact]
    public void Answer_MoreComponentsThanRank_SaysSoAsTheDirectFormDoes()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(80, 20, 3, 0, 4);
        PlsQuestion question = Ask(y, 4, 6);
        (PlsAnswers answers, bool[] needsDirect) = Answer(x, question);
        int[] calibration = question.Folds.Calibration(1);
        using CentredCalibration centred = CentredCalibration.Of(x.SelectRows(calibration).View, y.SelectRows(calibration).View);
        Assert.Equal(new KernelPls(centred, 6).FailureOf(6), answers.FailureOf(1, 0, 6));
        Assert.NotNull(answers.FailureOf(1, 0, 4));
        Assert.False(needsDirect[1]);
    }

    /// <summary>Aim: the fused answer, with the form that shapes ask for and the direct one where it must, is that of NIPALS.</summary>
    [Fact]
    public void CrossValidated_ShapeOfMoments_EqualsNipals()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(600, 10, 4, 0.05, 3);
        PlsQuestion question = Ask(y, 5, 6);
        Assert.Equal(PlsForm.Moments, PlsForms.For(question, 600, 10));
        PlsAnswers answers = CrossValidatedPls.Answer(x, question, PlsForm.Moments, CancellationToken.None)!;
        AssertEqualsNipals(x, question, 2, answers, 0);
        x[17, 3] = double.NaN;
        Assert.Null(CrossValidatedPls.Answer(x, question, PlsForm.Moments, CancellationToken.None));
    }

    [Fact]
    public void Answer_SeveralResponses_EqualsEachAlone()
    {
        (Matrix x, Matrix y) = Responses(150, 20, 5);
        PlsAnswers all = Answer(x, Ask(y, 6, 7)).Answers;
        for (int l = 0; l < y.Columns; l++)
        {
            Matrix one = y.SelectColumns([l]);
            PlsAnswers alone = Answer(x, Ask(one, 6, 7)).Answers;
            for (int k = 0; k < 6; k++)
            {
                // The same sums in another order.
                Tolerance.AssertClose(alone.YHat(k, 0, 7), all.YHat(k, l, 7), 1e-11, $"response {l}");
            }
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(150)]
    public void Answer_JointResponses_EqualsNipalsOfTwoBlocks(int folds)
    {
        const int Components = 6;
        (Matrix x, Matrix y) = Responses(150, 20, 3);
        PlsQuestion question = Ask(y, folds, Components, isJoint: true);
        PlsAnswers answers = Answer(x, question).Answers;
        for (int k = 0; k < folds; k += 1 + (folds / 6))
        {
            int[] calibration = question.Folds.Calibration(k);
            Matrix heldOut = x.SelectRows(question.Folds.HeldOut(k));
            Matrix[] expected = JointNipals(x.SelectRows(calibration), y.SelectRows(calibration), heldOut, Components);
            for (int a = 1; a <= Components; a++)
            {
                for (int l = 0; l < 3; l++)
                {
                    Tolerance.AssertClose(expected[a - 1].Row(l), answers.YHat(k, l, a), 1e-9, $"{a} components, response {l}");
                }
            }
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(100)]
    public void Answer_Autoscaled_EqualsNipalsOnScaledSpectra(int folds)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(100, 15, 4, 0.05, 8);
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 3] *= 1000;
            x[i, 7] = 2;
        }

        PlsQuestion question = Ask(y, folds, 6, autoscales: true);
        PlsAnswers answers = Answer(x, question).Answers;
        AssertEqualsNipals(x, question, 0, answers, 0);
        AssertEqualsNipals(x, question, folds - 1, answers, 0);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(120)]
    public void Answer_CoefficientsAsked_PredictWhatWasPredicted(int folds)
    {
        (Matrix x, Matrix y) = Responses(120, 14, 2);
        PlsQuestion question = Ask(y, folds, 5, wantsCoefficients: true);
        PlsAnswers answers = Answer(x, question).Answers;
        for (int l = 0; l < 2; l++)
        {
            int i = question.Folds.HeldOut(3)[0];
            for (int a = 1; a <= 5; a++)
            {
                double yHat = answers.Intercepts(3, l)[a - 1] + Products.Dot(x.Row(i), answers.Coefficients(3, l).Row(a - 1));
                Assert.Equal(answers.YHat(3, l, a)[0], yHat, 1e-10);
                Assert.Equal(14, answers.Importance(3, l).Row(a - 1).ToArray().Sum(value => value * value), 1e-10);
            }
        }
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 5)]
    [InlineData(96, 1)]
    public void Answer_AnyRunnerAnyCompany_SameBits(int folds, int responses)
    {
        (Matrix x, Matrix y) = Responses(96, 12, responses);
        double[] expected = Everything(Answer(x, Ask(y, folds, 5)).Answers, folds, responses);
        foreach ((string name, PieceRunner runner) in MomentAccumulatorTests.AllRunners)
        {
            Tolerance.AssertSameBits(expected, Everything(Answer(x, Ask(y, folds, 5, runner: runner)).Answers, folds, responses), name);
        }

        PlsAnswers alone = Answer(x, new PlsQuestion(y, FoldsOf(96, folds), [new FoldSplit(3)], 5)).Answers;
        Tolerance.AssertSameBits(Answer(x, Ask(y, folds, 5)).Answers.YHat(3, 0, 5), alone.YHat(0, 0, 5), "alone");
    }

    /// <summary>
    /// Aim: nothing that a fold holds out touches a bit of the predictions of its other rows. Method: all held-out rows
    /// but the first become noise of the order 1e6.
    /// </summary>
    [Theory]
    [InlineData(6, 1)]
    [InlineData(48, 1)]
    [InlineData(48, 3)]
    public void Answer_OtherHeldOutRowsOverwritten_SameBits(int folds, int responses)
    {
        (Matrix x, Matrix y) = Responses(96, 12, responses);
        PlsAnswers before = Answer(x, Ask(y, folds, 5)).Answers;
        var rng = new Pcg64(9);
        for (int k = 0; k < folds; k += 5)
        {
            Matrix xSpoilt = x.View.ToMatrix();
            Matrix ySpoilt = y.View.ToMatrix();
            ySpoilt.Row(FoldsOf(96, folds).HeldOut(k)[0]).Fill(1e6 * rng.NextNormal());
            foreach (int i in FoldsOf(96, folds).HeldOut(k)[1..])
            {
                xSpoilt.Row(i).Fill(1e6 * rng.NextNormal());
                ySpoilt.Row(i).Fill(1e6 * rng.NextNormal());
            }

            PlsAnswers after = Answer(xSpoilt, Ask(ySpoilt, folds, 5)).Answers;
            for (int l = 0; l < responses; l++)
            {
                for (int a = 1; a <= 5; a++)
                {
                    Tolerance.AssertSameBits(before.YHat(k, l, a)[..1], after.YHat(k, l, a)[..1], $"fold {k}, {a} components");
                }
            }
        }
    }

    [Fact]
    public void Answer_SecondFoldLeftOut_EqualsNipalsOnTheRest()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(100, 12, 4, 0.05, 11);
        var question = new PlsQuestion(y, FoldsOf(100, 5), FoldMomentsTests.Nested(5), 6);
        PlsAnswers answers = Answer(x, question).Answers;
        for (int s = 0; s < question.Splits.Length; s++)
        {
            AssertEqualsNipals(x, question, s, answers, 0);
        }
    }

    [Fact]
    public void FailureOf_BeyondWorkingPrecision_SaysWhatToDo()
    {
        // A variable of size 1e7 beside others of size one: what these explain drowns in its square.
        (Matrix x, Matrix y) = SimulatedSpectra.Make(90, 10, 4, 0.1, 12);
        var rng = new Pcg64(13);
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 0] = 1e7 * rng.NextNormal();
        }

        MomentsFit fit = MomentsPls.Fit(Moments.Of(x.View, y.View), 8)[0];
        Assert.True(fit.SupportedCount < 8);
        Assert.Null(fit.FailureOf(fit.SupportedCount));
        Assert.Contains("pretreatment", fit.FailureOf(8), StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ConstantResponse_HasNoComponentsAndNoFailure()
    {
        (Matrix x, _) = SimulatedSpectra.Make(40, 6, 3, 0.1, 14);
        var y = new Matrix(40, 1);
        y.Values.Fill(0.3);
        MomentsFit fit = MomentsPls.Fit(Moments.Of(x.View, y.View), 3)[0];
        Assert.True(fit.IsResponseConstant);
        Assert.Equal(0, fit.Count);
        Assert.Null(fit.FailureOf(3));
    }

    private static (PlsAnswers Answers, bool[] NeedsDirect) Answer(Matrix x, PlsQuestion question)
    {
        var answers = new PlsAnswers(question);
        bool[] needsDirect = MomentsPls.Answer(x, question, answers, CancellationToken.None);
        return (answers, needsDirect);
    }

    private static Folds FoldsOf(int n, int folds) => new([.. Enumerable.Range(0, n).Select(i => i % folds)], folds);

    private static PlsQuestion Ask(
        Matrix y, int folds, int components, bool isJoint = false, bool autoscales = false, bool wantsCoefficients = false, PieceRunner? runner = null) =>
        new(y, FoldsOf(y.Rows, folds), FoldSplit.Each(FoldsOf(y.Rows, folds)), components)
        {
            IsJoint = isJoint,
            Autoscales = autoscales,
            WantsCoefficients = wantsCoefficients,
            Runner = runner ?? Pieces.InOrder,
        };

    private static (Matrix X, Matrix Y) Responses(int n, int p, int q)
    {
        (Matrix x, Matrix first) = SimulatedSpectra.Make(n, p, 4, 0.05, 21);
        var rng = new Pcg64(22);
        var y = new Matrix(n, q);
        for (int i = 0; i < n; i++)
        {
            for (int l = 0; l < q; l++)
            {
                y[i, l] = first[i, 0] + (l * x[i, 2 * l % p] * 20) + (0.1 * rng.NextNormal());
            }
        }

        return (x, y);
    }

    private static double[] Everything(PlsAnswers answers, int folds, int responses) =>
    [
        .. from k in Enumerable.Range(0, folds)
           from l in Enumerable.Range(0, responses)
           from a in Enumerable.Range(0, 6)
           from value in answers.YHat(k, l, a).ToArray()
           select value,
    ];

    /// <summary>The promise for PLS: 1e-9 of the deviation of the response while the covariance is above 1e-6 of its start.</summary>
    private static void AssertEqualsNipals(Matrix x, PlsQuestion question, int split, PlsAnswers answers, int response)
    {
        FoldSplit asked = question.Splits[split];
        int[] calibration = [.. Enumerable.Range(0, x.Rows).Where(i => asked.Calibrates(question.Folds.FoldOfSample[i]))];
        Matrix fitted = x.SelectRows(calibration);
        Matrix heldOut = x.SelectRows(question.Folds.HeldOut(asked.HeldOut));
        if (question.Autoscales)
        {
            double[] means = ColumnMoments.Means(fitted.View);
            double[] scales = Autoscale.Scales(fitted.View, means);
            foreach (Matrix rows in (Matrix[])[fitted, heldOut])
            {
                for (int i = 0; i < rows.Rows; i++)
                {
                    RowKernels.ShiftAndScale(rows.Row(i), means, scales, rows.Row(i));
                }
            }
        }

        Matrix yOfRows = question.Y.SelectColumns([response]).SelectRows(calibration);
        double deviation = ColumnMoments.StandardDeviations(yOfRows.View, ColumnMoments.Means(yOfRows.View))[0];
        Matrix expected = Nipals.Predict(fitted, yOfRows, heldOut, question.Components);
        for (int a = 1; a <= question.Components; a++)
        {
            Assert.Null(answers.FailureOf(split, response, a));
            ReadOnlySpan<double> actual = answers.YHat(split, response, a);
            for (int i = 0; i < actual.Length; i++)
            {
                Tolerance.AssertClose(expected[a - 1, i], actual[i], 1e-9, deviation, $"split {split}, {a} components, row {i}");
            }
        }
    }

    /// <summary>PLS2 by NIPALS, one matrix of q × m for each count: the weight from the power method on YᵀXXᵀY.</summary>
    private static Matrix[] JointNipals(Matrix x, Matrix y, Matrix fresh, int components)
    {
        double[] means = ColumnMoments.Means(x.View);
        double[] yMeans = ColumnMoments.Means(y.View);
        Matrix E = Less(x, means);
        Matrix F = Less(y, yMeans);
        Matrix V = Less(fresh, means);
        var answers = new Matrix[components];
        var sums = new Matrix(y.Columns, fresh.Rows);
        for (int l = 0; l < y.Columns; l++)
        {
            sums.Row(l).Fill(yMeans[l]);
        }

        for (int a = 0; a < components; a++)
        {
            double[] w = DominantWeight(E, F);
            double[] t = new double[x.Rows];
            Products.Project(E.View, w, t);
            double tTt = Products.Dot(t, t);
            double[] loading = new double[w.Length];
            Products.TransposedTimes(E.View, t, loading);
            Products.Scale(1 / tTt, loading);
            double[] q = new double[y.Columns];
            Products.TransposedTimes(F.View, t, q);
            Products.Scale(1 / tTt, q);
            double[] scores = new double[fresh.Rows];
            Products.Project(V.View, w, scores);
            for (int i = 0; i < t.Length; i++)
            {
                Products.Axpy(-t[i], loading, E.Row(i));
                Products.Axpy(-t[i], q, F.Row(i));
            }

            for (int i = 0; i < scores.Length; i++)
            {
                Products.Axpy(-scores[i], loading, V.Row(i));
                for (int l = 0; l < q.Length; l++)
                {
                    sums[l, i] += q[l] * scores[i];
                }
            }

            answers[a] = sums.View.ToMatrix();
        }

        return answers;
    }

    private static double[] DominantWeight(Matrix E, Matrix F)
    {
        double[] c = [.. Enumerable.Range(0, F.Columns).Select(l => 1.0 + (0.1 * l))];
        double[] w = new double[E.Columns];
        double[] u = new double[F.Rows];
        for (int step = 0; step < 20000; step++)
        {
            Products.Project(F.View, c, u);
            Products.TransposedTimes(E.View, u, w);
            Products.Scale(1 / Math.Sqrt(Products.Dot(w, w)), w);
            Products.Project(E.View, w, u);
            Products.TransposedTimes(F.View, u, c);
            Products.Scale(1 / Math.Sqrt(Products.Dot(c, c)), c);
        }

        return w;
    }

    private static Matrix Less(Matrix x, double[] means)
    {
        Matrix centred = x.View.ToMatrix();
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), means, centred.Row(i));
        }

        return centred;
    }
}
