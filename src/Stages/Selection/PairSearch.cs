using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Selection;

/// <summary>Least squares on every pair of variables, in closed form.</summary>
/// <remarks>
/// <para>
/// With all variables and the response centred and of length 1, r the correlation of variables i and j and r_i, r_j theirs
/// with the response, the pair explains R² = r_i² + (r_j - r r_i)² / (1 - r²). Correlations come in bands of variables,
/// so memory is np + 96p doubles whatever p; p(p - 1)/2 pairs cost np² and some twenty operations for each eight pairs.
/// </para>
/// <para>
/// Correlations round to about √n units in the last place, which 1 - r² of neighbouring wavelengths magnifies. So each pair has
/// a bound above and below; those that may be among the best are then fitted through the spectra themselves, and the
/// order is that of these residuals. At most <see cref="ContendersMax"/> are, the likeliest, which flat spectra alone exceed.
/// </para>
/// </remarks>
internal static class PairSearch
{
    /// <summary>The most pairs fitted through the spectra.</summary>
    public const int ContendersMax = 4096;

    /// <summary>The least part of a variable's square that the other may leave: as much as least squares needs.</summary>
    private const double OwnPartMin = GrowingCholesky.PivotMin;

    private const int BandRows = 96;
    private const double HalfUnit = 1.2e-16;

    /// <summary>Operations per second of products and of pairs, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 1e10;

    /// <summary>
    /// Seconds and bytes of a search: np² and some three for each pair; a copy of the spectra, its transpose, those that vary of it,
    /// a band and what its product borrows, and the pairs that may be among the best.
    /// </summary>
    public static Cost Estimate(int samples, int variables)
    {
        double p = variables;
        long spectra = ScratchMatrix.SizeBytes(samples, variables) + (2L * sizeof(double) * samples * variables);

        // The list, which doubles as it grows, and what its orders by reach and by residual take.
        long contenders = 2L * ContendersMax * System.Runtime.CompilerServices.Unsafe.SizeOf<Contender>();
        return new Cost(
            p * p * (samples + 3) / FlopsPerSecond,
            spectra + (sizeof(double) * (BandRows + 2L) * (variables + Lanes.Width)) + (5 * contenders)
                + (2 * MatrixProducts.BorrowedBytes(BandRows, variables, samples)));
    }

    /// <summary>The best pairs of n × p spectra for n × q responses, best first; fewer where there are not so many.</summary>
    public static (int First, int Second)[] Best(MatrixView x, MatrixView y, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        (Matrix z, int[] variables) = UnitRows(x);
        (Matrix responses, _) = UnitRows(y);
        if (responses.Rows == 0 || z.Rows < 2)
        {
            return [];
        }

        List<Contender> contenders = Screen(z, responses, count);
        for (int c = 0; c < contenders.Count; c++)
        {
            contenders[c] = contenders[c] with { Residual = Residual(z, responses, contenders[c]) };
        }

        return
        [
            .. contenders.Where(pair => !double.IsNaN(pair.Residual))
                .OrderBy(pair => pair.Residual).ThenBy(pair => pair.First).ThenBy(pair => pair.Second)
                .Take(count).Select(pair => (variables[pair.First], variables[pair.Second])),
        ];
    }

