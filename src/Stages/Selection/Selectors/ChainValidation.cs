using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Inner errors of least squares on the first 1, 2, … variables of a chain.</summary>
/// <remarks>
/// <para>
/// Products of the chain's variables are summed fold by fold, and those of a calibration set are the sums of the others:
/// nothing is taken off but the mean, which is small, for variables are centred over all samples before. Its Cholesky
/// factor grows with the chain; held-out rows are carried along as coordinates, so each further variable adds what it
/// explains to the predictions and one sum gives the error. Time 2nN² for a chain of N in all folds; memory
/// <see cref="SizeBytes"/>.
/// </para>
/// <para>
/// A chain counts as far as each variable keeps <see cref="ProjectionChains.LeftMin"/> of its square in every calibration
/// set. One thread.
/// </para>
/// </remarks>
internal sealed class ChainValidation
{
    private readonly int[] _starts;
    private readonly int _lengthMax;
    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly Matrix _sums;
    private readonly Matrix _responseSums;
    private readonly Matrix[] _withResponses;
    private readonly Matrix _chain;
    private readonly Matrix _products;
    private readonly Matrix _factor;
    private readonly Matrix _heldOut;
    private readonly Matrix _residuals;
    private readonly Matrix _along;
    private readonly double[] _explained;
    private readonly double[] _means;
    private readonly double[] _responseMeans;

    /// <summary>Prepares the chains of some samples. Time 4np.</summary>
    public ChainValidation(SelectorSamples samples, int lengthMax)
    {
        Folds folds = samples.Folds;
        int q = samples.Y.Columns;
        _lengthMax = lengthMax;
        int[] order = [.. Enumerable.Range(0, folds.Count).SelectMany(k => folds.HeldOut(k).ToArray())];
        _starts = new int[folds.Count + 1];
        for (int k = 0; k < folds.Count; k++)
        {
            _starts[k + 1] = _starts[k] + folds.HeldOut(k).Length;
        }

        _x = Turned(samples.X, order);
        _y = Turned(samples.Y, order);
        _sums = Sums(_x);
        _responseSums = Sums(_y);
        _withResponses = [.. Enumerable.Range(0, q).Select(WithResponse)];
        _chain = new Matrix(lengthMax, samples.X.Rows);
        _products = new Matrix(folds.Count, lengthMax * lengthMax);
        _factor = new Matrix(lengthMax, lengthMax);
        _heldOut = new Matrix(lengthMax, folds.HeldOutMax);
        _residuals = new Matrix(q, folds.HeldOutMax);
        _along = new Matrix(q, lengthMax);
        _explained = new double[folds.HeldOutMax];
        _means = new double[lengthMax];
        _responseMeans = new double[q];
    }

    private int FoldCount => _starts.Length - 1;

    /// <summary>Bytes beside the samples, for one response.</summary>
    public static long SizeBytes(long samples, long variables, long lengthMax)
    {
        long folds = SelectorSamples.FoldCount;
        long turned = 3 * samples * (variables + 1);
        long scratch = ((folds + 1) * lengthMax * lengthMax) + (lengthMax * ((2 * samples) + 3)) + (2 * samples);
        return sizeof(double) * (turned + (2 * folds * (variables + 1)) + scratch);
    }

    /// <summary>Sums of squared inner errors with the first 1, 2, … variables of a chain.</summary>
    /// <param name="chain">Variables, at most as many as was said.</param>
    /// <param name="errors">As many values at least.</param>
    /// <returns>How many of the errors count.</returns>
    public int Evaluate(ReadOnlySpan<int> chain, Span<double> errors)
    {
        errors.Clear();
        Multiply(chain);
        for (int k = 0; k < FoldCount; k++)
        {
            chain = chain[..AddFold(k, chain, errors)];
        }

        return chain.Length;
    }

    /// <summary>Columns as rows, less their mean, samples in some order.</summary>
    private static Matrix Turned(Matrix values, int[] order)
    {
        double[] means = ColumnMoments.Means(values.View);
        Matrix ordered = values.SelectRows(order);
        for (int i = 0; i < ordered.Rows; i++)
        {
            RowKernels.Subtract(ordered.Row(i), means, ordered.Row(i));
        }

        var turned = new Matrix(ordered.Columns, ordered.Rows);
        Gram.Transpose(ordered.View, turned.Span);
        return turned;
    }

    private Matrix Sums(Matrix turned)
    {
        var sums = new Matrix(FoldCount, turned.Rows);
        for (int k = 0; k < FoldCount; k++)
        {
            for (int j = 0; j < turned.Rows; j++)
            {
                sums[k, j] = RowKernels.SumOfDifferences(OfFold(turned, j, k), 0);
            }
        }

        return sums;
    }

