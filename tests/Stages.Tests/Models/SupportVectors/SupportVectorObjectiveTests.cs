using System.Text.Json;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.SupportVectors;
using Pipeline.Stages.Models.SupportVectors.Pairs;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.SupportVectors;

/// <summary>What fits minimise, against scikit-learn and against duality.</summary>
/// <remarks>
/// A violation of v leaves primal and dual apart by at most v Σ C_i, the sum over samples, and as far from the optimum between them.
/// Here v is the larger of ours and scikit-learn's, doubled for the offset.
/// </remarks>
public sealed class SupportVectorObjectiveTests
{
    private const double Violation = 2e-9;

    [Fact]
    public void Solve_GoldenCases_HasTheObjectiveOfScikitLearn()
    {
        int count = 0;
        foreach (JsonElement golden in Goldens.Load("support-vectors/sklearn.json").GetProperty("regression").EnumerateArray())
        {
            (Matrix all, Matrix responses) = ModelGoldens.Input(golden.GetProperty("input").GetString()!);
            int[] fitted = [.. Enumerable.Range(0, all.Rows).Where(i => i % 4 != 1)];
            using CentredCalibration spectra = CentredCalibration.Of(all.SelectRows(fitted).View, responses.SelectRows(fitted).View);
            var calibration = KernelCalibration.Of(spectra);
            double c = golden.GetProperty("c").GetDouble();
            double epsilon = golden.GetProperty("epsilon").GetDouble();
            var kernel = new SupportVectorKernel(golden.GetProperty("gamma").GetDouble());
            SupportVectorWeights weights = SupportVectorRegression.Solve(calibration, [new SupportVectorSetting(kernel, epsilon, c)], Violation / 2);
            Assert.Null(weights.Failures[0]);

            int m = fitted.Length;
            double deviation = Math.Sqrt(calibration.Y.Average(value => value * value));
            double[] z = [.. calibration.Y.Select(value => value / deviation)];
            double[] beta = [.. weights.Beta.Row(0).ToArray().Select(value => value / deviation)];
            double offset = (weights.Offsets[0] - calibration.YMean) / deviation;
            Matrix products = kernel.Of(calibration.Squared, kernel.Factor(SupportVectorKernel.TotalVariance(calibration.Squared)));
            double dual = PlainPairs.Objective(products, z, epsilon, beta);
            double primal = 0;
            for (int i = 0; i < m; i++)
            {
                double sum = Products.Dot(products.Row(i), beta);
                primal += (beta[i] * sum / 2) + (c * Math.Max(0, Math.Abs(z[i] - sum - offset) - epsilon));
            }

            double slack = Violation * c * m;
            Assert.InRange(primal + dual, -slack, slack);
            Assert.Equal(golden.GetProperty("least").GetDouble(), dual, slack);
            Assert.Equal(golden.GetProperty("least").GetDouble(), -primal, slack);
            Assert.Equal(golden.GetProperty("objective").GetDouble(), dual, slack);
            count++;
        }

        Assert.Equal(27, count);
    }

    /// <summary>The primal of every pair from the model as it decides, minus the dual as scikit-learn has it.</summary>
    [Fact]
    public void Fit_GoldenClasses_HasTheObjectiveOfScikitLearn()
    {
        JsonElement[] cases = [.. Goldens.Load("classes/sklearn.json").GetProperty("cases").EnumerateArray()];
        int count = 0;
        foreach (JsonElement golden in Goldens.Load("support-vectors/sklearn.json").GetProperty("classes").EnumerateArray())
        {
            JsonElement one = cases[golden.GetProperty("case").GetInt32()];
            int[] classes = one.GetProperty("classes").ToIntegers();
            Matrix x = one.GetProperty("x").ToMatrix();
            double c = golden.GetProperty("c").GetDouble();
            bool isBalanced = golden.GetProperty("balanced").GetBoolean();
            var family = new SupportVectorClassFamily([new SupportVectorKernel(golden.GetProperty("gamma").GetDouble())], [c], isBalanced)
            {
                Tolerance = Violation / 2,
            };
            int classCount = classes.Max() + 1;
            var fitted = (FittedSupportVectorClasses)family.Model(family.Settings[0]).Fit(x.View, ClassMoments.Indicators(classes, classCount).View);
            var decisions = new Matrix(x.Rows, PairCoupling.PairCount(classCount));
            fitted.Decide(x.View, decisions.Span);
            double[] expected = golden.GetProperty("objectives").ToDoubles();
            int pair = 0;
            for (int a = 0; a < classCount; a++)
            {
                for (int b = a + 1; b < classCount; b++, pair++)
                {
                    double primal = HalfNorm(fitted, x, pair);
                    double slack = 0;
                    for (int i = 0; i < x.Rows; i++)
                    {
                        double sign = classes[i] == a ? 1 : classes[i] == b ? -1 : 0;
                        double penalty = sign == 0 ? 0 : isBalanced ? c * x.Rows / (classCount * classes.Count(other => other == classes[i])) : c;
                        primal += penalty * Math.Max(0, 1 - (sign * decisions[i, pair]));
                        slack += Violation * penalty;
                    }

                    Assert.Equal(expected[pair], -primal, slack);
                    count++;
                }
            }
        }

        Assert.True(count >= 36, $"{count} pairs.");
    }

    /// <summary>½‖f‖² of one pair, from what is saved of the model.</summary>
    private static double HalfNorm(FittedSupportVectorClasses fitted, Matrix x, int pair)
    {
        Matrix Saved(string name) => fitted.Learnt.Single(array => array.Name == name).Values;
        if (fitted.IsLine)
        {
            double variance = 0;
            for (int i = 0; i < x.Rows; i++)
            {
                double[] centred = [.. x.Row(i).ToArray().Zip(Saved("means").Values.ToArray(), (value, mean) => value - mean)];
                variance += Products.Dot(centred, centred) / x.Rows;
            }

            ReadOnlySpan<double> line = Saved("pair_coefficients").Row(pair);
            return variance * Products.Dot(line, line) / 2;
        }

        Matrix centres = Saved("centres");
        ReadOnlySpan<double> weights = Saved("pair_weights").Row(pair);
        double sum = 0;
        for (int i = 0; i < centres.Rows; i++)
        {
            for (int j = 0; j < centres.Rows; j++)
            {
                double squared = centres.Row(i).ToArray().Zip(centres.Row(j).ToArray(), (one, other) => (one - other) * (one - other)).Sum();
                sum += weights[i] * weights[j] * Math.Exp(-Saved("kernel_factor")[0, 0] * squared);
            }
        }

        return sum / 2;
    }
}
