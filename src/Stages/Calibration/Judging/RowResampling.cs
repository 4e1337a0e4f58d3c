using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>Bootstrap and paired test of candidates from their out-of-fold predictions, all on the same resamples.</summary>
/// <remarks>
/// <para>
/// Every figure is a function of sums over samples, and a resample takes unit u w_u times: with W replicates × units and
/// S units × sums, all replicates of all candidates are the product WS. Time (B + F) U (2R + 3) for B replicates, F flips,
/// U units and R candidates; memory <see cref="BlockRows"/> U + U (2R + 3) + 3RB doubles.
/// </para>
/// <para>
/// Bootstrap of residuals by case, groups drawn with replacement: Efron and Tibshirani (1993), chapters 6 and 13. Paired
/// test: d is the difference of squared errors of a candidate and the best, summed over a unit; were both equally good, the
/// sign of each d would be drawn by lot, and p = (1 + #{Σ±d ≥ Σd}) / (1 + F), one-sided. Van der Voet (1994), Chemometrics
/// and Intelligent Laboratory Systems 25, 313-323.
/// </para>
/// </remarks>
internal static class RowResampling
{
    /// <summary>The most candidates that are judged; what lies below the hundredth place decides nothing.</summary>
    public const int RowsMax = 100;

    /// <summary>Random signs of the paired test.</summary>
    public const int FlipCount = 999;

    /// <summary>Replicates that are drawn before their products are formed.</summary>
    private const int BlockRows = 64;

    /// <summary>Equal sums differ by their rounding, relative to what was added up.</summary>
    private const double Rounding = 1e-12;

    /// <summary>Judges some candidates, the best first.</summary>
    /// <param name="y">n references.</param>
    /// <param name="predictions">n out-of-fold predictions of each candidate.</param>
    /// <param name="groups">The group of every sample.</param>
    /// <param name="folds">Key of the folds, which seeds the draws.</param>
    /// <param name="replicates">Bootstrap replicates, B, at least 1.</param>
    /// <param name="ranking">By what the candidates rank, in the same order.</param>
    public static ImmutableArray<RowJudgement> Judge(
        ReadOnlySpan<double> y,
        IReadOnlyList<ImmutableArray<double>> predictions,
        SampleGroups groups,
        Fingerprint folds,
        int replicates,
        RankingLine ranking)
    {
        var units = ResamplingUnits.Of(groups, folds);
        var sums = new UnitSums(y, predictions, units);
        var figures = new Replicates(predictions.Count, replicates);
        Pcg64 draws = Draws.For("bootstrap", folds);
        Visit(sums.Values, replicates, weights => Draw(draws, weights), (replicate, totals) => figures.Take(replicate, totals, ranking));
        double[] p = Against(sums, folds);
        return
        [
            .. Enumerable.Range(0, predictions.Count).Select(r => new RowJudgement(
                Interval.Of(figures.Rmse(r)),
                Interval.Of(figures.RSquared(r)),
                Interval.Of(figures.Bias(r)),
                p[r],
                figures.TimesFirst[r] / (double)replicates)),
        ];
    }

    /// <summary>p of every candidate against the first.</summary>
    private static double[] Against(UnitSums sums, Fingerprint folds)
    {
        (Matrix differences, double[] totals, double[] scales) = sums.Differences();
        int[] asLarge = new int[totals.Length];
        Pcg64 draws = Draws.For("signs", folds);
        Visit(differences, FlipCount, weights => Flip(draws, weights), (_, flipped) =>
        {
            for (int r = 0; r < asLarge.Length; r++)
            {
                asLarge[r] += flipped[r] >= totals[r] - (Rounding * scales[r]) ? 1 : 0;
            }
        });
        return [.. asLarge.Select(count => (1 + count) / (1.0 + FlipCount))];
    }

    /// <summary>Forms the sums of every replicate, block after block.</summary>
    private static void Visit(Matrix sums, int count, Action<Matrix> draw, VisitTotals visit)
    {
        for (int start = 0; start < count; start += BlockRows)
        {
            // One shape for all blocks but the last keeps the products alike; a total's sum runs over units in one order anyway.
            var weights = new Matrix(Math.Min(BlockRows, count - start), sums.Rows);
            draw(weights);
            var totals = new Matrix(weights.Rows, sums.Columns);
            MatrixProducts.Times(weights.View, sums.View, totals.Span);
            for (int b = 0; b < totals.Rows; b++)
            {
                visit(start + b, totals.Row(b));
            }
        }
    }

