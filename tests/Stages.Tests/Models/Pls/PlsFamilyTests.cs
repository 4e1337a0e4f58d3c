using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Pls;

public sealed class PlsFamilyTests
{
    [Theory]
    [InlineData(30, 60, 5, 6)]
    [InlineData(60, 12, 4, 8)]
    public void Contract_AnyShape_Holds(int n, int p, int folds, int components)
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(n, p, 6, 1e-2, 21);
        FamilyContract.Holds(new PlsFamily(components), x, y, folds, 1e-10);
    }

    [Fact]
    public void FitPath_BeyondRank_FailsThoseSettingsAlone()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(30, 40, 4, 0, 22);
        var family = new PlsFamily(6);
        FamilyContract.PathEqualsNaive(family, x, y, 1e-10);
        ISettingPath path = family.FitPath(x.View, y.View, family.Settings);
        Assert.Null(path.FailureOf(3));
        Assert.Equal("6 components asked, the calibration spectra support 4.", path.FailureOf(5));
        Assert.Throws<InvalidOperationException>(() => path.CopyImportance(5, new double[40]));
    }

    [Fact]
    public void FitPath_ConstantResponse_AnswersEverySetting()
    {
        (Matrix x, Matrix y) = SimulatedSpectra.Make(20, 10, 4, 1e-2, 23);
        y.Values.Fill(3);
        FamilyContract.PathEqualsNaive(new PlsFamily(4), x, y, 1e-12);
    }

    [Fact]
    public void SettingsFor_FewSamplesOrVariables_AreFewer()
    {
        var family = new PlsFamily(10);
        Assert.Equal(10, family.SettingsFor(100, 100).Length);
        Assert.Equal(7, family.SettingsFor(8, 100).Length);
        Assert.Equal(3, family.SettingsFor(100, 3).Length);
        Assert.Equal("6 LV", family.Describe(family.Settings[5]));
        Assert.Equal("pls", family.Name);
    }

    [Fact]
    public void Model_HalfAComponent_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new PlsFamily(3).Model(new ModelSetting("components", 1.5)));

    [Fact]
    public void CrossValidate_GivenFolds_EqualsScikitLearnAndR()
    {
        JsonElement golden = Goldens.Load("cross-validation/pls.json");
        int[] foldOfSample = new int[60];
        int k = 0;
        foreach (JsonElement fold in golden.GetProperty("folds").EnumerateArray())
        {
            foreach (int i in Goldens.ToIntegers(fold))
            {
                foldOfSample[i] = k;
            }

            k++;
        }

        Validate(golden.GetProperty("oof"), foldOfSample, k);
        Validate(golden.GetProperty("rOof"), foldOfSample, k);
    }

    [Fact]
    public void CrossValidate_LeaveOneOut_EqualsScikitLearn() =>
        Validate(
            Goldens.Load("cross-validation/pls.json").GetProperty("leaveOneOut"),
            [.. Enumerable.Range(0, 60)],
            60);

    /// <summary>Out-of-fold predictions, one row per component count, to 1e-10 of the deviation of y; rounding reaches 2e-12.</summary>
    private static void Validate(JsonElement expected, int[] foldOfSample, int count)
    {
        (Matrix x, Matrix y) = ModelGoldens.Input("mid");
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => (double)j)], AxisUnit.Channel);
        var data = new FoldedSpectra(x, y, axis, new Folds(foldOfSample, count), null);
        ICandidateFamily family = new PlsFamily(expected.GetArrayLength());
        var cells = new CellTable(data.Folds, 1, family.Settings.Length);
        family.CrossValidate(data, [new FullSpectrum()], family.Settings, cells, CancellationToken.None);
        double mean = y.Values.ToArray().Average();
        double deviation = Math.Sqrt(y.Values.ToArray().Sum(value => (value - mean) * (value - mean)) / (y.Rows - 1));
        for (int a = 0; a < family.Settings.Length; a++)
        {
            double[] oof = Goldens.ToDoubles(expected[a]);
            for (int i = 0; i < oof.Length; i++)
            {
                Assert.Equal(oof[i], cells.Predictions(a)[i], 1e-10 * deviation);
            }
        }
    }
}
