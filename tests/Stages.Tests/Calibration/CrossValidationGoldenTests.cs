using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>Cross-validated predictions with given folds, pretreatments above the split and inside the fold, beside scikit-learn.</summary>
public class CrossValidationGoldenTests
{
    public static TheoryData<int> Cases => new(Enumerable.Range(0, Goldens.Load("cross-validation/chains.json").GetProperty("cases").GetArrayLength()));

    [Theory]
    [MemberData(nameof(Cases))]
    public void CrossValidate_Chain_MeetsTheGolden(int index)
    {
        JsonElement golden = Goldens.Load("cross-validation/chains.json").GetProperty("cases")[index];
        PretreatmentChain chain = PretreatmentChain.Parse(golden.GetProperty("chain").GetString()!);
        double[][] expected = [.. golden.GetProperty("oof").EnumerateArray().Select(row => row.ToDoubles())];
        (Matrix x, Matrix y) = ModelGoldens.Input("mid");
        Folds folds = FoldsOf(golden.GetProperty("folds"), x.Rows);
        var axis = new SpectralAxis([.. Enumerable.Range(0, x.Columns).Select(j => 1100.0 + j)], AxisUnit.Nanometre);

        PretreatmentChain prefix = chain.SampleWisePrefix;
        var treated = new Matrix(x.Rows, x.Columns);
        prefix.Fit(x.View, y.View, axis).Apply(x.View, treated.Span);
        var data = new FoldedSpectra(treated, y, axis, folds, chain.FittedRest);
        ICandidateFamily family = new PlsFamily(expected.Length);
        var cells = new CellTable(folds, 1, expected.Length);
        family.CrossValidate(data, [new FullSpectrum()], family.Settings, cells, CancellationToken.None);

        // The bar: 1e-8 of the response's deviation; the worst seen is 1e-12.
        double scale = Deviation(y);
        for (int a = 0; a < expected.Length; a++)
        {
            double[] found = cells.Predictions(cells.IndexOf(0, a)).ToArray();
            for (int i = 0; i < found.Length; i++)
            {
                Assert.True(
                    Math.Abs(found[i] - expected[a][i]) <= 1e-10 * scale,
                    $"{chain.Notation}, {a + 1} components, sample {i}: expected {expected[a][i]:R}, found {found[i]:R}");
            }
        }
    }

    private static Folds FoldsOf(JsonElement heldOut, int n)
    {
        int[] foldOfSample = new int[n];
        int k = 0;
        foreach (JsonElement fold in heldOut.EnumerateArray())
        {
            foreach (int i in fold.ToIntegers())
            {
                foldOfSample[i] = k;
            }

            k++;
        }

        return new Folds(foldOfSample, k);
    }

    private static double Deviation(Matrix y)
    {
        double mean = y.Values.ToArray().Average();
        return Math.Sqrt(y.Values.ToArray().Sum(value => (value - mean) * (value - mean)) / (y.Rows - 1));
    }
}
