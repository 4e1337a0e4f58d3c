using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>Room for one small PLS after another, each of which predicts one spectrum with every component count.</summary>
/// <remarks>
/// PLS1 on k × p spectra of which only the prediction of one more is wanted: with e the residual responses and s = Xᵀe, the score X s,
/// made orthogonal to the scores before it, is that of PLS, and the same combinations taken of the spectrum's xᵀs are its
/// scores; neither weights nor loadings are kept. Ranks end as <see cref="KernelPls"/> has it. Time 4kp for each component,
/// memory kp + 2p + A(k + 2) doubles. One thread.
/// Dayal and MacGregor (1997), J. Chemometrics 11, 73-85, of which this is algorithm 1 with y deflated in place of Xᵀy.
/// </remarks>
internal sealed class LocalFit(int neighboursMax, int variables, int componentsMax)
{
    private readonly Matrix _x = new(neighboursMax, variables);
    private readonly double[] _mean = new double[variables];
    private readonly double[] _s = new double[variables];
    private readonly double[] _e = new double[neighboursMax];
    private readonly Matrix _scores = new(componentsMax, neighboursMax);
    private readonly double[] _heldScores = new double[componentsMax];
    private readonly double[] _squares = new double[componentsMax];

    /// <summary>Doubles held.</summary>
    public static long DoubleCount(long neighbours, long variables, long components) =>
        (neighbours * variables) + (2 * variables) + neighbours + (components * (neighbours + 2));

    /// <summary>Predicts one spectrum from its neighbours.</summary>
    /// <param name="centres">The calibration spectra.</param>
    /// <param name="responses">Their responses.</param>
    /// <param name="neighbours">Which to fit, ascending.</param>
    /// <param name="spectrum">The spectrum, less the mean that was taken off the centres.</param>
    /// <param name="predictions">The prediction with 0, 1, … components; where the neighbours support fewer, with all of these.</param>
    public void Predict(
        KernelExpansion centres, ReadOnlySpan<double> responses, ReadOnlySpan<int> neighbours, ReadOnlySpan<double> spectrum, Span<double> predictions)
    {
        int k = neighbours.Length;
        Span<double> e = _e.AsSpan(0, k);
        (double xSquares, double yMean) = Centre(centres, responses, neighbours);
        double ySquares = Products.Dot(e, e);
        MatrixView x = _x.View.RowBand(0, k);
        predictions.Fill(yMean);
        for (int a = 0; a + 1 < predictions.Length && ySquares > 0; a++)
        {
            Products.TransposedTimes(x, e, _s);
            double norm = Math.Sqrt(Products.Dot(_s, _s));
            if (norm <= KernelPls.CovarianceMin * Math.Sqrt(xSquares * ySquares))
            {
                return;
            }

            Span<double> t = _scores.Row(a)[..k];
            Products.Project(x, _s, t);
            double held = Products.Dot(spectrum, _s) - Products.Dot(_mean, _s);

            // Twice: once leaves the rounding of the large first scores in the small ones that follow.
            held = MakeOrthogonal(a, t, held);
            held = MakeOrthogonal(a, t, held);
            double tTt = Products.Dot(t, t);
            if (Math.Sqrt(tTt) <= KernelPls.ScoreMin * Math.Sqrt(xSquares) * norm)
            {
                return;
            }

            double q = Products.Dot(t, e) / tTt;
            Products.Axpy(-q, t, e);
            _heldScores[a] = held;
            _squares[a] = tTt;
            predictions[(a + 1)..].Fill(Math.FusedMultiplyAdd(q, held, predictions[a]));
        }
    }

    private double MakeOrthogonal(int count, Span<double> t, double held)
    {
        for (int b = 0; b < count; b++)
        {
            ReadOnlySpan<double> earlier = _scores.Row(b)[..t.Length];
            double along = Products.Dot(earlier, t) / _squares[b];
            Products.Axpy(-along, earlier, t);
            held -= along * _heldScores[b];
        }

        return held;
    }

    /// <summary>Copies the neighbours less their mean, relative to the first: what is constant among them is exactly 0.</summary>
    private (double Squares, double YMean) Centre(KernelExpansion centres, ReadOnlySpan<double> responses, ReadOnlySpan<int> neighbours)
    {
        ReadOnlySpan<double> first = centres.Centre(neighbours[0]);
        double firstResponse = responses[neighbours[0]];
        Array.Clear(_mean);
        double sum = 0;
        foreach (int i in neighbours[1..])
        {
            RowKernels.AddDifferences(centres.Centre(i), first, _mean);
            sum += responses[i] - firstResponse;
        }

        for (int j = 0; j < _mean.Length; j++)
        {
            _mean[j] = first[j] + (_mean[j] / neighbours.Length);
        }

        double yMean = firstResponse + (sum / neighbours.Length);
        double squares = 0;
        for (int i = 0; i < neighbours.Length; i++)
        {
            Span<double> row = _x.Row(i);
            RowKernels.Subtract(centres.Centre(neighbours[i]), _mean, row);
            squares += Products.Dot(row, row);
            _e[i] = responses[neighbours[i]] - yMean;
        }

        return (squares, yMean);
    }
}
