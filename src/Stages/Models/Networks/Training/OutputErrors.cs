using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Networks.Training;

/// <summary>Errors of the outputs of a network, which are the derivatives of its loss by them, and the loss.</summary>
/// <remarks>Outputs stand one after the other, the samples of each side by side with zeros behind them. One thread.</remarks>
internal static class OutputErrors
{
    /// <summary>Half the sum of squared errors over all samples and outputs.</summary>
    /// <param name="outputs">Outputs × stride.</param>
    /// <param name="y">What they should be, outputs × stride.</param>
    /// <param name="n">Samples that count.</param>
    /// <param name="stride">From one output to the next.</param>
    /// <param name="errors">Room, outputs × stride.</param>
    public static double OfNumbers(ReadOnlySpan<double> outputs, ReadOnlySpan<double> y, int n, int stride, Span<double> errors)
    {
        errors.Clear();
        double squares = 0;
        for (int k = 0; k < errors.Length; k += stride)
        {
            for (int i = k; i < k + n; i++)
            {
                errors[i] = outputs[i] - y[i];
                squares = Math.FusedMultiplyAdd(errors[i], errors[i], squares);
            }
        }

        return 0.5 * squares;
    }

    /// <summary>Sum of w times the log loss; one output is the log-odds of the second of two classes.</summary>
    /// <param name="scores">Outputs × stride.</param>
    /// <param name="y">Indicators, outputs × stride.</param>
    /// <param name="weights">How much each sample counts; empty where all count the same.</param>
    /// <param name="n">Samples that count.</param>
    /// <param name="stride">From one output to the next.</param>
    /// <param name="errors">Room, outputs × stride.</param>
    public static double OfClasses(
        ReadOnlySpan<double> scores, ReadOnlySpan<double> y, ReadOnlySpan<double> weights, int n, int stride, Span<double> errors)
    {
        int outputs = errors.Length / stride;
        if (outputs == 1)
        {
            ClassLink.Probabilities(scores, errors);
        }
        else
        {
            ClassLink.Probabilities(scores, outputs, errors);
        }

        double loss = 0;
        for (int i = 0; i < n; i++)
        {
            double weight = weights.IsEmpty ? 1 : weights[i];
            loss += weight * (outputs == 1 ? LossOfTwo(y[i] == 1 ? scores[i] : -scores[i]) : LossOfMany(scores, y, errors, i, stride));
            for (int k = i; k < errors.Length; k += stride)
            {
                errors[k] = weight * (errors[k] - y[k]);
            }
        }

        for (int k = 0; k < errors.Length; k += stride)
        {
            errors.Slice(k + n, stride - n).Clear();
        }

        return loss;
    }

    /// <summary>-log 1/(1 + exp(-x)) for the log-odds of a sample's own class.</summary>
    private static double LossOfTwo(double odds) => Math.Max(0, -odds) + NaturalLogarithm.Of(1 + Exponential.Of(-Math.Abs(odds)));

    /// <summary>-log of the probability of a sample's own class, from the scores where it is too small for a number.</summary>
    private static double LossOfMany(ReadOnlySpan<double> scores, ReadOnlySpan<double> y, ReadOnlySpan<double> probabilities, int sample, int stride)
    {
        int own = sample;
        while (y[own] == 0)
        {
            own += stride;
        }

        if (!(probabilities[own] < 1e-290))
        {
            return -NaturalLogarithm.Of(probabilities[own]);
        }

        double largest = scores[sample];
        for (int k = sample; k < scores.Length; k += stride)
        {
            largest = Math.Max(largest, scores[k]);
        }

        double sum = 0;
        for (int k = sample; k < scores.Length; k += stride)
        {
            sum += Exponential.Of(scores[k] - largest);
        }

        return largest - scores[own] + NaturalLogarithm.Of(sum);
    }
}
