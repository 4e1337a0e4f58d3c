using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>The loss of a network on its calibration samples, with the gradient by all its weights.</summary>
/// <remarks>
/// Half the mean squared error, or the mean log loss of classes, plus α/2n of the squared weights, constants not among them, as in
/// scikit-learn. With one output and one hidden layer of h nodes the time is 4nrh (half of it where the inputs are triangular) and h n
/// tangents. Memory 2n doubles for each node. One thread.
/// </remarks>
internal sealed class NetworkLoss : IObjective
{
    private readonly NetworkShape _shape;
    private readonly NetworkInputs _inputs;
    private readonly Activation _activation;
    private readonly double _alpha;
    private readonly bool _isOfClasses;
    private readonly double[] _y;
    private double[] _weights = [];
    private readonly double[][] _values;
    private readonly double[][] _derivatives;
    private NetworkStart? _start;
    private double[] _slopes = [];

    /// <summary>The loss of a network.</summary>
    /// <param name="shape">The network.</param>
    /// <param name="inputs">What it learns from.</param>
    /// <param name="activation">Of hidden nodes.</param>
    /// <param name="alpha">Penalty of squared weights.</param>
    /// <param name="samplesMax">Most samples that the inputs will hold.</param>
    /// <param name="isOfClasses">Whether the outputs are scores of classes, and not numbers.</param>
    public NetworkLoss(
        NetworkShape shape, NetworkInputs inputs, Activation activation, double alpha, int samplesMax, bool isOfClasses = false)
    {
        _shape = shape;
        _inputs = inputs;
        _activation = activation;
        _alpha = alpha;
        _isOfClasses = isOfClasses;
        int room = NetworkInputs.Padded(samplesMax);
        _y = new double[checked(room * shape.Nodes[^1])];
        _values = new double[shape.LayerCount][];
        _derivatives = new double[shape.LayerCount][];
        for (int l = 0; l < shape.LayerCount; l++)
        {
            _values[l] = new double[checked(room * shape.Nodes[l + 1])];
            _derivatives[l] = new double[_values[l].Length];
        }
    }

    /// <summary>Outputs × samples where the network was last asked to predict.</summary>
    public MatrixView Predictions => new(_values[^1], _shape.Nodes[^1], _inputs.Samples, _inputs.SampleStride);

    /// <summary>Bytes beside the inputs.</summary>
    public static long SizeBytes(NetworkShape shape, long samples) =>
        2 * sizeof(double) * (samples + LayerKernels.Block) * (shape.Nodes.Skip(1).Sum() + (shape.Nodes[^1] / 2) + 1L);

    /// <summary>Takes what the samples that the inputs hold should be.</summary>
    /// <param name="y">Outputs × samples.</param>
    /// <param name="start">The start of the network to train, where it is trained in a row space.</param>
    /// <param name="weights">How much each sample counts; nothing where all count the same.</param>
    public void Begin(ReadOnlySpan<double> y, NetworkStart? start, double[]? weights = null)
    {
        int n = _inputs.Samples;
        Array.Clear(_y);
        for (int k = 0; k < _shape.Nodes[^1]; k++)
        {
            y.Slice(k * n, n).CopyTo(_y.AsSpan(k * _inputs.SampleStride));
        }

        _weights = weights ?? [];
        _start = start;
    }

    /// <summary>Predicts the samples.</summary>
    public void Forward(ReadOnlySpan<double> unknowns)
    {
        Hidden(unknowns);
        int last = _shape.LayerCount - 1;
        LayerKernels.Forward(
            _values[last - 1], _shape.Nodes[last], _inputs.SampleStride, false, _shape.Weights(unknowns, last), _shape.Stride(last), 1,
            _shape.Constants(unknowns, last), _values[last], _shape.Nodes[^1]);
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> place, Span<double> gradient)
    {
        int n = _inputs.Samples;
        int samples = _inputs.SampleStride;
        int last = _shape.LayerCount - 1;
        double each = 1.0 / n;
        double loss;
        double squares = 0;
        int top = last;
        if (_isOfClasses || _shape.Nodes[^1] > 1)
        {
            Forward(place);
            loss = each * Errors(n, samples, gradient);
        }
        else
        {
            Hidden(place);
            ReadOnlySpan<double> weights = _shape.Weights(place, last);
            Span<double> slopes = _shape.Weights(gradient, last);
            loss = OutputKernel.Evaluate(
                _activation, _values[last - 1], _y, n, weights, _shape.Constants(place, last)[0], _derivatives[last].AsSpan(0, samples),
                _derivatives[last - 1], slopes, _shape.Constants(gradient, last - 1), out _shape.Constants(gradient, last)[0]);
            squares = Penalise(slopes, weights, _alpha * each);
            top = last - 1;
        }

        squares += place[_shape.OutsideAt] * place[_shape.OutsideAt];
        for (int l = top; l > 0; l--)
        {
            int nodes = _shape.Nodes[l + 1];
            int inputs = _shape.Nodes[l];
            ReadOnlySpan<double> weights = _shape.Weights(place, l);
            Span<double> slopes = _shape.Weights(gradient, l);
            Span<double> outer = _derivatives[l].AsSpan(0, nodes * samples);
            Span<double> inner = _derivatives[l - 1].AsSpan(0, inputs * samples);
            for (int m = 0; m < nodes; m++)
            {
                ProductsWith(outer.Slice(m * samples, samples), _values[l - 1], slopes.Slice(m * inputs, inputs));
            }

            Products.Scale(each, slopes);
            squares += Penalise(slopes, weights, _alpha * each);
            LayerKernels.Forward(outer, nodes, samples, false, weights, 1, inputs, [], inner, inputs);
            Span<double> constants = _shape.Constants(gradient, l - 1);
            for (int k = 0; k < inputs; k++)
            {
                constants[k] = each * LayerKernels.Derive(
                    _activation, _values[l - 1].AsSpan(k * samples, samples), inner.Slice(k * samples, samples));
            }
        }

        squares += LayerKernels.Gradient(
            _derivatives[0], samples, _inputs.BySample, n, _inputs.VariableStride, _inputs.Space is not null, _shape.Weights(place, 0), _alpha,
            _shape.Weights(gradient, 0), _shape.Nodes[1]);
        gradient[_shape.OutsideAt] = _alpha * each * place[_shape.OutsideAt];
        return loss + (0.5 * _alpha * squares * each);
    }

