using System.Collections.Immutable;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Calibration;

/// <summary>A chunk that gave samples to a calibration set, and which ones.</summary>
/// <remarks>
/// Sample-wise pretreatments are computed once per chunk, when it arrives, and a growing dataset treats only what is new:
/// the spectra of a study are put together from treated chunks.
/// </remarks>
/// <param name="Key">Digest of the chunk's spectra; with a chain it names its treated spectra.</param>
/// <param name="X">The chunk's spectra as measured.</param>
/// <param name="Rows">The samples of the chunk that take part.</param>
/// <param name="Samples">Their places in the calibration set.</param>
public sealed record SpectraPiece(Fingerprint Key, Matrix X, ImmutableArray<int> Rows, ImmutableArray<int> Samples);
