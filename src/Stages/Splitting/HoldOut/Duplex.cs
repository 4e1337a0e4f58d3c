using Pipeline.Engine;

namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>Duplex: calibration and test cover the spectra alike.</summary>
/// <remarks>
/// <c>duplex(25 %)</c>. The two spectra that are farthest apart calibrate, the two farthest of the rest test, then each set takes in turn
/// the spectrum farthest from its own, until the test has its share; what is left calibrates. Distances, groups and ties as
/// <see cref="KennardStone"/>; Snee scales and decorrelates the variables first, which spectra of more variables than samples do not allow.
/// Time n²p, memory O(n) besides the spectra.
/// Snee (1977), Technometrics 19, 415-428.
/// </remarks>
/// <param name="Share">The share of test samples.</param>
public sealed record Duplex(HoldOutShare Share) : IHoldOut
{
    /// <inheritdoc/>
    public string Notation => $"duplex({Share})";

    /// <inheritdoc/>
    public string Meaning =>
        "Test samples cover the spectra as the calibration does, edges too: their error asks for a little extrapolation, and is not that of "
            + "samples drawn at random.";

    /// <inheritdoc/>
    public bool[] IsTest(HoldOutSamples samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        samples.RefuseUnusual(Notation);
        int wanted = Share.Of(samples.SampleCount);
        bool[] isTest = new bool[samples.PointCount];
        int tested = 0;
        foreach ((int point, bool tests) in SpreadSelection.Duplex(KennardStone.Distance(samples)).TakeWhile(_ => tested < wanted))
        {
            isTest[point] = tests;
            tested += tests ? samples.SizeOf(point) : 0;
        }

        return tested > 0
            ? isTest
            : throw new StageException(FailureKind.InvalidData, $"{Notation} leaves no test sample. Add samples, or leave \"holdout\" out.");
    }
}
