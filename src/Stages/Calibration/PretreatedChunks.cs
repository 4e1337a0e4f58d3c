using Pipeline.Engine.Cache;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Calibration;

/// <summary>Chunks after the sample-wise part of a chain, from the cache or computed.</summary>
public static class PretreatedChunks
{
    /// <summary>The version of how spectra are treated and put together; part of every key of treated spectra.</summary>
    public const int Version = 1;

    /// <summary>The digest of a chunk's spectra and axis, whatever its samples are called.</summary>
    public static Fingerprint KeyOf(SpectralChunk chunk) => new FingerprintBuilder("chunk", Version)
        .Add("axis", chunk.Axis.Positions.AsSpan())
        .Add("unit", chunk.Axis.Unit.ToString())
        .Add("x", chunk.X.Values)
        .ToFingerprint();

    /// <summary>One chunk after a sample-wise chain; computed at most once while the cache holds it.</summary>
    public static ValueTask<ArtifactLease<PretreatedSpectra>> LeaseAsync(
        ArtifactCache cache,
        Fingerprint chunkKey,
        Matrix x,
        SpectralAxis axis,
        PretreatmentChain chain,
        CancellationToken cancellation)
    {
        Fingerprint key = AddSteps(new FingerprintBuilder("pretreat", Version).Add("spectra", chunkKey), chain).ToFingerprint();
        return cache.GetOrComputeAsync(
            key, "pretreated", _ => ValueTask.FromResult(Treat(x, axis, chain)), PretreatedSpectraCodec.Instance, cancellation);
    }

    /// <summary>Treats spectra by a sample-wise chain.</summary>
    internal static PretreatedSpectra Treat(Matrix x, SpectralAxis axis, PretreatmentChain chain)
    {
        SpectralAxis treatedAxis = chain.OutputAxis(axis);
        var target = new Matrix(x.Rows, treatedAxis.Count);

        // A sample-wise pretreatment looks at no response; it gets zeros.
        chain.Fit(x.View, new Matrix(x.Rows, 1).View, axis).Apply(x.View, target.Span);
        return new PretreatedSpectra(target, treatedAxis);
    }

    /// <summary>Adds every step of a chain with its version.</summary>
    internal static FingerprintBuilder AddSteps(FingerprintBuilder builder, PretreatmentChain chain)
    {
        builder.Add("steps", chain.Steps.Length);
        foreach (IPretreatment step in chain.Steps)
        {
            builder.Add("step", step.Notation).Add("step version", step.Version);
        }

        return builder;
    }
}
