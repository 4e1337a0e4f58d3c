using System.Collections.Immutable;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Discriminant;
using Pipeline.Stages.Models.Logistic;
using Pipeline.Stages.Models.PlsDiscriminant;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Classes;

public sealed class ClassFamilyTests
{
    public static TheoryData<string> Families => new(
        "plsda(4)", "plsda(3, balanced)", "lda(1, 0.1, 0.01)", "lda(0.1, balanced)", "qda(1, 0.1)", "qda(0.1, balanced)",
        "logistic(0.1, 10, 1000)", "logistic(10, balanced)");

    /// <summary>Tolerance: paths that share a decomposition or start from a neighbour differ from fits alone by their rounding.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Contract_MoreVariablesThanSamples_Holds(string notation)
    {
        (Matrix x, Matrix y) = Clouds(36, 50, 3, 7);
        ClassContract.Holds(Catalog.ParseFamily(notation), x, y, 4, 1e-7);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Contract_MoreSamplesThanVariables_Holds(string notation)
    {
        (Matrix x, Matrix y) = Clouds(90, 8, 3, 8);
        ClassContract.Holds(Catalog.ParseFamily(notation), x, y, 5, 1e-7);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_ClassWithoutSamples_HasProbabilityZero(string notation)
    {
        (Matrix x, Matrix two) = Clouds(24, 10, 2, 9);
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
            Assert.Equal(1, probabilities[3 * i] + probabilities[(3 * i) + 2], 1e-12);
        }

        Assert.Equal(probabilities, ModelContract.Predict(family.Restore(fitted.Learnt, 10), x));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Fit_OneClassOrNoNumber_IsRefused(string notation)
    {
        (Matrix x, Matrix y) = Clouds(20, 6, 3, 10);
        ICandidateFamily family = Catalog.ParseFamily(notation);
        var alone = new Matrix(20, 3);
        for (int i = 0; i < 20; i++)
        {
            alone[i, 1] = 1;
        }

        StageException one = Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, alone.View));
        Assert.Contains("one class only", one.Message, StringComparison.Ordinal);
        x[3, 2] = double.NaN;
        StageException bad = Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, y.View));
        Assert.Contains("sample 4, variable 3", bad.Message, StringComparison.Ordinal);
    }

    /// <summary>Tolerances: probabilities lie from 0 to 1; 1e-6 is what the tools' own iterations agree to, of logistic coefficients as a part of the largest.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearnAndTheDefinitions()
    {
        foreach (JsonElement golden in Goldens.Load("classes/sklearn.json").GetProperty("cases").EnumerateArray())
        {
            Matrix x = golden.GetProperty("x").ToMatrix();
            Matrix others = golden.GetProperty("new").ToMatrix();
            int[] classes = golden.GetProperty("classes").ToIntegers();
            Matrix y = ClassMoments.Indicators(classes, classes.Max() + 1);
            foreach (JsonElement one in golden.GetProperty("logistic").EnumerateArray())
            {
                // The binary form of one vector is the multinomial one of two opposite ones with half of each and twice the penalty.
                IFittedModel fitted = Fit(new LogisticFamily([one.GetProperty("c").GetDouble()], IsBalanced(one)), x, y);
                AssertProbabilities(one, fitted, others, 1e-6);
                Matrix expected = one.GetProperty("coefficients").ToMatrix();
                ModelContract.AssertClose(expected.Values, ((FittedClassLines)fitted).Coefficients.ToMatrix().Values, 1e-6);
            }

            foreach (JsonElement one in golden.GetProperty("lda").EnumerateArray())
            {
                AssertProbabilities(one, Fit(new LinearDiscriminantFamily([one.GetProperty("shrinkage").GetDouble()], IsBalanced(one)), x, y), others, 1e-8);
            }

            foreach (JsonElement one in golden.GetProperty("qda").EnumerateArray())
            {
                AssertProbabilities(one, Fit(new QuadraticDiscriminantFamily([one.GetProperty("shrinkage").GetDouble()], IsBalanced(one)), x, y), others, 1e-8);
            }

            foreach (JsonElement one in golden.GetProperty("plsda").EnumerateArray())
            {
                AssertProbabilities(one, Fit(new PlsDiscriminantFamily(one.GetProperty("components").GetInt32(), IsBalanced(one)), x, y), others, 1e-8);
            }

            if (golden.TryGetProperty("lda_sklearn", out JsonElement lda))
            {
                AssertProbabilities(lda, Fit(new LinearDiscriminantFamily([0]), x, y), others, 1e-8);
                AssertProbabilities(golden.GetProperty("lda_priors_sklearn"), Fit(new LinearDiscriminantFamily([0], true), x, y), others, 1e-8);
                AssertProbabilities(golden.GetProperty("qda_sklearn"), Fit(new QuadraticDiscriminantFamily([0]), x, y), others, 1e-8);
            }
        }
    }

    [Fact]
    public void Fit_SingularCovariance_SaysWhatToAsk()
    {
        (Matrix x, Matrix y) = Clouds(12, 20, 3, 11);
        foreach (ICandidateFamily family in ImmutableArray.Create<ICandidateFamily>(new LinearDiscriminantFamily([0]), new QuadraticDiscriminantFamily([0])))
        {
            StageException refused = Assert.Throws<StageException>(() => family.Model(family.Settings[0]).Fit(x.View, y.View));
            Assert.Equal(FailureKind.Numerical, refused.Kind);
            Assert.Contains("shrinkage", refused.Message, StringComparison.Ordinal);
            Assert.Empty(family.SettingsFor(12, 20));
        }
    }

    /// <summary>Classes that nothing separates but their number: plainly everything is the large class, balanced it is not.</summary>
    [Theory]
    [InlineData("lda(0.1)", "lda(0.1, balanced)")]
    [InlineData("qda(0.3)", "qda(0.3, balanced)")]
    [InlineData("logistic(10)", "logistic(10, balanced)")]
    [InlineData("plsda(3)", "plsda(3, balanced)")]
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

    [Theory]
    [InlineData("plsda(0)", "1 to 500 components")]
    [InlineData("lda(1.5)", "from 0 to 1")]
    [InlineData("qda(0.1, 0.1)", "twice")]
    [InlineData("logistic(0)", "stronger penalty")]
    public void Parse_BadArguments_AreRefused(string notation, string message) =>
        Assert.Contains(message, Assert.Throws<StageException>(() => Catalog.ParseFamily(notation)).Message, StringComparison.Ordinal);

    private static bool IsBalanced(JsonElement one) => one.GetProperty("balanced").GetBoolean();

    private static IFittedModel Fit(ICandidateFamily family, Matrix x, Matrix y) => family.Model(family.Settings[^1]).Fit(x.View, y.View);

    private static void AssertProbabilities(JsonElement golden, IFittedModel fitted, Matrix others, double tolerance)
    {
        Matrix expected = (golden.ValueKind == JsonValueKind.Array ? golden : golden.GetProperty("proba")).ToMatrix();
        ClassContract.AssertClose(expected.Values, ModelContract.Predict(fitted, others), tolerance);
    }

    /// <summary>Overlapping bands whose amounts differ between classes, in turn, with noise.</summary>
    internal static (Matrix X, Matrix Y) Clouds(int n, int p, int classes, ulong seed)
    {
        (Matrix x, _) = SimulatedSpectra.Make(n, p, 4, 1e-2, seed);
        var y = new Matrix(n, classes);
        for (int i = 0; i < n; i++)
        {
            int place = i % classes;
            y[i, place] = 1;
            for (int j = 0; j < p; j++)
            {
                double distance = ((j / (double)p) - ((place + 0.5) / classes)) / 0.2;
                x[i, j] += 0.1 * Math.Exp(-distance * distance);
            }
        }

        return (x, y);
    }
}
