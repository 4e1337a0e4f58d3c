using Pipeline.Engine;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>The mean of each class and the principal axes of its spectra about it: what every shrinkage needs.</summary>
/// <remarks>Memory Σ min(n_c, p) p doubles. Immutable once made, safe for several threads.</remarks>
internal sealed class ClassDensities
{
    /// <summary>A smallest variance below this part of the largest is rounding.</summary>
    private const double VarianceMin = 1e-12;

    private readonly string[] _problems;

    /// <summary>Densities; the memory is taken over.</summary>
    /// <param name="means">μ_c, C × p.</param>
    /// <param name="axes">Principal axes of each class, r_c × p.</param>
    /// <param name="variances">The variance along each of them, falling.</param>
    /// <param name="meanVariances">tr Σ_c / p.</param>
    /// <param name="logPriors">The log of each class's prior probability; 0 for an absent one.</param>
    /// <param name="present">Whether a class has calibration samples.</param>
    /// <param name="importance">How much each variable matters.</param>
    public ClassDensities(
        Matrix means, Matrix[] axes, double[][] variances, double[] meanVariances, double[] logPriors, bool[] present, double[] importance)
    {
        Means = means;
        Axes = axes;
        Variances = variances;
        MeanVariances = meanVariances;
        LogPriors = logPriors;
        Present = present;
        Importance = importance;
        _problems = [.. Enumerable.Range(0, present.Length).Where(c => present[c] && !(meanVariances[c] > 0)).Select(
            c => $"The samples of class {c + 1} are all alike, so they have no covariance. Add samples of it that differ.")];
    }

    /// <summary>μ_c, C × p.</summary>
    public Matrix Means { get; }

    /// <summary>Principal axes of each class, r_c × p.</summary>
    public Matrix[] Axes { get; }

    /// <summary>The variance along each axis, divisor n_c - 1.</summary>
    public double[][] Variances { get; }

    /// <summary>tr Σ_c / p.</summary>
    public double[] MeanVariances { get; }

    /// <summary>The log of each class's prior probability.</summary>
    public double[] LogPriors { get; }

    /// <summary>Whether a class has calibration samples.</summary>
    public bool[] Present { get; }

    /// <summary>
    /// For each variable the standard deviation between the class means, as a part of the deviation within classes: Fisher's
    /// ratio, its root; 0 for a variable without variance.
    /// </summary>
    public double[] Importance { get; }

    /// <summary>The densities of a calibration set.</summary>
    /// <exception cref="StageException">A class has a single sample, which has no covariance.</exception>
    public static ClassDensities Of(ClassCalibration calibration, bool isBalanced)
    {
        int p = calibration.X.Columns;
        int n = calibration.X.Rows;
        int classCount = calibration.Counts.Length;
        var means = new Matrix(classCount, p);
        var axes = new Matrix[classCount];
        double[][] variances = new double[classCount][];
        double[] meanVariances = new double[classCount];
        double[] logPriors = new double[classCount];
        double[] between = new double[p];
        double[] within = new double[p];
        for (int c = 0; c < classCount; c++)
        {
            int own = c;
            int[] samples = [.. Enumerable.Range(0, n).Where(i => calibration.Classes[i] == own)];
            if (samples.Length == 1)
            {
                throw new StageException(
                    FailureKind.InvalidData,
                    $"Class {c + 1} has a single calibration sample; a covariance of its own needs at least 2. Add samples of it, or use lda.");
            }

            (axes[c], variances[c]) = samples.Length == 0
                ? (new Matrix(0, p), [])
                : Decompose(calibration.X, samples, means.Row(c), between, within);
            meanVariances[c] = variances[c].Sum() / p;
            logPriors[c] = samples.Length == 0 ? 0 : NaturalLogarithm.Of(isBalanced ? 1.0 / calibration.PresentCount : (double)samples.Length / n);

            // The spectra were less the mean of all; the class mean is of spectra as measured.
            for (int j = 0; j < p; j++)
            {
                means[c, j] += samples.Length == 0 ? 0 : calibration.Means[j];
            }
        }

        double[] importance = new double[p];
        for (int j = 0; j < p; j++)
        {
            importance[j] = within[j] > 0 ? Math.Sqrt(between[j] / within[j]) : 0;
        }

        return new ClassDensities(means, axes, variances, meanVariances, logPriors, [.. calibration.Counts.Select(count => count > 0)], importance);
    }

    /// <summary>Why a shrinkage has no answer, or null.</summary>
    public string? FailureOf(double shrinkage)
    {
        if (_problems.Length > 0)
        {
            return _problems[0];
        }

        bool isRegular = shrinkage > 0 || Enumerable.Range(0, Present.Length).All(
            c => !Present[c] || (Axes[c].Rows == Means.Columns && Variances[c][^1] > VarianceMin * Variances[c][0]));
        return isRegular
            ? null
            : "The covariance of a class is singular to working precision. Ask for a shrinkage above 0, or choose fewer variables.";
    }

    private static (Matrix Axes, double[] Variances) Decompose(
        MatrixView x, int[] samples, Span<double> mean, double[] between, double[] within)
    {
        var own = new Matrix(samples.Length, x.Columns);
        for (int i = 0; i < samples.Length; i++)
        {
            x.Row(samples[i]).CopyTo(own.Row(i));
        }

        ColumnMoments.Means(own.View).CopyTo(mean);
        for (int i = 0; i < samples.Length; i++)
        {
            Span<double> row = own.Row(i);
            RowKernels.Subtract(row, mean, row);
            for (int j = 0; j < row.Length; j++)
            {
                within[j] += row[j] * row[j];
            }
        }

        for (int j = 0; j < between.Length; j++)
        {
            between[j] += samples.Length * mean[j] * mean[j];
        }

        var space = PrincipalSpace.Of(own.View);
        double[] variances = new double[space.Count];
        for (int i = 0; i < samples.Length; i++)
        {
            for (int a = 0; a < variances.Length; a++)
            {
                variances[a] += space.Coordinates[i, a] * space.Coordinates[i, a] / (samples.Length - 1);
            }
        }

        return (space.Axes, variances);
    }
}
