using Pipeline.Stages.Models.Networks.Training;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks.Boosted;

/// <summary>What the networks so far leave of the targets of some samples, which the next network is fitted to.</summary>
/// <remarks>The negative derivative of a loss by the sums of the networks. One thread. Memory two numbers for each sample and output.</remarks>
internal abstract class BoostedResidual
{
    /// <summary>Room for the samples of some targets.</summary>
    protected BoostedResidual(NetworkTargets targets)
    {
        Targets = targets;
        Values = targets.Values.View.ToMatrix();
    }

    /// <summary>What is left, outputs × samples.</summary>
    public Matrix Values { get; }

    /// <summary>The mean loss.</summary>
    public abstract double Loss { get; }

    /// <summary>What the sums should be.</summary>
    protected NetworkTargets Targets { get; }

    /// <summary>Adds a part of what a network predicts to the sums.</summary>
    /// <param name="rate">The part.</param>
    /// <param name="predictions">Outputs × samples.</param>
    public abstract void Advance(double rate, MatrixView predictions);
}

/// <summary>What is left of numbers: y less the sum. Judged by the mean square, or by the loss of Huber.</summary>
internal sealed class NumberResidual(NetworkTargets targets, bool usesHuber) : BoostedResidual(targets)
{
    /// <summary>Mean square of the residuals, or ½q² + δl with q the part up to δ and l the rest.</summary>
    public override double Loss
    {
        get
        {
            double sum = 0;
            foreach (double residual in Values.Values)
            {
                double square = Math.Min(Math.Abs(residual), NeuralBoostedOptions.HuberTurn);
                sum += usesHuber
                    ? (0.5 * square * square) + (NeuralBoostedOptions.HuberTurn * (Math.Abs(residual) - square))
                    : residual * residual;
            }

            return sum / Targets.SampleCount;
        }
    }

    /// <inheritdoc/>
    public override void Advance(double rate, MatrixView predictions) => Products.Axpy(-rate, predictions.Row(0), Values.Row(0));
}

/// <summary>What is left of classes: indicators less probabilities, times the weight of a sample. Judged by the log loss.</summary>
internal sealed class ClassResidual : BoostedResidual
{
    private readonly double[] _scores;
    private double _loss;

    /// <summary>What is left where nothing but the shares of the classes is known.</summary>
    /// <param name="targets">The samples.</param>
    /// <param name="start">The score that all samples start from, for each output.</param>
    public ClassResidual(NetworkTargets targets, double[] start)
        : base(targets)
    {
        _scores = new double[targets.Values.Values.Length];
        for (int k = 0; k < start.Length; k++)
        {
            _scores.AsSpan(k * targets.SampleCount, targets.SampleCount).Fill(start[k]);
        }

        Differentiate();
    }

    /// <inheritdoc/>
    public override double Loss => _loss;

    /// <inheritdoc/>
    public override void Advance(double rate, MatrixView predictions)
    {
        int n = Targets.SampleCount;
        for (int k = 0; k < predictions.Rows; k++)
        {
            Products.Axpy(rate, predictions.Row(k), _scores.AsSpan(k * n, n));
        }

        Differentiate();
    }

    private void Differentiate()
    {
        int n = Targets.SampleCount;
        _loss = OutputErrors.OfClasses(_scores, Targets.Values.Values, Targets.Weights, n, n, Values.Values) / n;
        Products.Scale(-1, Values.Values);
    }
}
