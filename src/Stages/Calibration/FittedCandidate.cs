using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration;

/// <summary>A candidate fitted on all calibration samples, ready to predict spectra as measured.</summary>
/// <remarks>Immutable, safe for several threads; keeps no reference to the calibration spectra (a kernel model keeps a copy).</remarks>
public sealed class FittedCandidate
{
    private readonly int _pretreatedCount;
    private readonly int[] _variables;

    private FittedCandidate(IFittedPretreatment pretreatment, IFittedModel model, int pretreatedCount, int[] variables)
    {
        Pretreatment = pretreatment;
        Model = model;
        _pretreatedCount = pretreatedCount;
        _variables = variables;
    }

    /// <summary>The chain as fitted.</summary>
    public IFittedPretreatment Pretreatment { get; }

    /// <summary>The model, which sees the chosen variables of pretreated spectra.</summary>
    public IFittedModel Model { get; }

    /// <summary>The chosen variables of the pretreated spectra, ascending, 0-based.</summary>
    public ImmutableArray<int> Variables => [.. _variables];

    /// <summary>Fits chain, choice of variables and model, in this order, on all samples.</summary>
    public static FittedCandidate Fit(Candidate candidate, CalibrationSet samples) =>
        Fit(candidate, samples.X.View, samples.Y.View, samples.Manifest.Axis);

    /// <summary>Fits a candidate whose chain looks at each sample alone on the samples of some moments.</summary>
    /// <param name="candidate">A candidate of a family that needs moments alone.</param>
    /// <param name="chosen">Moments of the candidate's variables.</param>
    /// <param name="measured">The axis of the spectra as measured.</param>
    internal static FittedCandidate Of(Candidate candidate, Moments chosen, SpectralAxis measured)
    {
        LinearFits fits = ((IMomentsFamily)candidate.Family).FitMoments(chosen, [candidate.Setting]);
        if (fits.Failures[0] is { } reason)
        {
            throw new StageException(FailureKind.Numerical, reason);
        }

        SpectralAxis axis = candidate.Chain.OutputAxis(measured);
        IFittedPretreatment pretreatment = candidate.Chain.Fit(
            new MatrixView(default, 0, measured.Count, measured.Count), new MatrixView(default, 0, 1, 1), measured);
        return new FittedCandidate(
            pretreatment, new FittedLine(fits.Coefficients.Row(0), fits.Intercepts[0]), axis.Count, MomentsLoop.Variables(candidate.Subset, axis));
    }

    /// <summary>
    /// Predictions of every sample, q side by side, by the candidate fitted on the folds that do not hold it; NaN for one that is never
    /// held out.
    /// </summary>
    /// <remarks>One refit per fold; up to rounding what the flow computes for all candidates at once.</remarks>
    public static double[] PredictOutOfFold(Candidate candidate, CalibrationSet samples, Folds folds)
    {
        int q = samples.Y.Columns;
        double[] yHat = new double[samples.X.Rows * q];
        Array.Fill(yHat, double.NaN);
        for (int k = folds.FirstHeldOut; k < folds.Count; k++)
        {
            int[] calibration = folds.Calibration(k);
            FittedCandidate fitted = Fit(
                candidate, samples.X.SelectRows(calibration).View, samples.Y.SelectRows(calibration).View, samples.Manifest.Axis);
            ReadOnlySpan<int> heldOut = folds.HeldOut(k);
            double[] values = fitted.Predict(samples.X.SelectRows(heldOut).View);
            for (int i = 0; i < heldOut.Length; i++)
            {
                values.AsSpan(i * q, q).CopyTo(yHat.AsSpan(heldOut[i] * q));
            }
        }

        return yHat;
    }

    /// <summary>Predicts n × p spectra as measured, q values per sample side by side.</summary>
    public double[] Predict(MatrixView x)
    {
        var yHat = new Matrix(x.Rows, Model.ResponseCount);
        Model.Predict(Pretreat(x).View, yHat.Span);
        return yHat.Values.ToArray();
    }

    /// <summary>What the model sees of n × p spectra as measured: pretreated, chosen variables.</summary>
    public Matrix Pretreat(MatrixView x)
    {
        var treated = new Matrix(x.Rows, _pretreatedCount);
        Pretreatment.Apply(x, treated.Span);
        return Columns(treated, _variables);
    }

    private static FittedCandidate Fit(Candidate candidate, MatrixView x, MatrixView y, SpectralAxis measured)
    {
        SpectralAxis axis = candidate.Chain.OutputAxis(measured);
        IFittedPretreatment pretreatment = candidate.Chain.Fit(x, y, measured);
        var treated = new Matrix(x.Rows, axis.Count);
        pretreatment.Apply(x, treated.Span);

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

    private static Matrix Columns(Matrix source, int[] variables) =>
        variables.Length == source.Columns ? source : source.SelectColumns(variables);
}