    /// <summary>The columns that vary, as rows less their mean and of length 1; which columns they are.</summary>
    private static (Matrix Rows, int[] Columns) UnitRows(MatrixView x)
    {
        double[] means = ColumnMoments.Means(x);
        using var centred = new ScratchMatrix(x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), means, centred.Span.Row(i));
        }

        var rows = new Matrix(x.Columns, x.Rows);
        Gram.Transpose(centred.View, rows.Span);
        var varying = new List<int>();
        for (int j = 0; j < rows.Rows; j++)
        {
            double square = Products.Dot(rows.Row(j), rows.Row(j));
            if (square > 0 && double.IsFinite(square))
            {
                Products.Scale(1 / Math.Sqrt(square), rows.Row(j));
                varying.Add(j);
            }
        }

        int[] columns = [.. varying];
        return (columns.Length == rows.Rows ? rows : rows.SelectRows(columns), columns);
    }

    private static List<Contender> Screen(Matrix z, Matrix responses, int count)
    {
        int p = z.Rows;
        var withResponses = new Matrix(responses.Rows, p + Lanes.Width);
        for (int l = 0; l < responses.Rows; l++)
        {
            Products.Project(z.View, responses.Row(l), withResponses.Row(l)[..p]);
        }

        // Errors of three correlations and of the products between them, for every response.
        double slack = 16 * HalfUnit * Math.Sqrt(z.Columns) * responses.Rows;
        var field = new ContenderField(count, ContendersMax, slack);
        var band = new Matrix(BandRows, p + Lanes.Width);
        for (int start = 0; start < p; start += BandRows)
        {
            int end = Math.Min(start + BandRows, p);
            MatrixProducts.TimesTransposed(
                z.View.RowBand(start, end - start),
                z.View.RowBand(start, p - start),
                new MatrixSpan(band.Values[start..], end - start, p - start, band.Columns));
            for (int i = start; i < end; i++)
            {
                Scan(i, p, band.Row(i - start), withResponses, field);
            }
        }

        return field.Finish();
    }

    /// <summary>Looks at the pairs of variable i with all later ones, eight at a time.</summary>
    private static void Scan(int i, int p, ReadOnlySpan<double> correlations, Matrix withResponses, ContenderField field)
    {
        ref double row = ref MemoryMarshal.GetReference(correlations);
        for (int j = i + 1; j < p; j += Lanes.Width)
        {
            var r = Vector512.LoadUnsafe(ref row, (nuint)j);
            Vector ownPart = Vector512.FusedMultiplyAdd(-r, r, Vector.One);
            Vector explained = Vector.Zero;
            for (int l = 0; l < withResponses.Rows; l++)
            {
                Span<double> response = withResponses.Row(l);
                var first = Vector512.Create(response[i]);
                var second = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(response), (nuint)j);
                Vector rest = Vector512.FusedMultiplyAdd(-r, first, second);
                explained = Vector512.FusedMultiplyAdd(rest, rest, Vector512.FusedMultiplyAdd(first * first, ownPart, explained));
            }

            Vector reach = explained + Vector512.Create(field.Slack);
            Vector512<double> hits = Vector512.GreaterThanOrEqual(reach, Vector512.Create(field.Threshold) * ownPart)
                & Vector512.GreaterThan(ownPart, Vector512.Create(OwnPartMin));
            for (ulong lanes = hits.ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1)
            {
                int lane = System.Numerics.BitOperations.TrailingZeroCount(lanes);
                if (j + lane < p)
                {
                    field.Offer(i, j + lane, explained.GetElement(lane), ownPart.GetElement(lane));
                }
            }
        }
    }

    /// <summary>Σ ‖residual‖² of all responses after both variables, projected one after the other; NaN where one repeats the other.</summary>
    private static double Residual(Matrix z, Matrix responses, Contender pair)
    {
        ReadOnlySpan<double> first = z.Row(pair.First);
        double[] own = z.Row(pair.Second).ToArray();
        Products.Axpy(-Products.Dot(first, own), first, own);
        Products.Axpy(-Products.Dot(first, own), first, own);
        double ownPart = Products.Dot(own, own);
        if (!(ownPart > OwnPartMin))
        {
            return double.NaN;
        }

        double sum = 0;
        double[] residual = new double[own.Length];
        for (int l = 0; l < responses.Rows; l++)
        {
            responses.Row(l).CopyTo(residual);
            for (int pass = 0; pass < 2; pass++)
            {
                Products.Axpy(-Products.Dot(first, residual), first, residual);
                Products.Axpy(-Products.Dot(own, residual) / ownPart, own, residual);
            }

            sum += Products.Dot(residual, residual);
        }

        return sum;
    }
}
