using System.Text.Json;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Ridge;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Tests.Models;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Prediction;

public class ScoreModelTests
{
    private const double Tight = 1e-9;
    private const double LimitTolerance = 1e-7;

    public static TheoryData<string, int> Cases => new() { { "mid", 0 }, { "mid", 1 }, { "tall", 0 } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Distances_PrincipalComponents_AreTheGoldens(string name, int index)
    {
        (ScoreModel model, Matrix train, Matrix fresh, JsonElement expected) = Golden(name, index);
        Tolerance.AssertClose(expected.GetProperty("explained_variance_ddof1").ToDoubles(), model.Variances, Tight, "variances");
        foreach ((Matrix x, string t2, string q) in new[] { (train, "t2", "q"), (fresh, "new_t2", "new_q") })
        {
            ScoreDistance[] found = model.Distances(x.View);
            Tolerance.AssertClose(expected.GetProperty(t2).ToDoubles(), [.. found.Select(one => one.T2)], Tight, t2);
            Tolerance.AssertClose(expected.GetProperty(q).ToDoubles(), [.. found.Select(one => one.Q)], Tight, q);
        }

        Matrix components = expected.GetProperty("components").ToMatrix();
        for (int a = 0; a < components.Rows; a++)
        {
            double cosine = Products.Dot(components.Row(a), model.Loadings.Row(a));
            Tolerance.AssertClose(1, Math.Abs(cosine), Tight, 1, $"component {a + 1}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Limits_PrincipalComponents_AreTheGoldens(string name, int index)
    {
        (ScoreModel model, Matrix train, _, JsonElement expected) = Golden(name, index);
        (double First, double Second, double Third) theta = model.Theta(train.View, out _);
        Tolerance.AssertClose(expected.GetProperty("theta123").ToDoubles(), [theta.First, theta.Second, theta.Third], Tight, "theta");
        foreach (JsonElement limit in expected.GetProperty("limits").EnumerateArray())
        {
            double level = limit.GetProperty("conf").GetDouble();
            Close(limit, "t2_new", ScoreLimits.T2(train.Rows, model.ComponentCount, level));
            Close(limit, "q_jackson_mudholkar", ScoreLimits.JacksonMudholkar(theta, level)!.Value);
            Close(limit, "q_box", ScoreLimits.Box(theta, level));
        }

        JsonElement warn = expected.GetProperty("limits")[1];
        JsonElement reject = expected.GetProperty("limits")[2];
        Close(warn, "t2_new", model.Limits.T2Warn);
        Close(reject, "t2_new", model.Limits.T2Reject);
        Close(warn, "q_jackson_mudholkar", model.Limits.QWarn);
        Close(reject, "q_jackson_mudholkar", model.Limits.QReject);
        Assert.Equal(3.0 * model.ComponentCount / train.Rows, model.Limits.LeverageWarn);
    }

    [Fact]
    public void Q_JacksonMudholkarHasNoRealValue_IsBoxs()
    {
        // One residual direction a hundred times the rest: h0 = 1 - 2 * 2 * 1 / (3 * 1) < 0.
        (double, double, double) theta = (2, 1, 1);
        Assert.Null(ScoreLimits.JacksonMudholkar(theta, 0.95));
        Assert.Equal(ScoreLimits.Box(theta, 0.95), ScoreLimits.Q(theta, 0.95));
    }

    [Fact]
    public void T2_OneDegreeOfFreedomLeft_IsFinite()
    {
        // F(10, 1) at 99 % is 6055.8 in every table.
        double limit = ScoreLimits.T2(11, 10, 0.99);
        Tolerance.AssertClose(6055.847, limit / (10.0 * 120 / 11), 1e-6, 6055.847, "F");
        Assert.Equal(double.PositiveInfinity, ScoreLimits.T2(10, 10, 0.99));
    }

    [Theory]
    [InlineData(30, 60, 5)]
    [InlineData(60, 12, 5)]
    [InlineData(20, 20, 7)]
    public void PrincipalComponents_AreMathNetsEigenvectors(int n, int p, int count)
    {
        var random = new Pcg64(7);
        var x = new Matrix(n, p, [.. Enumerable.Range(0, n * p).Select(_ => random.NextNormal())]);
        double[] mean = ColumnMoments.Means(x.View);
        for (int i = 0; i < n; i++)
        {
            RowKernels.Subtract(x.Row(i).ToArray(), mean, x.Row(i));
        }

        var found = PrincipalComponents.Of(x.View, count);
        var svd = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfRowMajor(n, p, x.Values.ToArray()).Svd();
        Tolerance.AssertClose([.. svd.S.Take(count).Select(s => s * s / (n - 1))], found.Variances, 1e-12, "variances");
        for (int a = 0; a < count; a++)
        {
            double cosine = Products.Dot(svd.VT.Row(a).ToArray(), found.Loadings.Row(a));
            Tolerance.AssertClose(1, Math.Abs(cosine), 1e-10, 1, $"component {a + 1}");
        }
    }

    [Fact]
    public void Of_Pls_HasItsScoresAndAnAverageLeverage()
    {
        (Matrix x, Matrix y) = ModelGoldens.Input("mid");
        FittedPls pls = new PlsRegression(4).Fit(x.View, y.View);
        ScoreModel model = ScoreModel.Of(pls, x.View);
        Assert.Equal(4, model.ComponentCount);

        // Σ h over calibration samples is 1 + A, Σ T² is A(n - 1): traces of projections.
        ScoreDistance[] found = model.Distances(x.View);
        Tolerance.AssertClose(5, found.Sum(one => one.Leverage), 1e-10, 5, "leverages");
        Tolerance.AssertClose(4.0 * (x.Rows - 1), found.Sum(one => one.T2), 1e-10, 4.0 * x.Rows, "T²");
    }

    [Fact]
    public void Of_Ridge_TakesComponentsFor95PercentAtMostAThirdOfTheSamples()
    {
        (Matrix x, Matrix y) = ModelGoldens.Input("mid");
        Matrix few = x.SelectRows([0, 1, 2, 3, 4, 5, 6]);
        FittedRidge ridge = new RidgeRegression(1e-3, RidgeScale.Trace).Fit(few.View, y.SelectRows([0, 1, 2, 3, 4, 5, 6]).View);
        Assert.InRange(ScoreModel.Of(ridge, few.View).ComponentCount, 1, 2);
    }

    [Fact]
    public void Limits_SpectraDescribedCompletely_HaveNoQ()
    {
        // Six scores of six variables leave rounding only.
        (Matrix x, Matrix y) = ModelGoldens.Input("tall");
        FittedPls pls = new PlsRegression(6).Fit(x.View, y.View);
        Assert.Equal(double.PositiveInfinity, ScoreModel.Of(pls, x.View).Limits.QReject);
    }

    private static void Close(JsonElement limit, string name, double found)
    {
        double expected = limit.GetProperty(name).GetDouble();
        Tolerance.AssertClose(expected, found, LimitTolerance, expected, $"{name} at {limit.GetProperty("conf")}");
    }

    private static (ScoreModel Model, Matrix Train, Matrix New, JsonElement Expected) Golden(string name, int index)
    {
        JsonElement golden = Goldens.Load("pca/pca.json").GetProperty(name);
        Matrix x = ModelGoldens.Input(name).X;
        Matrix train = x.SelectRows(golden.GetProperty("train_rows").ToIntegers());
        JsonElement expected = golden.GetProperty("cases")[index];
        int components = expected.GetProperty("A").GetInt32();
        return (
            ScoreModel.OfPrincipalComponents(train.View, (_, _) => components),
            train,
            x.SelectRows(golden.GetProperty("new_rows").ToIntegers()),
            expected);
    }
}
