using System.Collections.Immutable;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Descent;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Trains networks of one shape by L-BFGS on one set of spectra, one after the other.</summary>
/// <remarks>
/// Each starts from random weights of a seed of its own. As scikit-learn's <c>MLPRegressor</c> or <c>MLPClassifier</c> with
/// <c>solver="lbfgs"</c>, in the row space of the spectra where that is smaller. One thread; scratch memory is kept from one network to the next.
/// </remarks>
internal sealed class NetworkTraining
{
    private readonly NetworkShape _shape;
    private readonly NetworkLoss _loss;
    private readonly LimitedMemoryDescent _descent;
    private readonly DescentRules _rules;
    private readonly NetworkStart _start;
    private readonly double[] _unknowns;

    /// <summary>A trainer.</summary>
    /// <param name="inputs">The spectra.</param>
    /// <param name="variables">Variables of a spectrum, p.</param>
    /// <param name="hidden">Nodes of each hidden layer.</param>
    /// <param name="activation">Of hidden nodes.</param>
    /// <param name="alpha">Penalty of squared weights.</param>
    /// <param name="rules">When to end.</param>
    /// <param name="outputs">Outputs of a network.</param>
    /// <param name="isOfClasses">Whether they are scores of classes, and not numbers.</param>
    public NetworkTraining(
        NetworkInputs inputs, int variables, ImmutableArray<int> hidden, Activation activation, double alpha, DescentRules rules,
        int outputs = 1, bool isOfClasses = false)
    {
        _rules = rules;
        _shape = new NetworkShape(inputs.Variables, hidden, outputs);
        _loss = new NetworkLoss(_shape, inputs, activation, alpha, inputs.Samples, isOfClasses);
        _start = new NetworkStart(_shape, inputs, variables);
        _descent = new LimitedMemoryDescent(_shape.Length);
        _unknowns = new double[_shape.Length];
    }

    /// <summary>What the network trained last predicts for its samples, outputs × n.</summary>
    public MatrixView Predictions => _loss.Predictions;

    /// <summary>Bytes of a trainer, for networks on n samples of r inputs that p variables became.</summary>
    public static long SizeBytes(long n, long r, long p, ImmutableArray<int> hidden, int outputs = 1)
    {
        var shape = new NetworkShape((int)r, hidden, outputs);
        return NetworkLoss.SizeBytes(shape, n) + LimitedMemoryDescent.SizeBytes(shape.Length) + (sizeof(double) * ((2L * shape.Length) + (hidden[0] * p)));
    }

    /// <summary>Trains one network to predict n samples.</summary>
    /// <param name="random">Where its start comes from.</param>
    /// <param name="y">Outputs × n.</param>
    /// <param name="observe">Is told the loss after every step.</param>
    /// <param name="weights">How much each sample counts, of classes alone; nothing where all count the same.</param>
    public Network Train(Mt19937 random, ReadOnlySpan<double> y, Action<double>? observe = null, double[]? weights = null)
    {
        _start.Draw(random).Unknowns.CopyTo(_unknowns);
        _loss.Begin(y, _start, weights);
        _descent.Run(_loss, _unknowns, _rules, observe);
        _loss.Forward(_unknowns);
        return Network.Of(_shape, _unknowns, _start.Leave(_unknowns));
    }
}
