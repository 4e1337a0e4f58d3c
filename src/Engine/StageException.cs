namespace Pipeline.Engine;

/// <summary>An expected failure of the world (data, numerics, storage, budget), thrown by a stage.</summary>
/// <remarks>
/// The pipeline turns it into a <see cref="Failure"/>; the command line and
/// the services print its message as it stands, so the message is written for a chemist.
/// </remarks>
public sealed class StageException : Exception
{
    /// <summary>An expected failure of one kind.</summary>
    public StageException(FailureKind kind, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
    }

    /// <summary>What sort of thing went wrong.</summary>
    public FailureKind Kind { get; }

    /// <summary>Where in the data it went wrong; null where that has no row and no column.</summary>
    public DataPlace? Place { get; init; }

    /// <summary>True where a disk had no room: work may wait until there is some, and then go on.</summary>
    public bool IsDiskFull
    {
        get => field || (InnerException as StageException)?.IsDiskFull == true;
        init;
    }

    /// <summary>What is wrong, where somebody else can say in which place it stands: the key path of a setting.</summary>
    public string? Subject { get; init; }

    /// <summary>The failure as a value.</summary>
    public Failure ToFailure() => new(Kind, Message);
}
