namespace Apache.Arrow.Ipc;

/// <summary>Something that reads batches in order.</summary>
public interface IArrowReader
{
    /// <summary>The next batch, null behind the last.</summary>
    ValueTask<RecordBatch?> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default);
}
