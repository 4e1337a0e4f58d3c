using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>A candidate fitted on all calibration samples, ready to predict spectra as measured.</summary>
public sealed class FittedCandidate
{
    private readonly IFittedPretreatment _pretreatment;
    private readonly IFittedModel _model;
    private readonly int _pretreatedCount;
    private readonly int[] _variables;

    private FittedCandidate(IFittedPretreatment pretreatment, IFittedModel model, int pretreatedCount, int[] variables)
    {
        _pretreatment = pretreatment;
        _model = model;
        _pretreatedCount = pretreatedCount;
        _variables = variables;
    }

    /// <summary>Fits chain, choice of variables and model, in this order, on all samples.</summary>
    public static FittedCandidate Fit(Candidate candidate, CalibrationSet samples)
    {
        SpectralAxis axis = candidate.Chain.OutputAxis(samples.Manifest.Axis);
        MatrixView y = samples.Y.View;
        IFittedPretreatment pretreatment = candidate.Chain.Fit(samples.X.View, y, samples.Manifest.Axis);
        var treated = new Matrix(samples.X.Rows, axis.Count);
        pretreatment.Apply(samples.X.View, treated.Span);

        double[] importance = [];
        IModel model = candidate.Family.Model(candidate.Setting);
        if (candidate.Subset.UsesImportance)
        {
            importance = new double[axis.Count];
            model.Fit(treated.View, y).CopyImportance(importance);
        }

        int[] variables = candidate.Subset.Select(treated.View, y, axis, importance);
        IFittedModel fitted = model.Fit(Columns(treated, variables).View, y);
        return new FittedCandidate(pretreatment, fitted, axis.Count, variables);
    }

    /// <summary>Predicts n × p spectra as measured.</summary>
    public double[] Predict(MatrixView x)
    {
        var treated = new Matrix(x.Rows, _pretreatedCount);
        _pretreatment.Apply(x, treated.Span);
        var yHat = new Matrix(x.Rows, 1);
        _model.Predict(Columns(treated, _variables).View, yHat.Span);
        return yHat.Values.ToArray();
    }

    private static Matrix Columns(Matrix source, int[] variables) =>
        variables.Length == source.Columns ? source : source.SelectColumns(variables);
}
