using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Calibration spectra and one response, each less its mean, copied once.</summary>
/// <remarks>
/// A variable without variance has exactly its value as mean and is exactly 0 here, so every linear model gives it
/// the coefficient 0. Memory np + p + n doubles, the spectra in borrowed memory until disposal.
/// </remarks>
internal sealed class CentredCalibration : IDisposable
{
    private readonly ScratchMatrix _x;

    private CentredCalibration(ScratchMatrix x, double[] y, double[] means, double yMean, double squares)
    {
        _x = x;
        Y = y;
        Means = means;
        YMean = yMean;
        SquaredNorm = squares;
        YSquaredNorm = Products.Dot(y, y);
    }

    /// <summary>n × p spectra less their mean.</summary>
    public MatrixView X => _x.View;

    /// <summary>n responses less their mean.</summary>
    public double[] Y { get; }

    /// <summary>Means of the p variables.</summary>
    public double[] Means { get; }

    /// <summary>Mean of the response.</summary>
    public double YMean { get; }

    /// <summary>‖X‖² of the centred spectra, the trace of their cross-product.</summary>
    public double SquaredNorm { get; }

    /// <summary>‖y‖² of the centred response; exactly 0 where the response has no variance.</summary>
    public double YSquaredNorm { get; }

    /// <summary>Bytes held for n × p spectra.</summary>
    public static long SizeBytes(long n, long p) => ScratchMatrix.SizeBytes(n, p) + (sizeof(double) * (p + n));

    /// <summary>Copies and centres n × p spectra and an n × 1 response.</summary>
    /// <exception cref="StageException">A value is not a finite number.</exception>
    public static CentredCalibration Of(MatrixView x, MatrixView y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Rows, 1, nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Columns, 1, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows, nameof(y));
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Columns, 1, nameof(y));
        double[] means = ColumnMoments.Means(x);
        double[] yMean = ColumnMoments.Means(y);
        var scratch = new ScratchMatrix(x.Rows, x.Columns);
        MatrixSpan centred = scratch.Span;
        double[] yCentred = new double[x.Rows];
        double squares = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            Span<double> row = centred.Row(i);
            RowKernels.Subtract(x.Row(i), means, row);
            squares += Products.Dot(row, row);
            yCentred[i] = y[i, 0] - yMean[0];
        }

        // Whatever is not finite spoils a sum, so the search for it runs only when there is something to find.
        if (!double.IsFinite(squares) || !double.IsFinite(Products.Dot(yCentred, yCentred)))
        {
            scratch.Dispose();
            Refuse(x, y);
        }

        return new CentredCalibration(scratch, yCentred, means, yMean[0], squares);
    }

    /// <inheritdoc/>
    public void Dispose() => _x.Dispose();

    private static void Refuse(MatrixView x, MatrixView y)
    {
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                RequireFinite(x[i, j], i, string.Create(CultureInfo.InvariantCulture, $"variable {j + 1}"));
            }

            RequireFinite(y[i, 0], i, "response");
        }

        throw new StageException(
            FailureKind.Numerical,
            "The calibration values are so large that their squares overflow. Check the unit, or divide them by a power of ten.");
    }

    private static void RequireFinite(double value, int i, string where)
    {
        if (!double.IsFinite(value))
        {
            string found = value.ToString(CultureInfo.InvariantCulture);
            throw new StageException(
                FailureKind.InvalidData,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Calibration sample {i + 1}, {where}: expected a finite number, found {found}. Remove the sample or mend the value."));
        }
    }
}
