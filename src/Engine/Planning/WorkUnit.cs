using System.Collections.Immutable;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Planning;

/// <summary>One piece of work that is scheduled, remembered and sent to workers as a whole.</summary>
/// <param name="Key">Names the work and thereby its result.</param>
/// <param name="Needs">The intermediate results that it reads, many of them shared with other units.</param>
/// <param name="Estimate">What it is expected to take.</param>
public sealed record WorkUnit(Fingerprint Key, ImmutableArray<Fingerprint> Needs, Cost Estimate);
