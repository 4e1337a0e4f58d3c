using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Trains one network by Adam on shuffled batches.</summary>
/// <remarks>
/// As scikit-learn's <c>MLPRegressor(solver="adam")</c>, draw for draw: start, then the split where samples judge, then a shuffle for
/// every epoch; batches of 200 or all samples; averages of gradient and squared gradient with 0.9 and 0.999, ε = 1e-8. Where one batch
/// holds all samples their order is left alone: it would change the last digits and nothing else. With early stopping the
/// weights of the epoch with the largest R² of the judging samples are kept; with fewer than two of these the loss decides.
/// Kingma and Ba (2015), ICLR. Not invariant to rotations, hence in all p variables. Time 6ph for each sample and epoch. One thread.
/// </remarks>
internal sealed class AdamTraining
{
    private readonly NetworkOptions _options;
    private readonly Mt19937 _random;
    private readonly NetworkShape _shape;
    private readonly double[] _unknowns;
    private readonly double[] _first;
    private readonly double[] _second;
    private readonly double[] _gradient;
    private readonly Matrix _x;
    private readonly double[] _y;
    private readonly NetworkInputs _batch;
    private readonly NetworkLoss _loss;
    private readonly NetworkInputs? _judges;
    private readonly NetworkLoss? _judgement;
    private readonly double[] _judgesY = [];
    private int _step;

    /// <summary>A network at its start.</summary>
    public AdamTraining(Matrix x, double[] y, NetworkOptions options, double alpha)
    {
        _options = options;
        _random = new Mt19937(options.Seed);
        _shape = new NetworkShape(x.Columns, options.Hidden, 1);
        _unknowns = NetworkStart.Draw(_random, _shape, NetworkInputs.Room(0, x.Columns), x.Columns).Unknowns.ToArray();
        _first = new double[_shape.Length];
        _second = new double[_shape.Length];
        _gradient = new double[_shape.Length];
        (_x, _y) = (x, y);
        int judging = (int)Math.Ceiling(NetworkOptions.ValidationShare * x.Rows);
        if (options.StopsEarly && judging >= 2)
        {
            int[] order = _random.Permutation(x.Rows);
            _x = x.SelectRows(order.AsSpan(judging));
            _y = [.. order.Skip(judging).Select(i => y[i])];
            _judgesY = [.. order.Take(judging).Select(i => y[i])];
            _judges = NetworkInputs.Of(x.SelectRows(order.AsSpan(0, judging)).View);
            _judgement = new NetworkLoss(_shape, _judges, options.Activation, alpha, judging);
        }

        int batch = Math.Min(NetworkOptions.BatchMax, _x.Rows);
        _batch = NetworkInputs.Room(batch, x.Columns);
        _loss = new NetworkLoss(_shape, _batch, options.Activation, alpha, batch);
    }

    /// <summary>Bytes of training on n spectra of p variables.</summary>
    public static long SizeBytes(long n, int p, NetworkOptions options)
    {
        var shape = new NetworkShape(p, options.Hidden, 1);
        long batch = Math.Min(NetworkOptions.BatchMax, n);
        return (sizeof(double) * ((6L * shape.Length) + (2 * n * p) + (4 * n)))
            + (2 * (NetworkInputs.SizeBytes(batch, p) + NetworkLoss.SizeBytes(shape, batch)));
    }

