using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>What a split is in rows of shared spectra: which are calibrated on, with their response less its mean.</summary>
/// <remarks>Memory 3n doubles or less. Immutable but for the arrays, which nobody writes to.</remarks>
internal sealed class SharedRows
{
    /// <summary>The rows of one split of shared spectra; the response is the first column.</summary>
    public SharedRows(SharedSpectra data, FoldSplit split)
    {
        Split = split;
        Calibration = split.Calibration(data.Folds);
        HeldOut = data.Folds.HeldOut(split.HeldOut).ToArray();
        Y = new double[Calibration.Length];
        double first = data.Y[Calibration[0], 0];
        double sum = 0;
        foreach (int i in Calibration)
        {
            sum += data.Y[i, 0] - first;
        }

        YMean = first + (sum / Calibration.Length);
        for (int i = 0; i < Y.Length; i++)
        {
            Y[i] = data.Y[Calibration[i], 0] - YMean;
        }
    }

    /// <summary>The split.</summary>
    public FoldSplit Split { get; }

    /// <summary>The calibration rows, ascending.</summary>
    public int[] Calibration { get; }

    /// <summary>The rows to predict, ascending.</summary>
    public int[] HeldOut { get; }

    /// <summary>The calibration responses less their mean.</summary>
    public double[] Y { get; }

    /// <summary>The mean response of the calibration rows.</summary>
    public double YMean { get; }

    /// <summary>Whether every spectrum and response is finite and their squares do not overflow.</summary>
    /// <remarks>Computations of all folds at once assume it; otherwise fold after fold says which value is at fault.</remarks>
    public static bool AreFinite(SharedSpectra data)
    {
        double squares = Products.Dot(data.Y.Values, data.Y.Values);
        for (int i = 0; i < data.X.Rows; i++)
        {
            squares += Products.Dot(data.X.Row(i), data.X.Row(i));
        }

        return double.IsFinite(squares);
    }

    /// <summary>The spectra less a reference, n × p, for the caller to dispose.</summary>
    public static ScratchMatrix About(SharedSpectra data, ReadOnlySpan<double> reference)
    {
        var shifted = new ScratchMatrix(data.X.Rows, data.X.Columns);
        for (int i = 0; i < data.X.Rows; i++)
        {
            RowKernels.Subtract(data.X.Row(i), reference, shifted.Span.Row(i));
        }

        return shifted;
    }

    /// <summary>Writes values of calibration rows to their places among all n, 0 elsewhere.</summary>
    public void Scatter(ReadOnlySpan<double> values, Span<double> all)
    {
        all.Clear();
        for (int i = 0; i < values.Length; i++)
        {
            all[Calibration[i]] = values[i];
        }
    }

    /// <summary>Predictions of the held-out rows by linear models, models × held-out rows.</summary>
    /// <param name="x">All n × p spectra about a reference.</param>
    /// <param name="b">Coefficients, one model per row.</param>
    /// <param name="mean">The calibration mean about the same reference.</param>
    public Matrix PredictHeldOut(MatrixView x, MatrixView b, ReadOnlySpan<double> mean)
    {
        var heldOut = new Matrix(HeldOut.Length, x.Columns);
        for (int i = 0; i < HeldOut.Length; i++)
        {
            x.Row(HeldOut[i]).CopyTo(heldOut.Row(i));
        }

        var yHat = new Matrix(b.Rows, HeldOut.Length);
        RowProducts.TimesTransposed(b, heldOut.View, yHat.Span);
        for (int s = 0; s < b.Rows; s++)
        {
            double offset = Products.Dot(b.Row(s), mean);
            foreach (ref double value in yHat.Row(s))
            {
                value = YMean + (value - offset);
            }
        }

        return yHat;
    }

    /// <summary>The centred Gram matrix of the calibration rows in its lower half, m × m, which is all that is written.</summary>
    /// <remarks>
    /// From products about any reference c: k_ij = g_ij - s_i - s_j + s̄ with s the mean of a row over calibration rows
    /// and s̄ the mean of those. Time 2m².
    /// </remarks>
    public void CentreGram(MatrixView gram, MatrixSpan target)
    {
        int m = Calibration.Length;
        double[] means = new double[m];
        double all = 0;
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<double> row = gram.Row(Calibration[i]);
            double sum = 0;
            foreach (int j in Calibration)
            {
                sum += row[j];
            }

            means[i] = sum / m;
            all += means[i];
        }

        all /= m;
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<double> row = gram.Row(Calibration[i]);
            Span<double> centred = target.Row(i);
            for (int j = 0; j <= i; j++)
            {
                centred[j] = (row[Calibration[j]] - means[i]) - (means[j] - all);
            }
        }
    }
}
