namespace Apache.Arrow.Ipc;

/// <summary>Batches in order with their schema.</summary>
public interface IArrowArrayStream : IArrowReader, IDisposable
{
    /// <summary>The schema of all batches.</summary>
    Schema Schema { get; }
}