    /// <summary>Trains until the loss, or R², improves no more.</summary>
    /// <param name="observe">Is told the mean loss of every epoch.</param>
    public Network Run(Action<double>? observe = null)
    {
        double bestLoss = double.PositiveInfinity;
        double bestScore = double.NegativeInfinity;
        double[]? best = _judgement is null ? null : _unknowns.ToArray();
        int without = 0;
        int[] order = [.. Enumerable.Range(0, _x.Rows)];
        bool isOneBatch = _x.Rows <= NetworkOptions.BatchMax;
        if (isOneBatch)
        {
            _batch.Fill(_x.View);
            _loss.Begin(_y, null);
        }

        for (int epoch = 0; epoch < _options.EpochsMax && without <= NetworkOptions.Patience; epoch++)
        {
            double loss = isOneBatch ? Step() : Epoch(order);
            observe?.Invoke(loss);
            if (_judgement is null)
            {
                without = loss > bestLoss - NetworkOptions.Tolerance ? without + 1 : 0;
                bestLoss = Math.Min(loss, bestLoss);
                continue;
            }

            double score = Score(_judgement);
            without = score < bestScore + NetworkOptions.Tolerance ? without + 1 : 0;
            if (score > bestScore)
            {
                bestScore = score;
                _unknowns.CopyTo(best!, 0);
            }
        }

        // Without one judgement that is a number nothing was best, and the weights say why.
        double[] trained = best is not null && double.IsFinite(bestScore) ? best : _unknowns;
        int p = _x.Columns;
        double[] first = new double[checked(p * _options.Hidden[0])];
        for (int k = 0; k < _options.Hidden[0]; k++)
        {
            trained.AsSpan(k * _shape.Stride(0), p).CopyTo(first.AsSpan(k * p));
        }

        return Network.Of(_shape, trained, first);
    }

    /// <summary>One pass over all samples in a new order; the mean loss.</summary>
    private double Epoch(int[] order)
    {
        _random.Shuffle<int>(order);
        double sum = 0;
        double[] y = new double[NetworkOptions.BatchMax];
        for (int start = 0; start < order.Length; start += NetworkOptions.BatchMax)
        {
            ReadOnlySpan<int> rows = order.AsSpan(start, Math.Min(NetworkOptions.BatchMax, order.Length - start));
            _batch.Fill(_x.SelectRows(rows).View);
            Array.Clear(y);
            for (int i = 0; i < rows.Length; i++)
            {
                y[i] = _y[rows[i]];
            }

            _loss.Begin(y, null);
            sum += Step() * rows.Length;
        }

        return sum / order.Length;
    }

    private double Step()
    {
        double loss = _loss.Evaluate(_unknowns, _gradient);
        _step++;
        double rate = _options.Rate * Math.Sqrt(1 - Math.Pow(0.999, _step)) / (1 - Math.Pow(0.9, _step));
        Update(ref _unknowns[0], ref _gradient[0], ref _first[0], ref _second[0], (nuint)_unknowns.Length, rate);
        return loss;
    }

    /// <summary>R² of the judging samples; of responses without variance 1 where they are met exactly, else 0.</summary>
    private double Score(NetworkLoss judgement)
    {
        judgement.Forward(_unknowns);
        double mean = _judgesY.Average();
        double left = 0;
        double all = 0;
        for (int i = 0; i < _judgesY.Length; i++)
        {
            left += (_judgesY[i] - judgement.Predictions[i]) * (_judgesY[i] - judgement.Predictions[i]);
            all += (_judgesY[i] - mean) * (_judgesY[i] - mean);
        }

        return all > 0 ? 1 - (left / all) : left == 0 ? 1 : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update(ref double unknowns, ref double gradient, ref double first, ref double second, nuint n, double rate)
    {
        Vector least = Vector512.Create(1e-8);
        Vector step = Vector512.Create(rate);
        for (nuint j = 0; j < n; j += 8)
        {
            Vector g = Vector512.LoadUnsafe(ref gradient, j);
            Vector m = (Vector512.LoadUnsafe(ref first, j) * Vector512.Create(0.9)) + (g * Vector512.Create(1 - 0.9));
            Vector v = (Vector512.LoadUnsafe(ref second, j) * Vector512.Create(0.999)) + (g * g * Vector512.Create(1 - 0.999));
            m.StoreUnsafe(ref first, j);
            v.StoreUnsafe(ref second, j);
            Vector moved = Vector512.LoadUnsafe(ref unknowns, j) - (step * m / (Vector512.Sqrt(v) + least));
            moved.StoreUnsafe(ref unknowns, j);
        }
    }
}
