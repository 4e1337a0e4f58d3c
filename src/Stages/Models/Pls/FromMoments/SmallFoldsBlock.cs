using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls.FromMoments;

/// <summary>The fits of neighbouring small folds on what lies outside them all, and on each other's rows.</summary>
/// <remarks>See <see cref="SmallFoldsPls"/>. One thread.</remarks>
internal sealed class SmallFoldsBlock : IDisposable
{
    private readonly PlsQuestion _question;
    private readonly PlsAnswers _answers;
    private readonly SplitResponses _responses;
    private readonly Moments _outside;
    private readonly int[] _rows;
    private readonly int[] _splits;
    private readonly ScratchMatrix _z;
    private readonly ScratchMatrix _shifts;
    private readonly Matrix _zy;
    private readonly MomentsFit[] _fits;

    /// <summary>Prepares the fits of some splits whose folds consist of these rows.</summary>
    public SmallFoldsBlock(
        Matrix x, PlsQuestion question, PlsAnswers answers, SplitResponses responses, Moments outside, int[] rows, int[] splits)
    {
        _question = question;
        _answers = answers;
        _responses = responses;
        _outside = outside;
        _rows = rows;
        _splits = splits;
        _z = new ScratchMatrix(rows.Length, x.Columns);
        _zy = new Matrix(rows.Length, question.Y.Columns);
        _shifts = new ScratchMatrix(splits.Length, x.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            RowKernels.Subtract(x.Row(rows[i]), outside.XMeans, _z.Span.Row(i));
            RowKernels.Subtract(question.Y.Row(rows[i]), outside.YMeans, _zy.Row(i));
        }

        _fits = [.. Enumerable.Range(0, splits.Length).SelectMany(MakeFits)];
    }

    /// <summary>Finds the components of all fits, side by side.</summary>
    public void Run(bool[] needsDirect)
    {
        int p = _outside.XMeans.Length;
        using var directions = new ScratchMatrix(_fits.Length, p);
        using var products = new ScratchMatrix(_fits.Length, p);
        using var scores = new ScratchMatrix(_fits.Length, _rows.Length);
        for (int f = 0; f < _fits.Length; f++)
        {
            _answers.Begin(Number(f), _responses);
        }

        while (_fits.Any(fit => fit.IsActive))
        {
            MomentsPls.CopyDirections(_fits, directions.Span);
            MatrixProducts.Times(directions.View, _outside.XX.View, products.Span);
            MatrixProducts.TimesTransposed(directions.View, _z.View, scores.Span);
            double[][] heldOut = [.. Enumerable.Range(0, _fits.Length).Select(f => TakeHeldOut(f, directions.View.Row(f), scores.Span.Row(f)))];
            MatrixProducts.Times(scores.View, _z.View, products.Span, ProductSum.Add);
            for (int f = 0; f < _fits.Length; f++)
            {
                Advance(f, products.View.Row(f), heldOut[f]);
            }
        }

        for (int f = 0; f < _fits.Length; f++)
        {
            needsDirect[Number(f)] = _fits[f].NeedsDirect;
            if (_question.WantsCoefficients)
            {
                Keep(f);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _z.Dispose();
        _shifts.Dispose();
        Array.ForEach(_fits, fit => fit.Dispose());
    }

    private int Number(int f) => (_splits[f / _question.FitsPerSplit] * _question.FitsPerSplit) + (f % _question.FitsPerSplit);

    private bool IsHeldOut(int s, int i) =>
        _question.Folds.FoldOfSample[_rows[i]] == _question.Splits[_splits[s]].HeldOut;

    private MomentsFit[] MakeFits(int s)
    {
        int p = _outside.XMeans.Length;
        int q = _zy.Columns;
        int[] added = [.. Enumerable.Range(0, _rows.Length).Where(i => !IsHeldOut(s, i))];
        long count = _outside.Count + added.Length;
        Span<double> shift = _shifts.Span.Row(s);
        double[] yShift = new double[q];
        shift.Clear();
        foreach (int i in added)
        {
            Products.Axpy(1.0 / count, _z.View.Row(i), shift);
            Products.Axpy(1.0 / count, _zy.Row(i), yShift);
        }

        var covariance = new Matrix(q, p);
        Gram.Transpose(_outside.XY.View, covariance.Span);
        double[] squares = new double[p];
        double[] ySquares = new double[q];
        for (int j = 0; j < p; j++)
        {
            squares[j] = _outside.UpperXX[j, j];
        }

        // Rows about the new mean and the share of the others in its move: sums of squares alone, so no digit is lost.
        double[] row = new double[p];
        foreach (int i in added)
        {
            RowKernels.Subtract(_z.View.Row(i), shift, row);
            RowKernels.AddSquares(_z.View.Row(i), shift, squares);
            RowKernels.AddSquares(_zy.Row(i), yShift, ySquares);
            for (int l = 0; l < q; l++)
            {
                Products.Axpy(_zy[i, l] - yShift[l], row, covariance.Row(l));
            }
        }

        for (int l = 0; l < q; l++)
        {
            Products.Axpy(_outside.Count * yShift[l], shift, covariance.Row(l));
            ySquares[l] += _outside.YY[l, l] + (_outside.Count * yShift[l] * yShift[l]);
        }

        for (int j = 0; j < p; j++)
        {
            squares[j] += _outside.Count * shift[j] * shift[j];
        }

        double[] scales = _question.Autoscales ? Scales(squares, count) : [];
        double xSquares = 0;
        for (int j = 0; j < p; j++)
        {
            double scale = _question.Autoscales ? scales[j] : 1;
            xSquares += squares[j] * scale * scale;
        }

        int perFit = _question.ResponsesPerFit;
        return [.. Enumerable.Range(0, _question.FitsPerSplit).Select(f => new MomentsFit(
            covariance.View.RowBand(f * perFit, perFit),
            xSquares,
            ySquares.AsSpan(f * perFit, perFit).ToArray().Sum(),
            count,
            _question.Components,
            scales))];
    }

    private static double[] Scales(double[] squares, long count) =>
        [.. squares.Select(square => square > 0 && count > 1 ? 1 / Math.Sqrt(square / (count - 1)) : 1)];

    /// <summary>Takes the mean off the scores of a fit, hands those held out over, and leaves them out of the sum.</summary>
    private double[] TakeHeldOut(int f, ReadOnlySpan<double> direction, Span<double> scores)
    {
        int s = f / _question.FitsPerSplit;
        double offset = Products.Dot(_shifts.View.Row(s), direction);
        double[] heldOut = new double[_question.Folds.HeldOut(_question.Splits[_splits[s]].HeldOut).Length];
        int found = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] -= offset;
            if (IsHeldOut(s, i))
            {
                heldOut[found++] = scores[i];
                scores[i] = 0;
            }
        }

        return heldOut;
    }

    private void Advance(int f, ReadOnlySpan<double> product, double[] heldOut)
    {
        MomentsFit fit = _fits[f];
        if (!fit.IsActive)
        {
            return;
        }

        int before = fit.Count;
        fit.Advance(product);
        if (fit.Count > before)
        {
            _answers.Add(Number(f), heldOut, fit.YLoadings(before));
        }
    }

    private void Keep(int f)
    {
        int s = f / _question.FitsPerSplit;
        double[] means = new double[_outside.XMeans.Length];
        RowKernels.AddMultiple(_outside.XMeans, 1, _shifts.View.Row(s), means);
        MomentsPls.Keep(_fits[f], Number(f), _question, means, _responses, _answers);
    }
}
