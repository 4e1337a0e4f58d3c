using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Splitting;
using Pipeline.Stages.Tests.Models.Pls;

namespace Pipeline.Stages.Tests.Selection.Selectors;

/// <summary>
/// The selectors as the papers have them, in plain loops over copies: NIPALS for every score, noise beside the spectra, projections of
/// spectra.
/// </summary>
internal static class NaiveSelectors
{
    /// <summary>Least RMSECV over numbers of components, and the number.</summary>
    public static (double Rmsecv, int Components) Score(Matrix x, Matrix y, Folds folds, int[] variables, int componentsMax)
    {
        int most = Math.Min(componentsMax, Math.Min(variables.Length, x.Rows - folds.HeldOutMax - 1));
        double[] squares = new double[most];
        Matrix some = x.SelectColumns(variables);
        for (int k = 0; k < folds.Count; k++)
        {
            int[] calibration = folds.Calibration(k);
            int[] heldOut = folds.HeldOut(k).ToArray();
            for (int l = 0; l < y.Columns; l++)
            {
                Matrix response = y.SelectColumns([l]);
                Matrix yHat = Nipals.Predict(
                    some.SelectRows(calibration), response.SelectRows(calibration), some.SelectRows(heldOut), most);
                for (int a = 0; a < most; a++)
                {
                    for (int i = 0; i < heldOut.Length; i++)
                    {
                        squares[a] += Math.Pow(yHat[a, i] - y[heldOut[i], l], 2);
                    }
                }
            }
        }

        int best = Array.IndexOf(squares, squares.Min());
        return (Math.Sqrt(squares[best] / (y.Rows * y.Columns)), best + 1);
    }

    /// <summary>Intervals added or dropped one by one.</summary>
    public static int[] Intervals(Matrix x, Matrix y, Folds folds, int intervals, bool isBackward, int componentsMax)
    {
        int[][] parts = [.. Enumerable.Range(0, intervals).Select(i => Part(x.Columns, intervals, i))];
        int[] Union(IEnumerable<int> some) => [.. some.Order().SelectMany(i => parts[i])];
        double Rmsecv(IEnumerable<int> some) => Score(x, y, folds, Union(some), componentsMax).Rmsecv;
        HashSet<int> chosen = isBackward ? [.. Enumerable.Range(0, intervals)] : [];
        double best = isBackward ? Rmsecv(chosen) : double.PositiveInfinity;
        while (true)
        {
            (HashSet<int> Some, double Rmsecv)[] tries =
            [
                .. Enumerable.Range(0, intervals).Where(i => chosen.Contains(i) == isBackward)
                    .Select(i => new HashSet<int>(isBackward ? chosen.Where(other => other != i) : chosen.Append(i)))
                    .Where(some => some.Count > 0)
                    .Select(some => (some, Rmsecv(some))),
            ];
            if (tries.Length == 0 || tries.Min(one => one.Rmsecv) >= best)
            {
                return Union(chosen);
            }

            (chosen, best) = tries.MinBy(one => one.Rmsecv);
        }
    }

    /// <summary>Competitive adaptive reweighted sampling.</summary>
    public static int[] Sampling(Matrix x, Matrix y, Folds folds, int runs, int componentsMax, ulong seed)
    {
        int p = x.Columns;
        var random = new Pcg64(seed);
        List<int> left = [.. Enumerable.Range(0, p)];
        int components = Score(x, y, folds, [.. left], componentsMax).Components;
        double best = double.PositiveInfinity;
        int[] chosen = [];
        for (int i = 1; i <= runs; i++)
        {
            int[] rows = [.. Enumerable.Range(0, x.Rows)];
            random.Shuffle(rows.AsSpan());
            rows = [.. rows.Take((int)Math.Round(0.8 * x.Rows)).Order()];
            double[] sizes = new double[p];
            for (int l = 0; l < y.Columns; l++)
            {
                double[] b = Coefficients(x.SelectRows(rows).SelectColumns([.. left]), y.SelectRows(rows).SelectColumns([l]), components);
                for (int j = 0; j < b.Length; j++)
                {
                    sizes[left[j]] += Math.Abs(b[j]);
                }
            }

            // r = a exp(-k i).
            double a = Math.Pow(p / 2.0, 1.0 / (runs - 1));
            double k = Math.Log(p / 2.0) / (runs - 1);
            int count = (int)Math.Round(p * a * Math.Exp(-k * i));
            List<int> kept = [.. left.OrderByDescending(j => sizes[j]).Take(count).Order()];
            var drawn = new SortedSet<int>();
            for (int draw = 0; draw < count; draw++)
            {
                double at = random.NextDouble() * kept.Sum(j => sizes[j]);
                double sum = 0;
                drawn.Add(kept.First(j => (sum += sizes[j]) > at));
            }

            left = [.. drawn];
            (double rmsecv, components) = Score(x, y, folds, [.. left], componentsMax);
            if (rmsecv < best)
            {
                best = rmsecv;
                chosen = [.. left];
            }
        }

        return chosen;
    }

