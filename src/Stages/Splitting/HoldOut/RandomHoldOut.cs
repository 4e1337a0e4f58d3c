using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>Test samples drawn at random, group by group.</summary>
/// <remarks>
/// <c>random(25 %, seed 0)</c>. Groups are sorted ordinally, shuffled with <see cref="Pcg64"/>, and taken until the test has its
/// share. Looks at no spectrum, so the test error is that of new samples from the same source. Time n log n.
/// </remarks>
/// <param name="Share">The share of test samples.</param>
/// <param name="Seed">The seed of the shuffle.</param>
public sealed record RandomHoldOut(HoldOutShare Share, ulong Seed) : IHoldOut
{
    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"random({Share}, seed {Seed})");

    /// <inheritdoc/>
    public string Meaning => "Test samples were drawn at random: their error is that of new samples from the same source.";

    /// <inheritdoc/>
    public bool[] IsTest(HoldOutSamples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        int wanted = Share.Of(samples.SampleCount);
        int[] order = [.. Enumerable.Range(0, samples.PointCount)];
        new Pcg64(Seed).Shuffle(order.AsSpan());
        bool[] isTest = new bool[order.Length];
        int tested = 0;
        foreach (int point in order.TakeWhile(_ => tested < wanted))
        {
            isTest[point] = true;
            tested += samples.SizeOf(point);
        }

        return tested < samples.SampleCount
            ? isTest
            : throw new StageException(
                FailureKind.InvalidData, $"{Notation} leaves no calibration sample: groups stay together, and one has nearly all samples. "
                    + "Ask for another seed, or leave \"holdout\" out.");
    }
}
