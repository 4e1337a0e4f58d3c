using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Stages.Tests.Models.Networks;

/// <summary>What all models of networks keep beside the contracts of every model.</summary>
internal static class NetworkContract
{
    /// <summary>What was learnt predicts the same bits, and says the same importance, once restored.</summary>
    public static void RestoresToTheBit(ICandidateFamily family, Matrix x, Matrix y)
    {
        foreach (ModelSetting setting in family.Settings)
        {
            IFittedModel fitted = family.Model(setting).Fit(x.View, y.View);
            IFittedModel restored = family.Restore(fitted.Learnt, x.Columns);
            Tolerance.AssertSameBits(ModelContract.Predict(fitted, x), ModelContract.Predict(restored, x), family.Describe(setting));
            double[] before = new double[x.Columns];
            double[] after = new double[x.Columns];
            fitted.CopyImportance(before);
            restored.CopyImportance(after);
            Tolerance.AssertSameBits(before, after, "importance");
            Assert.Throws<Engine.StageException>(() => family.Restore(fitted.Learnt, x.Columns + 1));
            Assert.Throws<Engine.StageException>(() => family.Restore(fitted.Learnt.RemoveAt(3), x.Columns));
        }
    }

    /// <summary>Spectra and response in units of other powers of two: the same bits but for the unit.</summary>
    public static void FollowsUnits(IModel model, Matrix x, Matrix y)
    {
        double[] before = ModelContract.Predict(model.Fit(x.View, y.View), x);
        Matrix xOther = x.View.ToMatrix();
        Matrix yOther = y.View.ToMatrix();
        foreach (ref double value in xOther.Values)
        {
            value *= 1024;
        }

        foreach (ref double value in yOther.Values)
        {
            value *= 0.25;
        }

        double[] after = ModelContract.Predict(model.Fit(xOther.View, yOther.View), xOther);
        Tolerance.AssertSameBits([.. before.Select(value => 0.25 * value)], after, "other units");
    }

    /// <summary>A response without variance is predicted as it is; variables without variance change nothing; all of them give the mean.</summary>
    public static void EdgesHold(IModel model, Matrix x, Matrix y)
    {
        var same = new Matrix(y.Rows, 1);
        same.Values.Fill(3.25);
        Assert.All(ModelContract.Predict(model.Fit(x.View, same.View), x), value => Assert.Equal(3.25, value));
        Matrix constant = x.View.ToMatrix();
        for (int i = 0; i < x.Rows; i++)
        {
            constant[i, 2] = 0.7;
        }

        IFittedModel fitted = model.Fit(constant.View, y.View);
        double[] importance = new double[x.Columns];
        fitted.CopyImportance(importance);
        Assert.All(ModelContract.Predict(fitted, constant), value => Assert.True(double.IsFinite(value)));
        constant.Values.Fill(0.5);
        double[] blind = ModelContract.Predict(model.Fit(constant.View, y.View), constant);
        Assert.All(blind, value => Assert.Equal(blind[0], value));
        Assert.InRange(blind[0], y.Values.ToArray().Min(), y.Values.ToArray().Max());
    }
}
