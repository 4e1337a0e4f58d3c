using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Xunit;

namespace Pipeline.Support;

/// <summary>What every regression model must keep, whatever it computes; each check prints nothing and throws on breach.</summary>
/// <remarks>Tolerances are relative to the largest magnitude of the predictions compared.</remarks>
public static class ModelContract
{
    /// <summary>All checks on one data set.</summary>
    public static void Holds(IModel model, Matrix x, Matrix y, double tolerance)
    {
        LeavesInputsUnchanged(model, x, y);
        FitsTwiceToTheBit(model, x, y);
        FitsSideBySideToTheBit(model, x, y);
        PredictsSubsetsToTheBit(model, x, y);
        IgnoresTheOrderOfSamples(model, x, y, tolerance);
        FollowsTheScaleOfTheResponse(model, x, y, tolerance);
        IgnoresTheStrideOfItsInputs(model, x, y);
        Assert.Equal(x.Columns, model.Fit(x.View, y.View).VariableCount);
        Assert.Equal(y.Columns, model.Fit(x.View, y.View).ResponseCount);
    }

    public static void LeavesInputsUnchanged(IModel model, Matrix x, Matrix y)
    {
        double[] xBefore = x.Values.ToArray();
        double[] yBefore = y.Values.ToArray();
        IFittedModel fitted = model.Fit(x.View, y.View);
        Predict(fitted, x);
        Assert.Equal(xBefore, x.Values.ToArray());
        Assert.Equal(yBefore, y.Values.ToArray());
    }

    public static void FitsTwiceToTheBit(IModel model, Matrix x, Matrix y) =>
        Assert.Equal(Answers(model, x, y), Answers(model, x, y));

    public static void FitsSideBySideToTheBit(IModel model, Matrix x, Matrix y)
    {
        double[] alone = Answers(model, x, y);
        double[][] together = new double[4][];
        Thread[] threads = [.. Enumerable.Range(0, together.Length)
            .Select(i => new Thread(() => together[i] = Answers(model, x, y)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(together, answers => Assert.Equal(alone, answers));
    }

    public static void PredictsSubsetsToTheBit(IModel model, Matrix x, Matrix y)
    {
        IFittedModel fitted = model.Fit(x.View, y.View);
        double[] all = Predict(fitted, x);
        for (int i = 0; i < x.Rows; i++)
        {
            double[] one = new double[y.Columns];
            fitted.Predict(x.View.RowBand(i, 1), new MatrixSpan(one, 1, y.Columns, y.Columns));
            Assert.Equal(all.AsSpan(i * y.Columns, y.Columns).ToArray(), one);
        }
    }

    public static void IgnoresTheOrderOfSamples(IModel model, Matrix x, Matrix y, double tolerance)
    {
        Matrix xReversed = Reversed(x);
        Matrix yReversed = Reversed(y);
        double[] before = Predict(model.Fit(x.View, y.View), x);
        double[] after = Predict(model.Fit(xReversed.View, yReversed.View), x);
        AssertClose(before, after, tolerance);
    }

    public static void FollowsTheScaleOfTheResponse(IModel model, Matrix x, Matrix y, double tolerance)
    {
        const double Factor = 37.5;
        var scaled = new Matrix(y.Rows, y.Columns);
        for (int i = 0; i < y.Values.Length; i++)
        {
            scaled.Values[i] = Factor * y.Values[i];
        }

        double[] before = Predict(model.Fit(x.View, y.View), x);
        double[] after = Predict(model.Fit(x.View, scaled.View), x);
        AssertClose([.. before.Select(value => Factor * value)], after, tolerance);
    }

    public static void IgnoresTheStrideOfItsInputs(IModel model, Matrix x, Matrix y)
    {
        double[] wide = new double[(x.Rows * (x.Columns + 3)) + 1];
        Array.Fill(wide, double.NaN);
        var span = new MatrixSpan(wide.AsSpan(1), x.Rows, x.Columns, x.Columns + 3);
        x.View.CopyTo(span);
        Assert.Equal(Predict(model.Fit(x.View, y.View), x), Predict(model.Fit(span.View, y.View), x));
    }

    /// <summary>The predictions of a fitted model for every sample.</summary>
    public static double[] Predict(IFittedModel fitted, Matrix x)
    {
        var yHat = new Matrix(x.Rows, fitted.ResponseCount);
        fitted.Predict(x.View, yHat.Span);
        return yHat.Values.ToArray();
    }

    /// <summary>Asserts that two series agree within a part of the larger series' largest magnitude.</summary>
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = RelativeError(expected, actual);
        Assert.True(error <= tolerance, $"Relative error {error:e2} exceeds {tolerance:e2}.");
    }

    /// <summary>The largest difference of two series as a part of the largest magnitude of the first.</summary>
    public static double RelativeError(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            difference = double.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Max(difference, Math.Abs(expected[i] - actual[i]));
        }

        return difference == 0 ? 0 : difference / largest;
    }

    private static double[] Answers(IModel model, Matrix x, Matrix y)
    {
        IFittedModel fitted = model.Fit(x.View, y.View);
        double[] importance = new double[x.Columns];
        fitted.CopyImportance(importance);
        Assert.All(importance, value => Assert.True(value >= 0));
        return [.. Predict(fitted, x), .. importance];
    }

    private static Matrix Reversed(Matrix source)
    {
        var target = new Matrix(source.Rows, source.Columns);
        for (int i = 0; i < source.Rows; i++)
        {
            source.Row(i).CopyTo(target.Row(source.Rows - 1 - i));
        }

        return target;
    }
}
