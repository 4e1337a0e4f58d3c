using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Classes;

/// <summary>Calibration spectra less their mean, copied once, with the class of each sample.</summary>
/// <remarks>
/// A variable without variance has exactly its value as mean and is exactly 0 here. A class without samples stays without: a
/// model gives it the probability 0. Memory np + p + 2n doubles, the spectra in borrowed memory until disposal.
/// </remarks>
internal sealed class ClassCalibration : IDisposable
{
    private readonly ScratchMatrix _x;

    private ClassCalibration(ScratchMatrix x, double[] means, int[] classes, int[] counts, double squaredNorm)
    {
        _x = x;
        Means = means;
        Classes = classes;
        Counts = counts;
        SquaredNorm = squaredNorm;
    }

    /// <summary>n × p spectra less their mean.</summary>
    public MatrixView X => _x.View;

    /// <summary>The same, for whoever owns this to write over.</summary>
    public MatrixSpan XSpan => _x.Span;

    /// <summary>Means of the p variables.</summary>
    public double[] Means { get; }

    /// <summary>The class of each of the n samples.</summary>
    public int[] Classes { get; }

    /// <summary>Samples of each of the C classes.</summary>
    public int[] Counts { get; }

    /// <summary>‖X‖² of the centred spectra.</summary>
    public double SquaredNorm { get; }

    /// <summary>Classes that have samples, g.</summary>
    public int PresentCount => Counts.Count(count => count > 0);

    /// <summary>Bytes held for n × p spectra.</summary>
    public static long SizeBytes(long n, long p) => ScratchMatrix.SizeBytes(n, p) + (sizeof(double) * (p + (2 * n)));

    /// <summary>Copies and centres n × p spectra with n × C indicators.</summary>
    /// <exception cref="StageException">A value is not a finite number, or fewer than two classes have samples.</exception>
    public static ClassCalibration Of(MatrixView x, MatrixView y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Rows, 1, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows, nameof(y));
        (int[] classes, int[] counts) = Read(y);
        double[] means = ColumnMoments.Means(x);
        var scratch = new ScratchMatrix(x.Rows, x.Columns);
        double squares = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            Span<double> row = scratch.Span.Row(i);
            RowKernels.Subtract(x.Row(i), means, row);
            squares += Products.Dot(row, row);
        }

        // Whatever is not finite spoils the sum, so the search for it runs only when there is something to find.
        if (!double.IsFinite(squares))
        {
            scratch.Dispose();
            RefuseNotFinite(x);
        }

        return new ClassCalibration(scratch, means, classes, counts, squares);
    }

    /// <summary>
    /// The weight of each sample: 1, or n/(g n_c) where every class shall count the same, as scikit-learn's
    /// <c>class_weight="balanced"</c>. They add up to n.
    /// </summary>
    public double[] Weights(bool isBalanced)
    {
        double[] weights = new double[Classes.Length];
        int present = PresentCount;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = isBalanced ? weights.Length / ((double)present * Counts[Classes[i]]) : 1;
        }

        return weights;
    }

    /// <inheritdoc/>
    public void Dispose() => _x.Dispose();

    private static (int[] Classes, int[] Counts) Read(MatrixView y)
    {
        int[] classes = new int[y.Rows];
        int[] counts = new int[y.Columns];
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = y.Row(i).IndexOf(1.0);
            if (classes[i] < 0)
            {
                throw new StageException(FailureKind.InvalidData, $"Calibration sample {i + 1} is of no class. Name its class, or remove the sample.");
            }

            counts[classes[i]]++;
        }

        return counts.Count(count => count > 0) >= 2
            ? (classes, counts)
            : throw new StageException(
                FailureKind.InvalidData,
                "The calibration samples are of one class only; there is nothing to tell apart. Use fewer folds, or add samples of another class.");
    }

    private static void RefuseNotFinite(MatrixView x)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                if (!double.IsFinite(x[i, j]))
                {
                    throw new StageException(
                        FailureKind.InvalidData,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"Calibration sample {i + 1}, variable {j + 1}: expected a finite number, found {x[i, j]}. Remove the sample or mend the value."));
                }
            }
        }

        throw new StageException(
            FailureKind.Numerical,
            "The calibration values are so large that their squares overflow. Check the unit, or divide them by a power of ten.");
    }
}