    /// <summary>How often each unit is drawn, with replacement.</summary>
    private static void Draw(Pcg64 draws, Matrix weights)
    {
        for (int b = 0; b < weights.Rows; b++)
        {
            Span<double> row = weights.Row(b);
            for (int draw = 0; draw < row.Length; draw++)
            {
                row[draws.NextInt(row.Length)]++;
            }
        }
    }

    private static void Flip(Pcg64 draws, Matrix signs)
    {
        for (int b = 0; b < signs.Rows; b++)
        {
            Span<double> row = signs.Row(b);
            ulong bits = 0;
            for (int u = 0; u < row.Length; u++)
            {
                bits = u % 64 == 0 ? draws.NextUInt64() : bits >> 1;
                row[u] = (bits & 1) == 0 ? 1 : -1;
            }
        }
    }

    private delegate void VisitTotals(int replicate, ReadOnlySpan<double> totals);

    /// <summary>The sums of every unit: R squared errors, R errors, samples, y and y² less the mean.</summary>
    private sealed class UnitSums
    {
        private readonly int _rows;

        public UnitSums(ReadOnlySpan<double> y, IReadOnlyList<ImmutableArray<double>> predictions, ResamplingUnits units)
        {
            _rows = predictions.Count;
            Values = new Matrix(units.Count, (2 * _rows) + 3);
            double[] one = new double[y.Length];
            double mean = 0;
            foreach (double value in y)
            {
                mean += value / y.Length;
            }

            for (int r = 0; r < _rows; r++)
            {
                for (int i = 0; i < one.Length; i++)
                {
                    one[i] = predictions[r][i] - y[i];
                }

                units.Sum(one, Values.Span, _rows + r);
                for (int i = 0; i < one.Length; i++)
                {
                    one[i] *= one[i];
                }

                units.Sum(one, Values.Span, r);
            }

            Array.Fill(one, 1);
            units.Sum(one, Values.Span, 2 * _rows);
            for (int i = 0; i < one.Length; i++)
            {
                one[i] = y[i] - mean;
            }

            units.Sum(one, Values.Span, (2 * _rows) + 1);
            for (int i = 0; i < one.Length; i++)
            {
                one[i] *= one[i];
            }

            units.Sum(one, Values.Span, (2 * _rows) + 2);
        }

        public Matrix Values { get; }

        /// <summary>Squared errors of each candidate less those of the first, by unit; their sums; and the sums of their sizes.</summary>
        public (Matrix Differences, double[] Totals, double[] Scales) Differences()
        {
            var differences = new Matrix(Values.Rows, _rows);
            double[] totals = new double[_rows];
            double[] scales = new double[_rows];
            for (int u = 0; u < Values.Rows; u++)
            {
                for (int r = 0; r < _rows; r++)
                {
                    double d = Values[u, r] - Values[u, 0];
                    differences[u, r] = d;
                    totals[r] += d;
                    scales[r] += Math.Abs(d);
                }
            }

            return (differences, totals, scales);
        }
    }

    /// <summary>The figures of every candidate in every replicate, and who was first.</summary>
    private sealed class Replicates(int rows, int count)
    {
        private readonly double[] _rmse = new double[rows * count];
        private readonly double[] _rSquared = new double[rows * count];
        private readonly double[] _bias = new double[rows * count];

        public int[] TimesFirst { get; } = new int[rows];

        public Span<double> Rmse(int row) => _rmse.AsSpan(row * count, count);

        public Span<double> RSquared(int row) => _rSquared.AsSpan(row * count, count);

        public Span<double> Bias(int row) => _bias.AsSpan(row * count, count);

        public void Take(int replicate, ReadOnlySpan<double> totals, RankingLine ranking)
        {
            double samples = totals[2 * rows];
            double spread = totals[(2 * rows) + 2] - (totals[(2 * rows) + 1] * totals[(2 * rows) + 1] / samples);
            int first = 0;
            double best = double.PositiveInfinity;
            for (int r = 0; r < rows; r++)
            {
                double rmse = Math.Sqrt(totals[r] / samples);
                double rSquared = spread > 0 ? 1 - (totals[r] / spread) : totals[r] == 0 ? 1 : 0;
                _rmse[(r * count) + replicate] = rmse;
                _rSquared[(r * count) + replicate] = rSquared;
                _bias[(r * count) + replicate] = totals[rows + r] / samples;
                double score = ranking.Of(r, rmse, rSquared);
                if (score < best)
                {
                    best = score;
                    first = r;
                }
            }

            TimesFirst[first]++;
        }
    }
}
