using System.Text.Json;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Discriminant;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models.Pls;
using Pipeline.Support;
using Xunit;
using MathNetMatrix = MathNet.Numerics.LinearAlgebra.Matrix<double>;
using MathNetVector = MathNet.Numerics.LinearAlgebra.Vector<double>;

namespace Pipeline.Stages.Tests.Models.Discriminant;

public sealed class LinearDiscriminantTests
{
    /// <summary>Tolerance: probabilities lie from 0 to 1; the condition of the eight variables, about 1e4, is squared.</summary>
    [Fact]
    public void Fit_GoldenCases_EqualScikitLearn()
    {
        (Matrix all, _) = ModelGoldens.Input("mid");
        Matrix x = all.SelectColumns([.. Enumerable.Range(0, all.Columns / 10).Select(j => 10 * j)]);
        foreach (JsonElement golden in Goldens.Load("discriminant/sklearn.json").EnumerateArray())
        {
            int[] classes = golden.GetProperty("classes").ToIntegers();
            int count = classes.Max() + 1;
            if (golden.GetProperty("model").GetString() == "lda")
            {
                FittedDiscriminant fitted = Fit(x, classes, count, 0)!;
                var probabilities = new Matrix(x.Rows, count);
                fitted.Predict(x.View, probabilities.Span);
                Tolerance.AssertClose(golden.GetProperty("proba").ToMatrix().View, probabilities.View, 1e-9, "Probabilities");
                continue;
            }

            int[] foldOfSample = new int[x.Rows];
            int k = 0;
            foreach (JsonElement fold in golden.GetProperty("folds").EnumerateArray())
            {
                Array.ForEach(fold.ToIntegers(), i => foldOfSample[i] = k);
                k++;
            }

            Validated validated = Validate(x, classes, count, new Folds(foldOfSample, k), [0]);
            Tolerance.AssertClose(golden.GetProperty("oof_proba").ToMatrix().View, validated.Probabilities(0), 1e-9, "Held-out probabilities");
            Assert.Equal(golden.GetProperty("oof_pred").ToIntegers(), validated.Classes(0));
        }
    }

    /// <summary>
    /// Every shrinkage, with more variables than samples too, against the definition. Tolerance: the smallest shrinkage leaves a condition
    /// of 1e5.
    /// </summary>
    [Theory]
    [InlineData(60, 8)]
    [InlineData(30, 40)]
    public void Of_Shrinkages_EqualsTheDefinitionFoldByFold(int n, int p)
    {
        (Matrix x, int[] classes) = Clouds(n, p);
        double[] shrinkages = p < n / 2 ? [0, 1e-3, 0.1, 0.7, 1] : [1e-3, 0.1, 0.7, 1];
        var folds = new Folds([.. Enumerable.Range(0, n).Select(i => i / 3 % 5)], 5);
        Validated validated = Validate(x, classes, 3, folds, shrinkages);
        for (int s = 0; s < shrinkages.Length; s++)
        {
            for (int k = 0; k < 5; k++)
            {
                Assert.Null(validated.FailureOf(s, k));
                int[] calibration = folds.Calibration(k);
                int[] known = [.. calibration.Select(i => classes[i])];
                foreach (int i in folds.HeldOut(k).ToArray())
                {
                    double[] expected = Definition(x.SelectRows(calibration), known, 3, shrinkages[s], x.Row(i).ToArray());
                    Tolerance.AssertClose(expected, validated.Probabilities(s).Row(i), 1e-9, $"Sample {i}, shrinkage {shrinkages[s]}");
                }
            }
        }
    }

    [Fact]
    public void Of_HeldOutRowsAltered_KeepsEveryBitOfOthersInTheFold()
    {
        (Matrix x, int[] classes) = Clouds(45, 10);
        var folds = new Folds([.. Enumerable.Range(0, 45).Select(i => i / 3 % 5)], 5);
        Validated before = Validate(x, classes, 3, folds, [0, 0.5]);
        int[] heldOut = folds.HeldOut(2).ToArray();
        Matrix spoilt = x.View.ToMatrix();
        int[] wrong = [.. classes];
        foreach (int i in heldOut.Skip(1))
        {
            spoilt.Row(i).Fill(1e6 + i);
            wrong[i] = (wrong[i] + 1) % 3;
        }

        Validated after = Validate(spoilt, wrong, 3, folds, [0, 0.5]);
        for (int s = 0; s < 2; s++)
        {
            Tolerance.AssertSameBits(before.Probabilities(s).Row(heldOut[0]), after.Probabilities(s).Row(heldOut[0]), "Held-out probabilities");
        }
    }

    [Fact]
    public void Of_AnyRunner_GivesTheSameBits()
    {
        (Matrix x, int[] classes) = Clouds(45, 10);
        var folds = new Folds([.. Enumerable.Range(0, 45).Select(i => i % 5)], 5);
        Validated first = Validate(x, classes, 3, folds, [0.1]);
        Validated second = Validate(x, classes, 3, folds, [0.1], Backwards);
        Tolerance.AssertSameBits(first.Probabilities(0).Values, second.Probabilities(0).Values, "Probabilities");

        static void Backwards(int count, Action<int> piece)
        {
            for (int i = count - 1; i >= 0; i--)
            {
                piece(i);
            }
        }
    }

    [Fact]
    public void Of_ClassMissingInCalibration_IsNeverPredicted()
    {
        (Matrix x, int[] classes) = Clouds(45, 6);
        int[] foldOfSample = [.. Enumerable.Range(0, 45).Select(i => classes[i] == 2 ? 0 : 1 + (i % 2))];
        Validated validated = Validate(x, classes, 3, new Folds(foldOfSample, 3), [0]);
        for (int i = 0; i < 45; i++)
        {
            Assert.Equal(classes[i] == 2, validated.Probabilities(0)[i, 2] == 0);
        }
    }

