using Pipeline.Engine.Cache;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>An artifact that claims a size and remembers its key.</summary>
internal sealed record TestArtifact(Fingerprint Key, long SizeBytes) : IArtifact;

/// <summary>An artifact of another type.</summary>
internal sealed record OtherArtifact(long SizeBytes) : IArtifact;
