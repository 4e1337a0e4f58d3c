using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Diagnostics;
using Pipeline.Stages.Metrics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Diagnostics;

public class CalibrationErrorsTests
{
    private static readonly CalibrationSet Samples = StudyBinding.Bind(new Study { Response = "protein" }, TestChunks.Make(40, 60, 5)).Set;

    [Theory]
    [InlineData("pls(6)", "full")]
    [InlineData("pls(6)", "region(100,50;1)")]
    [InlineData("ridge(1e-4, 1e-2)", "full")]
    [InlineData("krr(2; 1e-3, 1e-5)", "full")]
    [InlineData("svr(10; gamma 1; epsilon 0.1)", "full")]
    [InlineData("localpls(4; 20, 30)", "full")]
    public void Of_EverySetting_IsTheErrorOfItsOwnFit(string family, string subset)
    {
        // One path against a fit for each setting, on the same variables. They sum in different orders: nine digits of the response's deviation, 2.
        Candidate candidate = CandidateOf("snv", family, subset);
        FittedCandidate fitted = FittedCandidate.Fit(candidate, Samples);
        double[] errors = CalibrationErrors.Of(candidate, fitted, Samples, candidate.Family.Settings, metric: null)!;
        Matrix seen = fitted.Pretreat(Samples.X.View);
        for (int s = 0; s < errors.Length; s++)
        {
            var yHat = new Matrix(seen.Rows, 1);
            candidate.Family.Model(candidate.Family.Settings[s]).Fit(seen.View, Samples.Y.View).Predict(seen.View, yHat.Span);
            Tolerance.AssertClose(
                RegressionMetrics.Of(Samples.Y.Values, yHat.Values).Rmse,
                errors[s],
                1e-9,
                2,
                candidate.Family.Describe(candidate.Family.Settings[s]));
        }
    }

    [Fact]
    public void Of_MoreComponents_NeverFitWorse()
    {
        Candidate candidate = CandidateOf("raw", "pls(8)", "full");
        double[] errors = CalibrationErrors.Of(candidate, FittedCandidate.Fit(candidate, Samples), Samples, candidate.Family.Settings, metric: null)!;
        Assert.Equal(errors.OrderDescending(), errors);
    }

    [Fact]
    public void Of_Classes_IsTheMetricThatRanks()
    {
        CalibrationSet classes = ClassSet();
        Candidate candidate = CandidateOf("raw", "plsda(3)", "full");
        FittedCandidate fitted = FittedCandidate.Fit(candidate, classes);
        double[] figures = CalibrationErrors.Of(candidate, fitted, classes, candidate.Family.Settings, ClassMetric.Accuracy)!;
        double own = ClassMetrics.Of([.. classes.Manifest.Strata.Select(place => (int)place)], fitted.Predict(classes.X.View), 2).Accuracy;
        Assert.Equal(own, figures[^1]);
        Assert.Equal(3, figures.Length);
    }

    [Fact]
    public void Of_APathThatWouldTakeLong_IsNotFitted()
    {
        Candidate cheap = CandidateOf("raw", "ridge(1e-4)", "full");
        FittedCandidate fitted = FittedCandidate.Fit(cheap, Samples);
        Assert.Null(CalibrationErrors.Of(cheap with { Family = new DearFamily(new Cost(CalibrationErrors.SecondsMax + 1, 1)) }, fitted, Samples, cheap.Family.Settings, null));
        Assert.Null(CalibrationErrors.Of(cheap with { Family = new DearFamily(new Cost(1, CalibrationErrors.BytesMax)) }, fitted, Samples, cheap.Family.Settings, null));
        Assert.Throws<NotSupportedException>(() =>
            CalibrationErrors.Of(cheap with { Family = new DearFamily(new Cost(1, 1)) }, fitted, Samples, cheap.Family.Settings, null));
    }

    [Fact]
    public void Refit_Predictions_AreThoseOfTheFittedCandidate()
    {
        Candidate candidate = CandidateOf("snv + sg(5,2,1)", "pls(3)", "top(20)");
        var refit = CandidateRefit.Of(candidate, Samples);
        FittedCandidate fitted = FittedCandidate.Fit(candidate, Samples);
        Tolerance.AssertSameBits(fitted.Predict(Samples.X.View), refit.Predictions, "predictions");
        Assert.Equal(refit.Scores.Distances(fitted.Pretreat(Samples.X.View).View), refit.Distances);

        // T² over the calibration samples adds up to A(n - 1), for scores of variance λ with divisor n - 1.
        Assert.Equal(refit.Scores.ComponentCount * 39.0, refit.Distances.Sum(one => one.T2), 1e-6);
    }

    [Theory]
    [InlineData("pls(2)", "VIP")]
    [InlineData("pcr(2)", "VIP")]
    [InlineData("ridge(1e-4)", "|coefficient|")]
    [InlineData("krr(2; 1e-3)", "|derivative|")]
    [InlineData("svr(10; gamma 1; epsilon 0.1)", "|derivative|")]
    [InlineData("svr(10; linear; epsilon 0.1)", "|coefficient|")]
    [InlineData("localpls(2; 20)", "VIP")]
    [InlineData("forest(5; seed 1)", "importance")]
    public void Measure_OfAFamily_SaysByWhat(string family, string name)
    {
        Candidate candidate = CandidateOf("raw", family, "full");
        FittedCandidate fitted = FittedCandidate.Fit(candidate, Samples);
        var measure = ImportanceMeasure.Of(candidate.Family, fitted.Model);
        Assert.Equal((name, name == "VIP"), (measure.Name, measure.IsProjection));
        double[] importance = new double[fitted.Model.VariableCount];
        fitted.Model.CopyImportance(importance);

        // VIP: the mean of squares is 1, which is where the usual limit comes from.
        Assert.Equal(measure.IsProjection ? 1 : importance.Average(), measure.Threshold(importance), 1e-12);
        Assert.True(!measure.IsProjection || Math.Abs(importance.Average(one => one * one) - 1) < 1e-9);
    }

    private static Candidate CandidateOf(string chain, string family, string subset)
    {
        ICandidateFamily models = Catalog.ParseFamily(family);
        return new Candidate(
            new FingerprintBuilder("test", 1).Add("chain", chain).ToFingerprint(), PretreatmentChain.Parse(chain),
            Catalog.ParseSubset(subset), models, models.Settings[^1]);
    }

    private static CalibrationSet ClassSet()
    {
        SpectralChunk numbers = TestChunks.Make(40, 30, 6);
        double middle = numbers.Responses[0].Values.Order().ElementAt(20);
        var chunk = new SpectralChunk(
            numbers.Ids, numbers.Axis, numbers.X, [],
            [new LabelColumn("level", [.. numbers.Responses[0].Values.Select(value => value < middle ? "low" : "high")])]);
        return StudyBinding.Bind(new Study { Response = "level" }, chunk).Set;
    }

    /// <summary>A family that says what it costs and must not be asked for more.</summary>
    private sealed class DearFamily(Cost cost) : ICandidateFamily
    {
        public string Name => "dear";

        public int Version => 1;

        public ImmutableArray<ModelSetting> Settings => [];

        public string Describe(ModelSetting setting) => "";

        public ImmutableArray<ModelSetting> SettingsFor(int calibrationSamples, int variables) => [];

        public IModel Model(ModelSetting setting) => throw new NotSupportedException("Fitted.");

        public Cost EstimateFit(int calibrationSamples, int heldOutSamples, int variables, ImmutableArray<ModelSetting> settings, int outputs) => cost;
    }
}
