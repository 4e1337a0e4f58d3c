using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.Dual;

/// <summary>One fit of the dual form: its scores, and how far they can be believed.</summary>
internal sealed class DualFit : IDisposable
{
    private readonly PlsQuestion _question;
    private readonly SplitResponses _responses;
    private readonly PlsAnswers _answers;
    private readonly DualWatch _watch;
    private readonly int _fit;
    private readonly int _componentsMax;
    private readonly int[] _heldOut;
    private readonly ScratchMatrix _mask;
    private readonly ScratchMatrix _scores;
    private readonly ScratchMatrix _heldOutScores;
    private readonly double[] _scoreSquares;
    private readonly double[] _along;
    private readonly double[] _parts;
    private readonly double[] _direction;
    private readonly double _trace;
    private readonly double _calibrationCount;
    private int _found;

    public DualFit(PlsQuestion question, SplitResponses responses, PlsAnswers answers, MatrixView gram, int fit, DualWatch watch)
    {
        _question = question;
        _responses = responses;
        _answers = answers;
        _watch = watch;
        _fit = fit;
        int n = gram.Rows;
        int width = RowKernels.PaddedLength(n);
        FoldSplit split = question.Splits[question.SplitOf(fit)];
        _heldOut = question.Folds.HeldOut(split.HeldOut).ToArray();
        _componentsMax = responses.ComponentsMax(fit, int.MaxValue);
        _calibrationCount = responses.CalibrationCount(question.SplitOf(fit));
        _mask = new ScratchMatrix(1, width);
        _scores = new ScratchMatrix(_componentsMax, width);
        _heldOutScores = new ScratchMatrix(_componentsMax, _heldOut.Length);
        _scoreSquares = new double[_componentsMax];
        _along = new double[_componentsMax];
        _parts = new double[width];
        _direction = new double[question.ResponsesPerFit];
        Span<double> mask = _mask.Values;
        mask.Clear();
        for (int i = 0; i < n; i++)
        {
            if (split.Calibrates(question.Folds.FoldOfSample[i]))
            {
                mask[i] = 1;
                _trace += gram[i, i];
            }
        }
    }

    /// <summary>Whether another component is to be found.</summary>
    public bool IsActive { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mask.Dispose();
        _scores.Dispose();
        _heldOutScores.Dispose();
    }

    /// <summary>Writes the centred responses into the rows of E from <paramref name="row"/> on.</summary>
    public void Begin(MatrixSpan residuals, int row)
    {
        _answers.Begin(_fit, _responses);
        IsActive = _componentsMax > 0;
        for (int l = 0; l < _question.ResponsesPerFit; l++)
        {
            Span<double> e = residuals.Row(row + l);
            for (int i = 0; i < _question.Y.Rows; i++)
            {
                e[i] = _responses.Centred(_fit, l, i);
            }
        }
    }

    /// <summary>The next component from the rows of U = G E from <paramref name="row"/> on; E is deflated.</summary>
    public void Advance(MatrixSpan residuals, MatrixSpan products, int row)
    {
        int q = _question.ResponsesPerFit;
        Span<double> t = _scores.Span.Row(_found);
        Span<double> held = _heldOutScores.Span.Row(_found);
        double residualSquares = 0;
        for (int l = 0; l < q; l++)
        {
            Span<double> u = products.Row(row + l);
            Centre(u);
            residualSquares += Products.Dot(residuals.Row(row + l), residuals.Row(row + l));
        }

        double covariance = Combine(residuals, products, row, t, held);

        // Twice: once leaves the rounding of the large first scores in the small ones that follow.
        MakeOrthogonal(t, held);
        MakeOrthogonal(t, held);
        double tTt = Products.Dot(t, t);
        IsActive = _watch.Look(_fit, covariance, _trace, residualSquares, tTt);
        if (!IsActive)
        {
            return;
        }

        Span<double> yLoadings = stackalloc double[q];
        for (int l = 0; l < q; l++)
        {
            Span<double> e = residuals.Row(row + l);
            yLoadings[l] = Products.Dot(t, e) / tTt;
            Products.Axpy(-yLoadings[l], t, e);
        }

        bool isSound = _watch.Weigh(_fit, Products.Dot(yLoadings, yLoadings), tTt, _responses.SquaredNorm(_fit));
        _answers.Add(_fit, held, yLoadings);
        _scoreSquares[_found++] = tTt;
        IsActive = isSound && _found < _componentsMax;
    }

    /// <summary>Takes the calibration mean off all samples.</summary>
    private void Centre(Span<double> u)
    {
        double mean = Products.Dot(_mask.Values, u) / _calibrationCount;
        RowKernels.ShiftAndScale(u, mean, 1, 0, u);
    }

    /// <summary>The score before it is made orthogonal: U v, on calibration samples and held-out ones.</summary>
    /// <returns>‖XᵀE v‖², the squared covariance.</returns>
    private double Combine(MatrixSpan residuals, MatrixSpan products, int row, Span<double> t, Span<double> held)
    {
        int q = _question.ResponsesPerFit;
        _direction[0] = 1;
        if (q > 1)
        {
            FindDirection(residuals, products, row);
        }

        Span<double> u = products.Row(row);
        Products.Scale(_direction[0], u);
        for (int l = 1; l < q; l++)
        {
            Products.Axpy(_direction[l], products.Row(row + l), u);
        }

        double covariance = 0;
        for (int l = 0; l < q; l++)
        {
            covariance += _direction[l] * Products.Dot(residuals.Row(row + l), u);
        }

        for (int i = 0; i < _heldOut.Length; i++)
        {
            held[i] = u[_heldOut[i]];
        }

        Mask(u, t);
        return covariance;
    }

    /// <summary>t = u at calibration samples, 0 elsewhere; u must be finite there.</summary>
    private void Mask(ReadOnlySpan<double> u, Span<double> t)
    {
        ref double source = ref MemoryMarshal.GetReference(u);
        ref double mask = ref MemoryMarshal.GetReference(_mask.Values);
        ref double target = ref MemoryMarshal.GetReference(t);
        for (nuint i = 0; i < (nuint)t.Length; i += Lanes.Width)
        {
            (Vector512.LoadUnsafe(ref source, i) * Vector512.LoadUnsafe(ref mask, i)).StoreUnsafe(ref target, i);
        }
    }

    /// <summary>v, the dominant eigenvector of EᵀGE = SᵀS.</summary>
    private void FindDirection(MatrixSpan residuals, MatrixSpan products, int row)
    {
        int q = _direction.Length;
        var squares = new Matrix(q, q);
        for (int l = 0; l < q; l++)
        {
            for (int m = 0; m <= l; m++)
            {
                squares[l, m] = Products.Dot(residuals.Row(row + l), products.Row(row + m));
                squares[m, l] = squares[l, m];
            }
        }

        DominantVector.Find(squares.View, _direction);
    }

    private void MakeOrthogonal(Span<double> t, Span<double> held)
    {
        if (_found == 0)
        {
            return;
        }

        Span<double> along = _along.AsSpan(0, _found);
        Products.Project(_scores.View.RowBand(0, _found), t, along);
        for (int b = 0; b < _found; b++)
        {
            along[b] /= -_scoreSquares[b];
        }

        Span<double> parts = _parts.AsSpan(0, t.Length);
        Products.TransposedTimes(_scores.View.RowBand(0, _found), along, parts);
        Products.Axpy(1, parts, t);
        parts = parts[..held.Length];
        Products.TransposedTimes(_heldOutScores.View.RowBand(0, _found), along, parts);
        Products.Axpy(1, parts, held);
    }
}