    private Matrix WithResponse(int response)
    {
        var products = new Matrix(FoldCount, _x.Rows);
        for (int k = 0; k < FoldCount; k++)
        {
            for (int j = 0; j < _x.Rows; j++)
            {
                products[k, j] = Products.Dot(OfFold(_x, j, k), OfFold(_y, response, k));
            }
        }

        return products;
    }

    private ReadOnlySpan<double> OfFold(Matrix turned, int row, int fold) => turned.Row(row)[_starts[fold].._starts[fold + 1]];

    /// <summary>Products of the chain's variables with those up to them, fold by fold.</summary>
    private void Multiply(ReadOnlySpan<int> chain)
    {
        for (int s = 0; s < chain.Length; s++)
        {
            _x.Row(chain[s]).CopyTo(_chain.Row(s));
        }

        for (int k = 0; k < FoldCount; k++)
        {
            for (int s = 0; s < chain.Length; s++)
            {
                MatrixView upTo = _chain.View.Block(0, _starts[k], s + 1, _starts[k + 1] - _starts[k]);
                Products.Project(upTo, OfFold(_chain, s, k), _products.Row(k).Slice(s * _lengthMax, s + 1));
            }
        }
    }

    /// <summary>Adds the errors of one fold; returns how many variables its calibration samples tell apart.</summary>
    private int AddFold(int k, ReadOnlySpan<int> chain, Span<double> errors)
    {
        int heldOut = _starts[k + 1] - _starts[k];
        double count = _x.Columns - heldOut;
        for (int l = 0; l < _y.Rows; l++)
        {
            _responseMeans[l] = SumOfOthers(_responseSums, k, l) / count;
            RowKernels.ShiftAndScale(OfFold(_y, l, k), _responseMeans[l], 1, 0, _residuals.Row(l)[..heldOut]);
        }

        for (int s = 0; s < chain.Length; s++)
        {
            _means[s] = SumOfOthers(_sums, k, chain[s]) / count;
            if (!TryGrow(k, s, count))
            {
                return s;
            }

            ReadOnlySpan<double> row = _factor.Row(s);
            Span<double> coordinates = _heldOut.Row(s)[..heldOut];
            RowKernels.ShiftAndScale(OfFold(_chain, s, k), _means[s], 1, 0, coordinates);
            Span<double> explained = _explained.AsSpan(0, heldOut);
            Products.TransposedTimes(_heldOut.View.Block(0, 0, s, heldOut), row[..s], explained);
            RowKernels.Subtract(coordinates, explained, coordinates);
            Products.Scale(1 / row[s], coordinates);
            for (int l = 0; l < _y.Rows; l++)
            {
                double along = SumOfOthers(_withResponses[l], k, chain[s]) - (count * _means[s] * _responseMeans[l]);
                for (int t = 0; t < s; t++)
                {
                    along -= row[t] * _along[l, t];
                }

                _along[l, s] = along / row[s];
                Span<double> residual = _residuals.Row(l)[..heldOut];
                Products.Axpy(-_along[l, s], coordinates, residual);
                errors[s] += Products.Dot(residual, residual);
            }
        }

        return chain.Length;
    }

    /// <summary>One more row of the Cholesky factor of the centred products outside a fold.</summary>
    private bool TryGrow(int k, int s, double count)
    {
        Span<double> row = _factor.Row(s);
        for (int t = 0; t <= s; t++)
        {
            row[t] = SumOfOthers(_products, k, (s * _lengthMax) + t);
        }

        // About the mean of all samples, so that a variable without variance here is not taken for one with a little.
        double square = row[s];
        for (int t = 0; t <= s; t++)
        {
            row[t] -= count * _means[s] * _means[t];
        }

        double left = row[s];
        for (int t = 0; t < s; t++)
        {
            ReadOnlySpan<double> earlier = _factor.Row(t);
            for (int r = 0; r < t; r++)
            {
                row[t] -= row[r] * earlier[r];
            }

            row[t] /= earlier[t];
            left -= row[t] * row[t];
        }

        row[s] = Math.Sqrt(Math.Max(0, left));
        return left > ProjectionChains.LeftMin * square;
    }

    private static double SumOfOthers(Matrix byFold, int k, int column)
    {
        double sum = 0;
        for (int other = 0; other < byFold.Rows; other++)
        {
            sum += other == k ? 0 : byFold[other, column];
        }

        return sum;
    }
}