    /// <summary>|mean(b)| / sd(b) of the variables and of noise beside them, each part left out in turn; of several responses the largest.</summary>
    public static (double[] OfVariables, double[] OfNoise) Steadiness(Matrix x, Matrix y, Matrix noise, Folds parts, int components)
    {
        int p = x.Columns;
        var both = new Matrix(x.Rows, 2 * p);
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < p; j++)
            {
                both[i, j] = x[i, j];
                both[i, p + j] = 1e-10 * noise[i, j];
            }
        }

        double[] largest = new double[2 * p];
        for (int l = 0; l < y.Columns; l++)
        {
            double[][] b =
            [
                .. Enumerable.Range(0, parts.Count).Select(k => Coefficients(
                    both.SelectRows(parts.Calibration(k)), y.SelectRows(parts.Calibration(k)).SelectColumns([l]), components)),
            ];
            for (int j = 0; j < largest.Length; j++)
            {
                double mean = b.Average(one => one[j]);
                double deviation = Math.Sqrt(b.Sum(one => Math.Pow(one[j] - mean, 2)) / (b.Length - 1));
                largest[j] = Math.Max(largest[j], Math.Abs(mean) / deviation);
            }
        }

        return (largest[..p], largest[p..]);
    }

    /// <summary>The chain of successive projections from a variable.</summary>
    public static int[] Chain(Matrix x, int start, int length)
    {
        Matrix left = Centred(x);
        List<int> chain = [start];
        while (chain.Count < length)
        {
            double[] one = new double[x.Rows];
            left.View.CopyColumn(chain[^1], one);
            double square = one.Sum(value => value * value);
            for (int j = 0; j < x.Columns; j++)
            {
                double along = Enumerable.Range(0, x.Rows).Sum(i => one[i] * left[i, j]) / square;
                for (int i = 0; i < x.Rows; i++)
                {
                    left[i, j] -= along * one[i];
                }
            }

            chain.Add(Enumerable.Range(0, x.Columns).Except(chain).MaxBy(j => Enumerable.Range(0, x.Rows).Sum(i => left[i, j] * left[i, j])));
        }

        return [.. chain];
    }

    /// <summary>Sum of squared inner errors of least squares, by QR.</summary>
    public static double LeastSquaresError(Matrix x, Matrix y, Folds folds, int[] variables)
    {
        double sum = 0;
        Matrix some = x.SelectColumns(variables);
        for (int k = 0; k < folds.Count; k++)
        {
            int[] calibration = folds.Calibration(k);
            for (int l = 0; l < y.Columns; l++)
            {
                double[] b = PlsRegressionTests.LeastSquares(some.SelectRows(calibration), y.SelectRows(calibration).SelectColumns([l]));
                foreach (int i in folds.HeldOut(k))
                {
                    double yHat = b[0];
                    for (int j = 0; j < variables.Length; j++)
                    {
                        yHat += b[j + 1] * some[i, j];
                    }

                    sum += (yHat - y[i, l]) * (yHat - y[i, l]);
                }
            }
        }

        return sum;
    }

    /// <summary>The set of least error, of all chains and all their beginnings.</summary>
    public static int[] Projections(Matrix x, Matrix y, Folds folds, int lengthMax)
    {
        double least = double.PositiveInfinity;
        int[] chosen = [];
        for (int start = 0; start < x.Columns; start++)
        {
            int[] chain = Chain(x, start, lengthMax);
            for (int size = 1; size <= lengthMax; size++)
            {
                double error = LeastSquaresError(x, y, folds, chain[..size]);

                // Two chains may hold the same variables in another order: then errors differ by rounding alone.
                if (error < least * (1 - 1e-9))
                {
                    least = error;
                    chosen = [.. chain[..size].Order()];
                }
            }
        }

        return chosen;
    }

    /// <summary>b of PLS1 by NIPALS: W(PᵀW)⁻¹q.</summary>
    public static double[] Coefficients(Matrix x, Matrix y, int components)
    {
        Matrix e = Centred(x);
        double[] f = Centred(y).Values.ToArray();
        int p = x.Columns;
        var rotations = new List<double[]>();
        var loadings = new List<double[]>();
        double[] b = new double[p];
        for (int a = 0; a < components; a++)
        {
            double[] w = [.. Enumerable.Range(0, p).Select(j => Enumerable.Range(0, x.Rows).Sum(i => e[i, j] * f[i]))];
            double norm = Math.Sqrt(w.Sum(value => value * value));
            w = [.. w.Select(value => value / norm)];
            double[] t = [.. Enumerable.Range(0, x.Rows).Select(i => Enumerable.Range(0, p).Sum(j => e[i, j] * w[j]))];
            double square = t.Sum(value => value * value);
            double[] loading = [.. Enumerable.Range(0, p).Select(j => Enumerable.Range(0, x.Rows).Sum(i => e[i, j] * t[i]) / square)];
            double q = Enumerable.Range(0, x.Rows).Sum(i => f[i] * t[i]) / square;
            double[] r = [.. w];
            for (int c = 0; c < a; c++)
            {
                double along = loadings[c].Zip(w, (one, two) => one * two).Sum();
                r = [.. r.Zip(rotations[c], (one, two) => one - (along * two))];
            }

            for (int i = 0; i < x.Rows; i++)
            {
                f[i] -= q * t[i];
                for (int j = 0; j < p; j++)
                {
                    e[i, j] -= t[i] * loading[j];
                }
            }

            rotations.Add(r);
            loadings.Add(loading);
            b = [.. b.Zip(r, (one, two) => one + (q * two))];
        }

        return b;
    }

    private static Matrix Centred(Matrix x)
    {
        Matrix centred = x.View.ToMatrix();
        for (int j = 0; j < x.Columns; j++)
        {
            double mean = Enumerable.Range(0, x.Rows).Average(i => x[i, j]);
            for (int i = 0; i < x.Rows; i++)
            {
                centred[i, j] -= mean;
            }
        }

        return centred;
    }

    private static int[] Part(int variables, int intervals, int part)
    {
        int start = Enumerable.Range(0, part).Sum(i => (variables / intervals) + (i < variables % intervals ? 1 : 0));
        return [.. Enumerable.Range(start, (variables / intervals) + (part < variables % intervals ? 1 : 0))];
    }
}
