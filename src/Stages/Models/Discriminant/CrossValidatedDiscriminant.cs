using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>Probabilities of held-out samples by linear discriminants, for several shrinkages, all folds from one pass.</summary>
/// <remarks>Time n p² once, then 4p³/3 for each fold and gp(n_k + p) for each shrinkage in it; memory that of <see cref="FoldMoments"/>. Immutable.</remarks>
public sealed class CrossValidatedDiscriminant
{
    private const string Singular =
        "The covariance within the classes is singular to working precision. Ask for a shrinkage above 0, or choose fewer variables.";

    private readonly Matrix[] _probabilities;
    private readonly string?[] _failures;
    private readonly int _foldCount;

    private CrossValidatedDiscriminant(Matrix[] probabilities, string?[] failures, int foldCount)
    {
        _probabilities = probabilities;
        _failures = failures;
        _foldCount = foldCount;
    }

    /// <summary>Predicts every sample from the folds that do not hold it.</summary>
    /// <param name="x">n × p spectra after the sample-wise part of a chain; scaling would change nothing without shrinkage and is not done.</param>
    /// <param name="classOfSample">The class of each sample, from 0 on.</param>
    /// <param name="classCount">Number of classes, g.</param>
    /// <param name="folds">Folds of the n samples.</param>
    /// <param name="shrinkages">Shrinkages from 0 to 1.</param>
    /// <param name="runner">Who runs the folds.</param>
    /// <param name="cancellation">Looked at between folds.</param>
    public static CrossValidatedDiscriminant Of(
        Matrix x,
        ReadOnlySpan<int> classOfSample,
        int classCount,
        Folds folds,
        ImmutableArray<double> shrinkages,
        PieceRunner runner,
        CancellationToken cancellation)
    {
        Matrix[] probabilities = [.. shrinkages.Select(_ => new Matrix(x.Rows, classCount))];
        string?[] failures = new string?[shrinkages.Length * folds.Count];
        var data = new SharedSpectra(x, ClassMoments.Indicators(classOfSample, classCount), folds, autoscales: false, runner);
        using FoldMoments all = FoldMoments.Of(data, cancellation);
        all.VisitCalibrations(FoldSplit.Each(folds), runner, (split, moments) =>
        {
            cancellation.ThrowIfCancellationRequested();
            int k = split.HeldOut;
            string? refusal = null;
            DiscriminantDecomposition? decomposition = null;

            // What one fold's calibration samples do not allow is no reason to lose the others.
            try
            {
                decomposition = new DiscriminantDecomposition(ClassMoments.Of(moments));
            }
            catch (StageException failure) when (failure.Kind == FailureKind.InvalidData)
            {
                refusal = failure.Message;
            }

            for (int s = 0; s < shrinkages.Length; s++)
            {
                FittedDiscriminant? fitted = decomposition?.Fit(shrinkages[s]);
                failures[(s * folds.Count) + k] = fitted is null ? refusal ?? Singular : null;
                Write(fitted, x, folds.HeldOut(k), probabilities[s]);
            }
        });
        return new CrossValidatedDiscriminant(probabilities, failures, folds.Count);
    }

    /// <summary>n × g probabilities of one shrinkage; NaN where a fold has no answer.</summary>
    public MatrixView Probabilities(int shrinkageIndex) => _probabilities[shrinkageIndex].View;

    /// <summary>Why a shrinkage has no answer in a fold, or null.</summary>
    public string? FailureOf(int shrinkageIndex, int fold) => _failures[(shrinkageIndex * _foldCount) + fold];

    /// <summary>The likeliest class of each sample, of equal ones the lower; -1 where a fold has no answer.</summary>
    public int[] Classes(int shrinkageIndex)
    {
        Matrix probabilities = _probabilities[shrinkageIndex];
        int[] classes = new int[probabilities.Rows];
        for (int i = 0; i < classes.Length; i++)
        {
            ReadOnlySpan<double> row = probabilities.Row(i);
            for (int c = 1; c < row.Length; c++)
            {
                classes[i] = row[c] > row[classes[i]] ? c : classes[i];
            }

            classes[i] = double.IsNaN(row[0]) ? -1 : classes[i];
        }

        return classes;
    }

    private static void Write(FittedDiscriminant? fitted, Matrix x, ReadOnlySpan<int> heldOut, Matrix target)
    {
        var probabilities = new Matrix(heldOut.Length, target.Columns);
        probabilities.Values.Fill(double.NaN);
        fitted?.Predict(x.SelectRows(heldOut).View, probabilities.Span);
        for (int i = 0; i < heldOut.Length; i++)
        {
            probabilities.Row(i).CopyTo(target.Row(heldOut[i]));
        }
    }
}
