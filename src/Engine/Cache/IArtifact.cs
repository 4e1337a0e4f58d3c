namespace Pipeline.Engine.Cache;

/// <summary>An immutable value that the cache may keep: its meaning is unknown here, its size is not.</summary>
public interface IArtifact
{
    /// <summary>Bytes of memory held by the value, its arrays included.</summary>
    long SizeBytes { get; }
}
