using Pipeline.Engine.Cache;

namespace Pipeline.CacheBench;

/// <summary>The smallest artifact.</summary>
internal sealed record Tiny(long Number) : IArtifact
{
    public long SizeBytes => 24;
}
