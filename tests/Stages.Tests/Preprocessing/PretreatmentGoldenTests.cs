using System.Globalization;
using System.Text.Json;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>Every pretreatment against numpy and SciPy; the tolerance is justified in the goldens' PROVENANCE.md.</summary>
public sealed class PretreatmentGoldenTests(ITestOutputHelper output)
{
    private const double OfScale = 1e-12;

    private static readonly JsonElement Golden = Goldens.Load("preprocessing/preprocess.json");
    private static readonly Matrix X = Golden.GetProperty("X").ToMatrix();

    [Theory]
    [InlineData("snv", "snv_ddof1")]
    [InlineData("snv(0)", "snv_ddof0")]
    [InlineData("msc", "msc_mean_reference")]
    [InlineData("centre", "mean_center")]
    [InlineData("autoscale", "autoscale_ddof1")]
    [InlineData("snv + detrend(2)", "snv_then_detrend2")]
    [InlineData("snv(0) + sg(7,2,1)", "snv0_then_sg_7_2_1")]
    [InlineData("sg(7,2,1) + snv(0)", "sg_7_2_1_then_snv0")]
    [InlineData("sg(19,3,2) + snv(0)", "sg_19_3_2_then_snv0")]
    public void Apply_Chain_MeetsGolden(string notation, string key) =>
        Compare(notation, 1, Golden.GetProperty(key));

    [Fact]
    public void Apply_Detrend_MeetsGolden()
    {
        foreach (JsonElement entry in Golden.GetProperty("detrend").EnumerateArray())
        {
            Compare($"detrend({entry.GetProperty("degree").GetInt32()})", 1, entry.GetProperty("out"));
        }
    }

    [Fact]
    public void Apply_SavitzkyGolay_MeetsGolden()
    {
        foreach (JsonElement entry in Golden.GetProperty("savgol").EnumerateArray())
        {
            string notation = string.Create(
                CultureInfo.InvariantCulture,
                $"sg({entry.GetProperty("window")},{entry.GetProperty("poly")},{entry.GetProperty("deriv")})");
            Compare(notation, entry.GetProperty("delta").GetDouble(), entry.GetProperty("out"));
        }
    }

    [Fact]
    public void Apply_ScatterCorrectionOnGivenReference_MeetsGolden()
    {
        // A single calibration row is its own mean, hence the reference.
        Matrix reference = X.View.RowBand(0, 1).ToMatrix();
        Matrix expected = Golden.GetProperty("msc_reference").GetProperty("out").ToMatrix();
        Matrix actual = TestSpectra.Treat(new MultiplicativeScatterCorrection(), reference, X);
        Tolerance.AssertClose(expected.View, actual.View, OfScale, "msc on the first row");
    }

    private void Compare(string notation, double step, JsonElement golden)
    {
        SpectralAxis axis = TestSpectra.Axis(X.Columns, 900, step);
        Matrix expected = golden.ToMatrix();
        Matrix actual = TestSpectra.Treat(notation, X, axis);
        double worst = Tolerance.AssertClose(expected.View, actual.View, OfScale, notation);
        output.WriteLine($"{notation}, step {step}: worst error {worst:E1} of the scale.");
    }
}