    [Fact]
    public void Of_SingularCovarianceOrOneClass_SaysSo()
    {
        (Matrix x, int[] classes) = Clouds(20, 30);
        var folds = new Folds([.. Enumerable.Range(0, 20).Select(i => i % 4)], 4);
        Validated validated = Validate(x, classes, 3, folds, [0, 0.1]);
        Assert.Contains("shrinkage", validated.FailureOf(0, 0), StringComparison.Ordinal);
        Assert.Null(validated.FailureOf(1, 0));
        Validated one = Validate(x, new int[20], 2, folds, [0.1]);
        Assert.Contains("one class", one.FailureOf(0, 3), StringComparison.Ordinal);
    }

    /// <summary>Counts, means and the cross-product within classes against loops over samples. Tolerance: rounding of n products.</summary>
    [Fact]
    public void ClassMoments_Samples_EqualLoops()
    {
        (Matrix x, int[] classes) = Clouds(40, 7);
        ClassMoments moments = Of(x, classes, 3);
        var within = new Matrix(7, 7);
        for (int c = 0; c < 3; c++)
        {
            int[] members = [.. Enumerable.Range(0, 40).Where(i => classes[i] == c)];
            Assert.Equal(members.Length, moments.Counts[c]);
            double[] mean = ColumnMoments.Means(x.SelectRows(members).View);
            for (int j = 0; j < 7; j++)
            {
                Assert.Equal(mean[j], moments.Mean[j] + moments.Deviations[c, j], 1e-13 * Math.Abs(mean[j]) + 1e-14);
                for (int i = 0; i < 7; i++)
                {
                    within[i, j] += members.Sum(m => (x[m, i] - mean[i]) * (x[m, j] - mean[j]));
                }
            }
        }

        Tolerance.AssertClose(within.View, moments.Within.View, 1e-13, "Within");
    }

    private static (Matrix X, int[] Classes) Clouds(int n, int p)
    {
        Matrix x = PlsRegressionTests.Random(n, p, 91);
        int[] classes = [.. Enumerable.Range(0, n).Select(i => i % 3)];
        for (int i = 0; i < n; i++)
        {
            x[i, 0] += 5 + classes[i];
            x[i, p - 1] -= classes[i] == 1 ? 1 : 0;
        }

        return (x, classes);
    }

    private static ClassMoments Of(Matrix x, int[] classes, int count) =>
        ClassMoments.Of(Moments.Of(x.View, ClassMoments.Indicators(classes, count).View));

    private static FittedDiscriminant? Fit(Matrix x, int[] classes, int count, double shrinkage) =>
        new DiscriminantDecomposition(Of(x, classes, count)).Fit(shrinkage);

    private static Validated Validate(Matrix x, int[] classes, int count, Folds folds, double[] shrinkages, PieceRunner? runner = null)
    {
        var family = new LinearDiscriminantFamily([.. shrinkages]);
        var cells = new CellTable(folds, 1, family.Settings.Length, outputCount: count);
        var predictions = new FoldPredictions(cells, [.. Enumerable.Range(0, family.Settings.Length)]);
        var data = new SharedSpectra(x, ClassMoments.Indicators(classes, count), folds, autoscales: false, runner ?? Pieces.InOrder);
        family.PredictFolds(data, [.. Enumerable.Range(0, folds.Count)], family.Settings, predictions, CancellationToken.None);
        return new Validated(family, cells, shrinkages, x.Rows, count);
    }

    private static double[] Definition(Matrix x, int[] classes, int count, double shrinkage, double[] sample)
    {
        int p = x.Columns;
        var covariance = MathNetMatrix.Build.Dense(p, p);
        var means = new MathNetVector[count];
        for (int c = 0; c < count; c++)
        {
            MathNetVector[] members = [.. Enumerable.Range(0, x.Rows).Where(i => classes[i] == c)
                .Select(i => MathNetVector.Build.Dense(x.Row(i).ToArray()))];
            means[c] = members.Aggregate((sum, row) => sum + row) / members.Length;
            foreach (MathNetVector row in members)
            {
                covariance += (row - means[c]).OuterProduct(row - means[c]) / (x.Rows - count);
            }
        }

        covariance = ((1 - shrinkage) * covariance) + (shrinkage * covariance.Trace() / p * MathNetMatrix.Build.DenseIdentity(p));
        var solver = covariance.QR();
        double[] scores = [.. Enumerable.Range(0, count).Select(c =>
        {
            MathNetVector difference = MathNetVector.Build.Dense(sample) - means[c];
            return Math.Log(classes.Count(known => known == c) / (double)classes.Length) - (difference * solver.Solve(difference) / 2);
        })];
        double[] densities = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
        return [.. densities.Select(density => density / densities.Sum())];
    }

    /// <summary>What the family predicts, by the shrinkages as they were asked for.</summary>
    private sealed class Validated(ICandidateFamily family, CellTable cells, double[] shrinkages, int n, int count)
    {
        public MatrixView Probabilities(int shrinkage) => new(cells.Predictions(Place(shrinkage)), n, count, count);

        public string? FailureOf(int shrinkage, int fold) => cells.FailureOf(Place(shrinkage), fold);

        public int[] Classes(int shrinkage)
        {
            int[] classes = new int[n];
            for (int i = 0; i < n; i++)
            {
                double[] row = Probabilities(shrinkage).Row(i).ToArray();
                classes[i] = Array.IndexOf(row, row.Max());
            }

            return classes;
        }

        private int Place(int shrinkage)
        {
            double wanted = shrinkages[shrinkage];
            return Enumerable.Range(0, family.Settings.Length).Single(s => family.Settings[s].Value == wanted);
        }
    }
}
