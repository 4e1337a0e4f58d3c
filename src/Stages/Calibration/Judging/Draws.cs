using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics.Random;

namespace Pipeline.Stages.Calibration.Judging;

/// <summary>The random numbers of judging, which follow from the folds and what they are drawn for.</summary>
/// <remarks>
/// The key of the folds is made of ids, groups, scheme and seed: the same study on the same samples draws the same, on any
/// machine and in any order, and another seed of the folds draws anew. Nothing of a candidate is in it, so that all
/// candidates are compared on the same resamples.
/// </remarks>
internal static class Draws
{
    private const int Version = 1;

    /// <summary>The generator for one purpose.</summary>
    public static Pcg64 For(string purpose, Fingerprint folds, long number = 0) =>
        new(new FingerprintBuilder("draws", Version)
            .Add("purpose", purpose)
            .Add("folds", folds)
            .Add("number", number)
            .ToFingerprint()
            .Fourth);
}
