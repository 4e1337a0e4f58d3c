namespace Pipeline.Engine.Cache;

/// <summary>How values of one type become bytes of a file and back, bit for bit.</summary>
/// <remarks>
/// Streams instead of spans of the whole: a value of hundreds of megabytes goes to and from its own arrays without a
/// copy beside the memory budget. Called from several threads at once.
/// </remarks>
public interface IArtifactCodec<T>
    where T : class, IArtifact
{
    /// <summary>Writes a value.</summary>
    void Write(T value, Stream target);

    /// <summary>Reads a value that takes all of the stream, or gives null where the bytes are none of this codec's.</summary>
    /// <remarks>
    /// The stream's length is known, and the bytes are checked only after they have been read: a count found in them
    /// must be compared with the length before memory is taken for it. An exception means damaged bytes.
    /// </remarks>
    T? Read(Stream source);
}
