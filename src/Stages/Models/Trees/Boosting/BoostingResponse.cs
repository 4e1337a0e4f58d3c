using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Trees.Boosting;

/// <summary>What boosting predicts: a number, or the probabilities of classes, of which calibration may have seen some only.</summary>
/// <param name="OutputCount">1, or the number of classes, C.</param>
/// <param name="Seen">The classes that calibration saw, ascending; empty for a number.</param>
internal sealed record BoostingResponse(int OutputCount, ImmutableArray<int> Seen)
{
    /// <summary>The most classes.</summary>
    public const int ClassesMax = 20;

    /// <summary>The response of some samples and its loss.</summary>
    /// <param name="y">n × 1 numbers, or n × C indicators.</param>
    /// <param name="calibration">The rows fitted on.</param>
    /// <param name="kind">What is predicted.</param>
    /// <exception cref="StageException">The responses do not allow a fit.</exception>
    public static (BoostingResponse Response, BoostingLoss Loss) Of(Matrix y, int[] calibration, ResponseKind kind) =>
        kind == ResponseKind.Number ? OfNumbers(y, calibration) : OfClasses(y, calibration);

    /// <summary>Writes the outputs of one spectrum.</summary>
    /// <param name="sums">Sums of the trees.</param>
    /// <param name="outputs">1 or C values; a class that calibration did not see has the probability 0.</param>
    public void Write(ReadOnlySpan<double> sums, Span<double> outputs)
    {
        if (Seen.IsEmpty)
        {
            outputs[0] = sums[0];
            return;
        }

        new SeenClasses(OutputCount, Seen).Write(sums, outputs);
    }

    private static (BoostingResponse Response, BoostingLoss Loss) OfNumbers(Matrix y, int[] calibration)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Columns, 1, nameof(y));
        double[] values = new double[calibration.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = y[calibration[i], 0];
            if (!double.IsFinite(values[i]))
            {
                throw Invalid(i, string.Create(CultureInfo.InvariantCulture, $"expected a finite number, found {values[i]}"));
            }
        }

        return (new BoostingResponse(1, []), new SquaredLoss(values));
    }

    private static (BoostingResponse Response, BoostingLoss Loss) OfClasses(Matrix y, int[] calibration)
    {
        if (y.Columns is < 2 or > ClassesMax)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"Boosting of classes takes 2 to {ClassesMax} of them, found {y.Columns}. Merge rare classes, or use boost for a number.");
        }

        int[] classes = new int[calibration.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            ReadOnlySpan<double> indicators = y.Row(calibration[i]);
            classes[i] = indicators.IndexOf(1);
            if (classes[i] < 0 || indicators.ContainsAnyExcept(0, 1) || indicators.Count(1.0) != 1)
            {
                throw Invalid(i, "expected an indicator of one class, a single 1 among zeros");
            }
        }

        ImmutableArray<int> seen = [.. classes.Distinct().Order()];
        if (seen.Length < 2)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"All {classes.Length} calibration samples are of class {seen[0] + 1} of {y.Columns}: there is nothing to tell apart. "
                + "Ask for folds that keep every class in calibration, or bring samples of other classes.");
        }

        BoostingLoss loss = seen.Length == 2
            ? new BinaryLoss([.. classes.Select(one => one == seen[1])])
            : new SoftmaxLoss([.. classes.Select(one => seen.IndexOf(one))], seen.Length);
        return (new BoostingResponse(y.Columns, seen), loss);
    }

    private static StageException Invalid(int sample, string what) => new(
        FailureKind.InvalidData, $"Calibration sample {sample + 1}, response: {what}. Remove the sample or mend the value.");
}
