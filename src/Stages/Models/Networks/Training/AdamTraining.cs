using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Vector = System.Runtime.Intrinsics.Vector512<double>;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Trains one network by Adam on shuffled batches.</summary>
/// <remarks>
/// As scikit-learn's <c>MLPRegressor</c> and <c>MLPClassifier</c> with <c>solver="adam"</c>, draw for draw: start, then the split where
/// samples judge (of classes a split of our own), then a shuffle for every epoch; batches of 200 or all samples; averages of gradient and
/// squared gradient with 0.9 and 0.999, ε = 1e-8. Where one batch holds all samples their order is left alone: it would change the last
/// digits and nothing else. With early stopping the weights of the epoch with the largest R² of the judging samples, or of classes the
/// largest share of right ones, are kept; with fewer than two of these samples the loss decides.
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
    private readonly NetworkTargets _targets;
    private readonly NetworkInputs _batch;
    private readonly NetworkLoss _loss;
    private readonly NetworkInputs? _judges;
    private readonly NetworkLoss? _judgement;
    private readonly NetworkTargets? _judged;
    private int _step;

    /// <summary>A network at its start.</summary>
    public AdamTraining(Matrix x, NetworkTargets targets, NetworkOptions options, double alpha)
    {
        _options = options;
        _random = new Mt19937(options.Seed);
        _shape = new NetworkShape(x.Columns, options.Hidden, targets.Values.Rows);
        _unknowns = new NetworkStart(_shape, NetworkInputs.Room(0, x.Columns), x.Columns).Draw(_random).Unknowns.ToArray();
        _first = new double[_shape.Length];
        _second = new double[_shape.Length];
        _gradient = new double[_shape.Length];
        (_x, _targets) = (x, targets);
        int judging = (int)Math.Ceiling(NetworkOptions.ValidationShare * x.Rows);
        if (options.StopsEarly && judging >= 2
            && targets.Split(_random.Permutation(x.Rows), judging) is { Judges.Length: >= 2 } split)
        {
            _x = x.SelectRows(split.Learners);
            _targets = targets.Some(split.Learners);
            _judged = targets.Some(split.Judges);
            _judges = NetworkInputs.Of(x.SelectRows(split.Judges).View);
            _judgement = new NetworkLoss(_shape, _judges, options.Activation, alpha, split.Judges.Length, targets.IsOfClasses);
        }

        int batch = Math.Min(NetworkOptions.BatchMax, _x.Rows);
        _batch = NetworkInputs.Room(batch, x.Columns);
        _loss = new NetworkLoss(_shape, _batch, options.Activation, alpha, batch, targets.IsOfClasses);
    }

    /// <summary>Bytes of training on n spectra of p variables.</summary>
    public static long SizeBytes(long n, int p, NetworkOptions options, int outputs = 1)
    {
        var shape = new NetworkShape(p, options.Hidden, outputs);
        long batch = Math.Min(NetworkOptions.BatchMax, n);
        return (sizeof(double) * ((6L * shape.Length) + (2 * n * p) + (4 * n) + (2L * outputs * n)))
            + (2 * (NetworkInputs.SizeBytes(batch, p) + NetworkLoss.SizeBytes(shape, batch)));
    }

    /// <summary>Trains until the loss, or the judgement of the samples set apart, improves no more.</summary>
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
            _loss.Begin(_targets.Values.Values, null, _targets.Weights);
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

            _judgement.Forward(_unknowns);
            double score = _judged!.Score(_judgement.Predictions);
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
        for (int start = 0; start < order.Length; start += NetworkOptions.BatchMax)
        {
            ReadOnlySpan<int> rows = order.AsSpan(start, Math.Min(NetworkOptions.BatchMax, order.Length - start));
            _batch.Fill(_x.SelectRows(rows).View);
            NetworkTargets some = _targets.Some(rows);
            _loss.Begin(some.Values.Values, null, some.Weights);
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
