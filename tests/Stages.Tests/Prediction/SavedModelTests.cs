using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Calibration;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Prediction;

public class SavedModelTests
{
    private static readonly SpectralChunk Chunk = TestChunks.Make(40, 60, 5);

    /// <summary>The same spectra on the whole range of the near infrared, with references that some samples share.</summary>
    private static readonly SpectralChunk Wide = new(
        Chunk.Ids,
        new SpectralAxis([.. Enumerable.Range(0, 60).Select(j => 350 + (2150.0 * j / 59))], AxisUnit.Nanometre),
        Chunk.X,
        [new ResponseColumn("protein", [.. Chunk.Responses[0].Values.Select(value => Math.Round(value))])],
        []);

    public static TheoryData<string, string, string> Combinations
    {
        get
        {
            // Every pretreatment of the catalogue alone, and one chain with three fitted steps.
            var data = new TheoryData<string, string, string>();
            foreach (string chain in Catalog.Pretreatments.Select(entry => entry.Example).Append("snv + msc + sg(5,2,1) + centre + autoscale"))
            {
                foreach (string model in new[] { "pls(3)", "ridge(1e-4)" })
                {
                    foreach (string subset in new[] { "full", "top(10)", "region(300,250;1)" })
                    {
                        data.Add(chain, model, subset);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Predict_RestoredModel_HasTheBitsOfTheFittedCandidate(string chain, string family, string subset)
    {
        (SavedModel model, FittedCandidate fitted) = Make(chain, family, subset, Wide);
        SavedModel restored = SavedModel.Restore(model.Description, model.Arrays);
        SpectralChunk fresh = TestChunks.Make(300, 60, 99);
        double[] expected = fitted.Predict(fresh.X.View);
        ImmutableArray<PredictionRow> rows = restored.Predict(fresh.Ids, fresh.X.View, 0.1);
        Tolerance.AssertSameBits(expected, [.. rows.Select(row => row.Value)], "predictions");
        ImmutableArray<PredictionRow> unsaved = model.Predict(fresh.Ids, fresh.X.View, 0.1);
        Assert.Equal(unsaved.Select(Text), rows.Select(Text));
    }

    [Fact]
    public void Learnt_EveryPretreatmentThatLearns_SaysWhat()
    {
        foreach (IPretreatment one in Catalog.Pretreatments.Select(entry => PretreatmentChain.Parse(entry.Example)))
        {
            bool learns = !one.Fit(Wide.X.View, new Matrix(40, 1).View, Wide.Axis).Learnt.IsEmpty;
            Assert.True(learns != one.IsSampleWise, one.Notation);
        }
    }

    [Fact]
    public void Predict_SpectrumWithASpike_IsRejectedForQ()
    {
        SavedModel model = Make("snv", "pls(3)", "full").Model;
        Matrix x = Chunk.X.SelectRows([3]);
        x[0, 20] += 0.5;
        PredictionRow row = model.Predict(["spike"], x.View, 0.1)[0];
        Assert.Equal(Verdict.Reject, row.Flag);
        Assert.Contains(row.Reasons, reason => reason is { Check: "Q residual", Flag: Verdict.Reject }
            && reason.Text.Contains("has something that the calibration has never seen", StringComparison.Ordinal));
    }

    [Fact]
    public void Predict_ExtrapolatedSample_IsFlaggedForT2RangeAndLeverage()
    {
        // The mean spectrum plus five times a sample's deviation lies on the same straight line, far out.
        SavedModel model = Make("raw", "pls(3)", "full").Model;
        double[] mean = ColumnMoments.Means(Chunk.X.View);
        double[] y = [.. Chunk.Responses[0].Values];
        int highest = Array.IndexOf(y, y.Max());
        Matrix x = Chunk.X.SelectRows([highest]);
        for (int j = 0; j < mean.Length; j++)
        {
            x[0, j] = mean[j] + (5 * (x[0, j] - mean[j]));
        }

        PredictionRow row = model.Predict(["far"], x.View, 0.1)[0];
        string[] checks = [.. row.Reasons.Select(reason => reason.Check)];
        Assert.Contains("T²", checks);
        Assert.Contains("range", checks);
        Assert.Contains("leverage", checks);
    }

    [Fact]
    public void Predict_CalibrationSamples_AreMostlyOkAndInside()
    {
        SavedModel model = Make("snv", "pls(3)", "full").Model;
        ImmutableArray<PredictionRow> rows = model.Predict(Chunk.Ids, Chunk.X.View, 0.1);
        Assert.True(rows.Count(row => row.Flag == Verdict.Ok) >= 30);
        Assert.All(rows, row => Assert.True(row.Lower < row.Value && row.Value < row.Upper));
    }

    [Fact]
    public void PredictOutOfFold_IsWhatTheFlowPredicts()
    {
        BoundStudy bound = StudyBinding.Bind(new Study { Response = "protein" }, Chunk);
        Candidate candidate = CandidateOf("snv", "pls(3)", "full");
        var folds = new Folds([.. Enumerable.Range(0, 40).Select(i => i % 4)], 4);
        double[] yHat = FittedCandidate.PredictOutOfFold(candidate, bound.Set, folds);
        for (int k = 0; k < 4; k++)
        {
            int[] calibration = folds.Calibration(k);
            var chunk = new SpectralChunk(
                [.. calibration.Select(i => Chunk.Ids[i])],
                Chunk.Axis,
                Chunk.X.SelectRows(calibration),
                [new ResponseColumn("protein", [.. calibration.Select(i => Chunk.Responses[0].Values[i])])],
                []);
            FittedCandidate fitted = FittedCandidate.Fit(candidate, StudyBinding.Bind(bound.Study, chunk).Set);
            int[] heldOut = folds.HeldOut(k).ToArray();
            Tolerance.AssertSameBits(fitted.Predict(Chunk.X.SelectRows(heldOut).View), [.. heldOut.Select(i => yHat[i])], $"fold {k + 1}");
        }
    }

    [Fact]
    public void Restore_ArrayMissingOrOfAnotherShape_IsRefusedByName()
    {
        SavedModel model = Make("msc + centre", "pls(3)", "top(10)").Model;
        foreach (NamedArray array in model.Arrays)
        {
            ImmutableArray<NamedArray> without = model.Arrays.RemoveAll(one => one.Name == array.Name);
            string own = array.Name.StartsWith("step_", StringComparison.Ordinal) ? array.Name["step_1_".Length..] : array.Name;
            Assert.Contains($"'{own}'", Assert.Throws<StageException>(() => SavedModel.Restore(model.Description, without)).Message, StringComparison.Ordinal);
            ImmutableArray<NamedArray> longer = without.Add(NamedArray.Of(array.Name, [.. array.Values.Values, 1e9]));
            if (array.Name != "interval_residuals")
            {
                Assert.Throws<StageException>(() => SavedModel.Restore(model.Description, longer));
            }

            ImmutableArray<NamedArray> infinite = without.Add(
                array with { Values = new Matrix(array.Values.Rows, array.Values.Columns, [.. array.Values.Values.ToArray().Select(_ => double.NaN)]) });
            Assert.Throws<StageException>(() => SavedModel.Restore(model.Description, infinite));
        }
    }

    [Fact]
    public void Restore_NumbersThatCannotBe_AreRefused()
    {
        SavedModel model = Make("snv", "pls(3)", "full").Model;
        ModelDescription good = model.Description;
        foreach (ModelDescription wrong in new[]
        {
            good with { T2Warn = -1 },
            good with { T2Reject = -1 },
            good with { QWarn = -1 },
            good with { QReject = -1 },
            good with { LeverageWarn = -1 },
            good with { ResponseMin = good.ResponseMax + 1 },
        })
        {
            Assert.Throws<StageException>(() => SavedModel.Restore(wrong, model.Arrays));
        }

        foreach (double variance in new[] { 0, -1.0 })
        {
            ImmutableArray<NamedArray> arrays =
                [.. model.Arrays.Select(one => one.Name == "score_variances" ? NamedArray.Of(one.Name, [variance, 1, 1]) : one)];
            StageException refused = Assert.Throws<StageException>(() => SavedModel.Restore(good, arrays));
            Assert.Contains("variance of a score", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Spectra_AnotherAxis_MatchesOrNamesTheFirstMissingPosition()
    {
        var model = new SpectralAxis([1100, 1110, 1120], AxisUnit.Nanometre);
        Assert.Equal([3, 2, 1], AxisMatch.Variables(model, new SpectralAxis([1130, 1120.05, 1110, 1100, 1090], AxisUnit.Nanometre)));
        StageException missing = Assert.Throws<StageException>(
            () => AxisMatch.Variables(model, new SpectralAxis([1100, 1110.2, 1120], AxisUnit.Nanometre)));
        Assert.Contains("needs 1110 nm (variable 2 of 3)", missing.Message, StringComparison.Ordinal);
        Assert.Contains("nearest 1110.2 nm", missing.Message, StringComparison.Ordinal);
        StageException unit = Assert.Throws<StageException>(
            () => AxisMatch.Variables(model, new SpectralAxis([1100, 1110, 1120], AxisUnit.Channel)));
        Assert.Contains("--axis-unit", unit.Message, StringComparison.Ordinal);
    }

    private static string Text(PredictionRow row) =>
        $"{row.Id} {row.Value:R} {row.Lower:R} {row.Upper:R} {row.Distance} {row.Flag} {string.Join("; ", row.Reasons)}";

    private static Candidate CandidateOf(string chain, string family, string subset)
    {
        ICandidateFamily models = Catalog.ParseFamily(family);
        return new Candidate(
            new FingerprintBuilder("test", 1).Add("chain", chain).ToFingerprint(), PretreatmentChain.Parse(chain),
            Catalog.ParseSubset(subset), models, models.Settings[^1]);
    }

    private static (SavedModel Model, FittedCandidate Fitted) Make(string chain, string family, string subset, SpectralChunk? chunk = null)
    {
        var study = new Study { Response = "protein" };
        CalibrationSet samples = StudyBinding.Bind(study, chunk ?? Chunk).Set;
        Candidate candidate = CandidateOf(chain, family, subset);
        var folds = new Folds([.. Enumerable.Range(0, 40).Select(i => i % 5)], 5);
        var row = new LeaderboardRow(1, candidate, "all", 60, [], default, default, WithinOneStandardError: true, Failure: null);
        double[] outOfFold = FittedCandidate.PredictOutOfFold(candidate, samples, folds);
        return (SavedModel.Of(row, samples, outOfFold, study, "test"), FittedCandidate.Fit(candidate, samples));
    }
}
