using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>Squared distances between calibration spectra with their response: all that a radial kernel needs of them.</summary>
/// <remarks>
/// Distances come from cross-products about any reference, d²_ij = g_ii + g_jj - 2g_ij: near the spectra it costs the digits of
/// their scatter, not of their offset. A width is a multiple of the median distance between calibration samples, so the
/// same widths fit spectra of any unit; where more than half of the distances are 0, of the root mean square distance instead.
/// Memory m² doubles for m samples, 5m²/2 while they are made. Immutable, safe for several threads.
/// </remarks>
internal sealed class KernelCalibration
{
    /// <summary>Seconds for each element of m × m: a distance that is made and sorted into its half, a value of the kernel, and each λ's way back.</summary>
    private const double SecondsPerDistance = 1e-8;

    private const double SecondsPerExponential = 1.5e-9;

    private const double SecondsPerWeight = 1.5e-10;

    private readonly Matrix _squared;

    private KernelCalibration(Matrix squared, double[] y, double yMean)
    {
        _squared = squared;
        Y = y;
        YMean = yMean;
        Median = MedianDistance(squared);
    }

    /// <summary>d² of any two calibration samples, in the lower half.</summary>
    public Matrix Squared => _squared;

    /// <summary>Responses less their mean.</summary>
    public double[] Y { get; }

    /// <summary>Mean of the response.</summary>
    public double YMean { get; }

    /// <summary>The unit of widths: the median distance, positive.</summary>
    public double Median { get; }

    /// <summary>Bytes while m samples of a Gram matrix that is there anyway are decomposed for one width after the other.</summary>
    public static long SizeBytes(long samples) => (sizeof(double) * samples * samples) + Tridiagonal.SizeBytes(samples);

    /// <summary>Bytes of the same where the Gram matrix has to be made first and what was needed before may not be collected yet.</summary>
    public static long SizeBytesWithGram(long samples) => 
        SizeBytes(samples) + (3 * sizeof(double) * samples * samples / 2)
        + MatrixProducts.BorrowedBytes(samples, 0, MatrixProducts.RowBlock);

    /// <summary>Seconds of distances, their median, and of the decompositions and weights made of them, on one core; feeds estimates alone.</summary>
    public static double Seconds(double samples, int widths, int settings)
    {
        double squares = samples * samples;
        return (SecondsPerDistance * squares)
            + (widths * (Tridiagonal.Seconds(samples) + (SecondsPerExponential * squares)))
            + (settings * SecondsPerWeight * squares);
    }

    /// <summary>The calibration rows of a fold, from products about the fold's reference.</summary>
    public static KernelCalibration Of(SharedRows rows, MatrixView gram) =>
        new(Distances(gram, rows.Calibration), rows.Y, rows.YMean);

    /// <summary>A centred calibration set.</summary>
    public static KernelCalibration Of(CentredCalibration calibration) =>
        new(SquaredDistances(calibration.X), calibration.Y, calibration.YMean);

    /// <summary>d² of any two of n centred spectra, in the lower half. Time n²p.</summary>
    public static Matrix SquaredDistances(MatrixView centred)
    {
        int n = centred.Rows;
        var gram = new Matrix(n, n);
        Gram.OfRows(centred, gram.Span);
        return Distances(gram.View, [.. Enumerable.Range(0, n)]);
    }

    /// <summary>c of the kernel exp(-c d²) of a width: 1 / (2 (width × median)²).</summary>
    public double Factor(double width) => 1 / (2 * width * Median * width * Median);

    /// <summary>The kernel matrix of a width in tridiagonal form. Time m²/4 ns + 4m³/3.</summary>
    public Tridiagonal Decompose(double width)
    {
        int m = _squared.Rows;
        var kernel = new Matrix(m, m, GC.AllocateUninitializedArray<double>(checked(m * m)));
        for (int i = 0; i < m; i++)
        {
            Exponential.OfNegative(Factor(width), _squared.Row(i)[..(i + 1)], kernel.Row(i)[..(i + 1)]);
        }

        return new Tridiagonal(kernel);
    }

    /// <summary>d² of one row of a Gram matrix to others.</summary>
    public static void Distances(MatrixView gram, int row, ReadOnlySpan<int> others, Span<double> squared)
    {
        double own = gram[row, row];
        ReadOnlySpan<double> products = gram.Row(row);
        for (int j = 0; j < others.Length; j++)
        {
            squared[j] = Math.Max(0, (own + gram[others[j], others[j]]) - (2 * products[others[j]]));
        }
    }

    private static Matrix Distances(MatrixView gram, int[] rows)
    {
        var squared = new Matrix(rows.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            Distances(gram, rows[i], rows.AsSpan(0, i), squared.Row(i));
        }

        return squared;
    }

    private static double MedianDistance(Matrix squared)
    {
        int m = squared.Rows;
        double[] all = new double[m * (m - 1) / 2];
        double sum = 0;
        for (int i = 0, next = 0; i < m; i++)
        {
            for (int j = 0; j < i; j++, next++)
            {
                all[next] = squared[i, j];
                sum += squared[i, j];
            }
        }

        if (sum == 0)
        {
            return 1;
        }

        int count = all.Length;
        double upper = OrderStatistic.Of(all, count / 2);
        double lower = count % 2 == 1 ? upper : OrderStatistic.Of(all.AsSpan(0, count / 2), (count / 2) - 1);
        double median = (Math.Sqrt(lower) + Math.Sqrt(upper)) / 2;
        return median > 0 ? median : Math.Sqrt(sum / count);
    }
}