    /// <summary>Whether no partial derivative by a weight of the network on the spectrum's own variables is larger than a tolerance.</summary>
    /// <remarks>
    /// The largest of N numbers is at least their length over √N and at most their length, which decides nearly always; only between the
    /// two the gradient is turned back into the variables, for rph operations.
    /// </remarks>
    public bool IsFlat(ReadOnlySpan<double> place, ReadOnlySpan<double> gradient, double tolerance)
    {
        if (_inputs.Space is null || _start is not { } start)
        {
            return IsBelow(gradient, tolerance);
        }

        double squares = Products.Dot(gradient, gradient);
        double count = start.First.Length + (_shape.OutsideAt - _shape.ConstantsAt(0));
        if (squares > tolerance * tolerance * count
            || !IsBelow(gradient[_shape.ConstantsAt(0).._shape.OutsideAt], tolerance))
        {
            return false;
        }

        if (squares <= tolerance * tolerance)
        {
            return true;
        }

        if (_slopes.Length != start.First.Length)
        {
            _slopes = new double[start.First.Length];
        }

        start.Spread(gradient, gradient[_shape.OutsideAt], _slopes);
        return IsBelow(_slopes, tolerance);
    }

    /// <summary>Errors of all outputs and their derivatives by the constants; the sum of their losses.</summary>
    private double Errors(int n, int samples, Span<double> gradient)
    {
        int last = _shape.LayerCount - 1;
        int count = _shape.Nodes[^1] * samples;
        Span<double> errors = _derivatives[last].AsSpan(0, count);
        double loss = _isOfClasses
            ? OutputErrors.OfClasses(_values[last].AsSpan(0, count), _y.AsSpan(0, count), _weights, n, samples, errors)
            : OutputErrors.OfNumbers(_values[last].AsSpan(0, count), _y.AsSpan(0, count), n, samples, errors);
        Span<double> constants = _shape.Constants(gradient, last);
        for (int k = 0; k < constants.Length; k++)
        {
            double sum = 0;
            foreach (double error in errors.Slice(k * samples, n))
            {
                sum += error;
            }

            constants[k] = sum / n;
        }

        return loss;
    }

    private static bool IsBelow(ReadOnlySpan<double> values, double tolerance)
    {
        foreach (double value in values)
        {
            if (!(Math.Abs(value) <= tolerance))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The product of one row with each row of others.</summary>
    private static void ProductsWith(ReadOnlySpan<double> row, double[] others, Span<double> target) =>
        Products.Project(new MatrixView(others, target.Length, row.Length, row.Length), row, target);

    /// <summary>Adds the derivative of the penalty; the sum of squared weights.</summary>
    private static double Penalise(Span<double> slopes, ReadOnlySpan<double> weights, double alpha)
    {
        double squares = 0;
        for (int i = 0; i < slopes.Length; i++)
        {
            slopes[i] = Math.FusedMultiplyAdd(alpha, weights[i], slopes[i]);
            squares = Math.FusedMultiplyAdd(weights[i], weights[i], squares);
        }

        return squares;
    }

    /// <summary>Values of all hidden nodes.</summary>
    private void Hidden(ReadOnlySpan<double> unknowns)
    {
        int samples = _inputs.SampleStride;
        LayerKernels.Forward(
            _inputs.ByVariable, _inputs.Variables, samples, _inputs.Space is not null, unknowns, _shape.Stride(0), 1,
            _shape.Constants(unknowns, 0), _values[0], _shape.Nodes[1]);
        LayerKernels.Activate(_activation, _values[0].AsSpan(0, samples * _shape.Nodes[1]));
        for (int l = 1; l < _shape.LayerCount - 1; l++)
        {
            LayerKernels.Forward(
                _values[l - 1], _shape.Nodes[l], samples, false, _shape.Weights(unknowns, l), _shape.Stride(l), 1,
                _shape.Constants(unknowns, l), _values[l], _shape.Nodes[l + 1]);
            LayerKernels.Activate(_activation, _values[l].AsSpan(0, samples * _shape.Nodes[l + 1]));
        }
    }
}
