using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.SupportVectors;
using Pipeline.Stages.Models.SupportVectors.Pairs;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Tests.Models.Classes;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.SupportVectors;

public sealed class SupportVectorClassTests
{
    public static TheoryData<string> Families => new(
        "svm(1, 10; gamma 0.2, 1)", "svm(10; gamma 1; balanced)", "svm(1, 10; linear)", "svm(3; linear; balanced)");

    /// <summary>Tolerance: solutions are good to a violation of 1e-5, which a sigmoid turns into less than ten times that.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Contract_MoreVariablesThanSamples_Holds(string notation)
    {
        (Matrix x, Matrix y) = ClassFamilyTests.Clouds(36, 50, 3, 7);
        ClassContract.Holds(Catalog.ParseFamily(notation), x, y, 4, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Contract_MoreSamplesThanVariables_Holds(string notation)
    {
        (Matrix x, Matrix y) = ClassFamilyTests.Clouds(90, 8, 2, 8);
        ClassContract.Holds(Catalog.ParseFamily(notation), x, y, 5, 1e-4);
    }

    /// <summary>libsvm keeps kernels in single precision: 3e-7 C of the largest decision value, as for regression.</summary>
    [Fact]
    public void Decide_GoldenCases_EqualScikitLearn()
    {
        JsonElement[] cases = [.. Goldens.Load("classes/sklearn.json").GetProperty("cases").EnumerateArray()];
        int count = 0;
        foreach (JsonElement golden in Goldens.Load("support-vectors/sklearn.json").GetProperty("classes").EnumerateArray())
        {
            JsonElement one = cases[golden.GetProperty("case").GetInt32()];
            int[] classes = one.GetProperty("classes").ToIntegers();
            Matrix x = one.GetProperty("x").ToMatrix();
            var family = new SupportVectorClassFamily(
                [new SupportVectorKernel(golden.GetProperty("gamma").GetDouble())],
                [golden.GetProperty("c").GetDouble()],
                golden.GetProperty("balanced").GetBoolean())
            {
                Tolerance = 1e-9,
            };
            var fitted = (FittedSupportVectorClasses)family.Model(family.Settings[0]).Fit(x.View, ClassMoments.Indicators(classes, classes.Max() + 1).View);
            Matrix expected = golden.GetProperty("decision").ToMatrix();
            var decision = new Matrix(expected.Rows, expected.Columns);
            fitted.Decide(one.GetProperty("new").ToMatrix().View, decision.Span);
            ModelContract.AssertClose(expected.Values, decision.Values, 3e-7 * Math.Max(1, golden.GetProperty("c").GetDouble()));
            count++;
        }

        Assert.Equal(36, count);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_ClassWithoutSamples_HasProbabilityZero(string notation)
    {
        (Matrix x, Matrix two) = ClassFamilyTests.Clouds(24, 10, 2, 9);
        var y = new Matrix(24, 3);
        for (int i = 0; i < 24; i++)
        {
            y[i, two[i, 0] == 1 ? 0 : 2] = 1;
        }

        ICandidateFamily family = Catalog.ParseFamily(notation);
        IFittedModel fitted = family.Model(family.Settings[^1]).Fit(x.View, y.View);
        double[] probabilities = ModelContract.Predict(fitted, x);
        for (int i = 0; i < 24; i++)
        {
            Assert.Equal(0, probabilities[(3 * i) + 1]);
            Assert.Equal(two[i, 0] == 1, probabilities[3 * i] > 0.5);
        }

        Assert.Equal(probabilities, ModelContract.Predict(family.Restore(fitted.Learnt, 10), x));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_OneClassOrNoNumber_IsRefused(string notation)
    {
        (Matrix x, Matrix y) = ClassFamilyTests.Clouds(20, 6, 3, 10);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        var alone = new Matrix(20, 3);
        for (int i = 0; i < 20; i++)
        {
            alone[i, 1] = 1;
        }

        Assert.Contains(
            "one class only", Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, alone.View)).Message, StringComparison.Ordinal);
        x[3, 2] = double.NaN;
        Assert.Contains(
            "sample 4, variable 3", Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, y.View)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Two samples, and a class of one: inner folds without a class say that everything is of the other.</summary>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(7, 1)]
    [InlineData(7, 2)]
    public void Fit_FewSamplesOfAClass_GivesProbabilities(int n, int ofSecond)
    {
        (Matrix x, _) = ClassFamilyTests.Clouds(n, 5, 2, 13);
        Matrix y = ClassMoments.Indicators([.. Enumerable.Range(0, n).Select(i => i < ofSecond ? 1 : 0)], 2);
        foreach (string notation in (string[])["svm(10; gamma 1)", "svm(10; linear; balanced)"])
        {
            ICandidateFamily family = Catalog.ParseFamily(notation);
            Assert.All(ModelContract.Predict(family.Model(family.Settings[0]).Fit(x.View, y.View), x), value => Assert.InRange(value, 0, 1));
        }
    }

    /// <summary>
    /// Equal spectra of both classes cannot be told apart: every class is as likely as it is frequent, but for what the targets of the
    /// sigmoid take off.
    /// </summary>
    [Fact]
    public void Fit_EqualSpectra_GivesShares()
    {
        var x = new Matrix(40, 3);
        x.Values.Fill(0.4);
        Matrix y = ClassMoments.Indicators([.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? 1 : 0)], 2);
        ICandidateFamily family = Catalog.ParseFamily("svm(1; gamma 1)");
        Assert.Equal(0.25, ModelContract.Predict(family.Model(family.Settings[0]).Fit(x.View, y.View), x)[1], 0.05);
    }

    [Theory]
    [InlineData("svm(10; gamma 0.1)", "svm(10; gamma 0.1; balanced)")]
    [InlineData("svm(10; linear)", "svm(10; linear; balanced)")]
    public void Fit_Imbalance_BalancedFindsTheSmallClass(string plain, string balanced)
    {
        var random = new Pcg64(12);
        var x = new Matrix(110, 4);
        var y = new Matrix(110, 2);
        for (int i = 0; i < 110; i++)
        {
            int place = i < 100 ? 0 : 1;
            y[i, place] = 1;
            for (int j = 0; j < 4; j++)
            {
                x[i, j] = random.NextNormal() + (j == 0 ? 1.5 * place : 0);
            }
        }

        int Found(string notation)
        {
            ICandidateFamily family = Catalog.ParseFamily(notation);
            double[] probabilities = ModelContract.Predict(family.Model(family.Settings[^1]).Fit(x.View, y.View), x);
            return Enumerable.Range(100, 10).Count(i => probabilities[(2 * i) + 1] > 0.5);
        }

        Assert.True(Found(balanced) > Found(plain), $"{plain} found {Found(plain)} of 10, {balanced} {Found(balanced)}.");
    }

    [Fact]
    public void InnerFolds_AnyOrderOfSamples_StayWithTheSamples()
    {
        (Matrix x, Matrix y) = ClassFamilyTests.Clouds(33, 6, 3, 14);
        int[] order = [.. Enumerable.Range(0, 33).Select(i => 7 * i % 33)];
        using var calibration = ClassCalibration.Of(x.View, y.View);
        using var shuffled = ClassCalibration.Of(x.SelectRows(order).View, y.SelectRows(order).View);
        int[] folds = InnerFolds.Of(calibration);
        Assert.Equal(order.Select(i => folds[i]), InnerFolds.Of(shuffled));
        Assert.Equal([9, 6, 6, 6, 6], Enumerable.Range(0, 5).Select(k => folds.Count(fold => fold == k)));
    }

    /// <summary>Of pairs that agree with each other, the classes' own probabilities; of any pairs, the conditions of the minimum.</summary>
    [Fact]
    public void Couple_Pairs_MinimisesTheirDisagreement()
    {
        double[] truth = [0.5, 0.2, 0.25, 0.05];
        double[] pairs = new double[6];
        for (int a = 0, pair = 0; a < 4; a++)
        {
            for (int b = a + 1; b < 4; b++)
            {
                pairs[pair++] = truth[a] / (truth[a] + truth[b]);
            }
        }

        Assert.Equal(0, Distance(truth, Couple(pairs)), 1e-14);
        pairs = [0.9, 0.3, 0.6, 0.2, 0.8, 0.55];
        double[] p = Couple(pairs);
        Assert.Equal(1, p.Sum(), 1e-14);
        double least = Disagreement(pairs, p);
        for (int a = 0; a < 4; a++)
        {
            for (int b = 0; b < 4; b++)
            {
                double[] moved = [.. p];
                moved[a] += 1e-4;
                moved[b] -= 1e-4;
                Assert.True(a == b || Disagreement(pairs, moved) > least);
            }
        }
    }

    /// <summary>The derivatives of the likelihood vanish at the sigmoid found, as written in the definition.</summary>
    [Fact]
    public void Sigmoid_OverlappingClasses_IsTheLikeliest()
    {
        var random = new Pcg64(5);
        double[] decisions = new double[60];
        bool[] isFirst = new bool[60];
        double[] weights = new double[60];
        for (int i = 0; i < 60; i++)
        {
            isFirst[i] = i % 3 != 0;
            decisions[i] = (isFirst[i] ? 0.7 : -0.4) + random.NextNormal();
            weights[i] = isFirst[i] ? 1 : 2;
        }

        DecisionSigmoid sigmoid = DecisionSigmoid.Of(decisions, isFirst, weights);
        (double ofSlope, double ofShift) = (0, 0);
        for (int i = 0; i < 60; i++)
        {
            double target = isFirst[i] ? 41.0 / 42 : 1.0 / 22;
            double error = weights[i] * (target - (1 / (1 + Math.Exp((sigmoid.Slope * decisions[i]) + sigmoid.Shift))));
            ofSlope += decisions[i] * error;
            ofShift += error;
        }

        Assert.True(sigmoid.Slope < 0);
        Assert.Equal(0, ofSlope, 1e-8);
        Assert.Equal(0, ofShift, 1e-8);
        DecisionSigmoid apart = DecisionSigmoid.Of([5, 6, -5, -7], [true, true, false, false], [1, 1, 1, 1]);
        Assert.InRange(apart.Slope, -1, -0.1);
    }

    [Fact]
    public void Settings_AsPeopleWriteThem()
    {
        ICandidateFamily family = Catalog.ParseFamily("svm(1, 10; gamma 0.1; balanced)");
        Assert.Equal(["C=1e0, γ=0.1, balanced", "C=1e1, γ=0.1, balanced"], family.Settings.Select(family.Describe));
        Assert.Equal(new ModelSetting("C at gamma 0.1, balanced", 1), family.Settings[0]);
        Assert.Equal(12, Catalog.ParseFamily("svm").Settings.Length);
        Assert.Equal(3, Catalog.ParseFamily("svm(linear)").Settings.Length);
        Assert.Equal(FailureKind.InvalidRequest, Assert.Throws<StageException>(() => Catalog.ParseFamily("svm(1; epsilon 0.1)")).Kind);
    }

    private static double[] Couple(double[] pairs)
    {
        double[] probabilities = new double[4];
        PairCoupling.Couple(pairs, probabilities, new Matrix(4, 4).Span);
        return probabilities;
    }

    private static double Distance(double[] first, double[] second) => first.Zip(second, (one, other) => Math.Abs(one - other)).Max();

    private static double Disagreement(double[] pairs, double[] p)
    {
        double sum = 0;
        for (int a = 0, pair = 0; a < 4; a++)
        {
            for (int b = a + 1; b < 4; b++, pair++)
            {
                double difference = ((1 - pairs[pair]) * p[a]) - (pairs[pair] * p[b]);
                sum += difference * difference;
            }
        }

        return sum;
    }
}
