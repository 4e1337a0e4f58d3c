using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>What the trees of a round correct: first and second derivatives of a loss by the sums of the trees so far.</summary>
/// <remarks>Holds the responses of m calibration samples while they are fitted. One thread.</remarks>
internal abstract class BoostingLoss
{
    /// <summary>A loss with one tree, or one tree for each class, in a round.</summary>
    protected BoostingLoss(int samples, double[] baseline)
    {
        Baseline = baseline;
        Gradients = new Matrix(baseline.Length, samples);
        Curvatures = new Matrix(baseline.Length, samples);
    }

    /// <summary>What is predicted before the first tree, a value for each tree of a round.</summary>
    public double[] Baseline { get; }

    /// <summary>Whether second derivatives differ from 1.</summary>
    public abstract bool HasCurvatures { get; }

    /// <summary>First derivatives, trees of a round × m.</summary>
    public Matrix Gradients { get; }

    /// <summary>Second derivatives, trees of a round × m; not written where they are 1.</summary>
    public Matrix Curvatures { get; }

    /// <summary>Computes the derivatives.</summary>
    /// <param name="sums">Sums of the trees so far, trees of a round × m.</param>
    public abstract void Differentiate(Matrix sums);
}

/// <summary>Half the squared error of a number; starts from the mean.</summary>
internal sealed class SquaredLoss : BoostingLoss
{
    private readonly double[] _y;

    /// <summary>The loss of m numbers.</summary>
    public SquaredLoss(double[] y)
        : base(y.Length, [Mean(y)])
    {
        _y = y;
    }

    /// <inheritdoc/>
    public override bool HasCurvatures => false;

    /// <inheritdoc/>
    public override void Differentiate(Matrix sums) => RowKernels.Subtract(sums.Row(0), _y, Gradients.Row(0));

    private static double Mean(double[] y)
    {
        double sum = 0;
        foreach (double value in y)
        {
            sum += value - y[0];
        }

        return y[0] + (sum / y.Length);
    }
}

/// <summary>The log loss of two classes; the sums are log-odds of the second, and start from those of its share.</summary>
internal sealed class BinaryLoss : BoostingLoss
{
    private readonly bool[] _isSecond;

    /// <summary>The loss of m samples.</summary>
    public BinaryLoss(bool[] isSecond)
        : base(isSecond.Length, SeenClasses.ScoresOfShares([isSecond.Count(one => !one), isSecond.Count(one => one)]))
    {
        _isSecond = isSecond;
    }

    /// <inheritdoc/>
    public override bool HasCurvatures => true;

    /// <inheritdoc/>
    public override void Differentiate(Matrix sums)
    {
        ReadOnlySpan<double> odds = sums.Row(0);
        Span<double> gradients = Gradients.Row(0);
        Span<double> curvatures = Curvatures.Row(0);
        ClassLink.Probabilities(odds, gradients);
        for (int i = 0; i < gradients.Length; i++)
        {
            double probability = gradients[i];
            curvatures[i] = probability * (1 - probability);
            gradients[i] = probability - (_isSecond[i] ? 1 : 0);
        }
    }
}

/// <summary>The log loss of three classes or more; the sums are log-probabilities up to a term that all classes share.</summary>
internal sealed class SoftmaxLoss : BoostingLoss
{
    private readonly int[] _classes;

    /// <summary>The loss of m samples.</summary>
    /// <param name="classes">The class of each sample.</param>
    /// <param name="count">Number of classes, each of which has a sample.</param>
    public SoftmaxLoss(int[] classes, int count)
        : base(classes.Length, SeenClasses.ScoresOfShares([.. Enumerable.Range(0, count).Select(k => classes.Count(one => one == k))]))
    {
        _classes = classes;
    }

    /// <inheritdoc/>
    public override bool HasCurvatures => true;

    /// <inheritdoc/>
    public override void Differentiate(Matrix sums)
    {
        ClassLink.Probabilities(sums.Values, sums.Rows, Gradients.Values);
        for (int k = 0; k < Gradients.Rows; k++)
        {
            Span<double> gradients = Gradients.Row(k);
            Span<double> curvatures = Curvatures.Row(k);
            for (int i = 0; i < gradients.Length; i++)
            {
                double probability = gradients[i];
                curvatures[i] = probability * (1 - probability);
                gradients[i] = probability - (_classes[i] == k ? 1 : 0);
            }
        }
    }
}
