using System.Text.Json;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Trees.Boosting;

public sealed class BoostingGoldenTests
{
    /// <summary>Tolerance: scikit-learn keeps gradients in single precision, 6e-8 of each, which 60 rounds sum up.</summary>
    [Fact]
    public void Predict_GoldenCases_EqualsScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("boosting/sklearn.json").EnumerateArray())
        {
            (Matrix x, Matrix y, Matrix others) = Read(golden);
            int classes = golden.GetProperty("classes").GetInt32();
            double[] rules = golden.GetProperty("rules").ToDoubles();
            var family = new BoostingFamily(
                classes == 0 ? ResponseKind.Number : ResponseKind.Class,
                [.. golden.GetProperty("rounds").ToIntegers()],
                new BoostingRules(rules[0], (int)rules[1], (int)rules[2], rules[3]));
            ISettingPath path = family.FitPath(x.View, y.View, family.Settings);
            var predicted = new Matrix(others.Rows, family.Settings.Length * Math.Max(1, classes));
            path.Predict(others.View, predicted.Span);
            int s = 0;
            foreach (JsonElement rows in golden.GetProperty("predicted").EnumerateArray())
            {
                // Of two classes both columns are there, of a number the only one.
                Matrix expected = rows.ToMatrix();
                double[] actual = new double[expected.Rows * expected.Columns];
                for (int i = 0; i < expected.Rows; i++)
                {
                    predicted.Row(i).Slice(s * expected.Columns, expected.Columns).CopyTo(actual.AsSpan(i * expected.Columns));
                }

                double error = ModelContract.RelativeError(expected.Values, actual);
                Assert.True(error < 2e-7, $"{golden.GetProperty("name")}, {family.Describe(family.Settings[s])}: {error:e2}.");
                s++;
            }
        }
    }

    /// <summary>
    /// Aim: as good as scikit-learn on real spectra. Neighbouring variables often part the samples of a node alike; which of them is
    /// taken is rounding there and the lowest here, and what a threshold between other values does to held-out samples is noise.
    /// </summary>
    [SharedFact]
    public void PredictFolds_RealSpectra_AreAsGoodAsScikitLearn()
    {
        foreach (JsonElement golden in Goldens.Load("boosting/real.json").EnumerateArray())
        {
            (Matrix x, Matrix numbers) = RealSpectra.Read(
                golden.GetProperty("file").GetString()!, golden.GetProperty("response").GetString()!);
            Assert.Equal(golden.GetProperty("n").GetInt32(), x.Rows);
            double[] cuts = golden.GetProperty("cuts").ToDoubles();
            ResponseKind kind = cuts.Length == 0 ? ResponseKind.Number : ResponseKind.Class;
            Matrix y = cuts.Length == 0 ? numbers : BoostingCases.Indicators(
                [.. numbers.Values.ToArray().Select(value => cuts.Count(cut => cut < value))], cuts.Length + 1);
            var family = new BoostingFamily(kind, [100], BoostingRules.Usual);
            CellTable cells = BoostingCases.Predict(family, x, y, 5, Pieces.InOrder);
            if (kind == ResponseKind.Number)
            {
                double expected = golden.GetProperty("r2").GetDouble();
                double actual = BoostingCases.R2(y.Values, cells.Predictions(0));
                Assert.True(Math.Abs(actual - expected) < 0.02, $"{golden}: R² {actual:f4}.");
            }
            else
            {
                double expected = golden.GetProperty("accuracy").GetDouble();
                double actual = BoostingCases.Accuracy(y, cells.Predictions(0));
                Assert.True(Math.Abs(actual - expected) < 0.03, $"{golden}: accuracy {actual:f4}.");
            }
        }
    }

    private static (Matrix X, Matrix Y, Matrix Others) Read(JsonElement golden)
    {
        int classes = golden.GetProperty("classes").GetInt32();
        int fitted = golden.GetProperty("fitted").GetInt32();
        double[][] rows = [.. golden.GetProperty("x").EnumerateArray().Select(row => row.EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble()).ToArray())];
        var all = new Matrix(rows.Length, rows[0].Length, [.. rows.SelectMany(row => row)]);
        double[] y = golden.GetProperty("y").ToDoubles()[..fitted];
        return (
            all.View.RowBand(0, fitted).ToMatrix(),
            classes == 0 ? new Matrix(fitted, 1, y) : BoostingCases.Indicators([.. y.Select(value => (int)value)], classes),
            all.View.RowBand(fitted, rows.Length - fitted).ToMatrix());
    }
}
