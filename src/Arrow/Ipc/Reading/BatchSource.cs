namespace Apache.Arrow.Ipc.Reading;

/// <summary>Where a reader's batches come from.</summary>
internal abstract class BatchSource : IDisposable
{
    /// <summary>The schema, read if it has not been.</summary>
    internal abstract Schema ReadSchema();

    /// <summary>The schema, read if it has not been.</summary>
    internal abstract ValueTask<Schema> ReadSchemaAsync(CancellationToken cancellation);

    /// <summary>The next batch, null behind the last.</summary>
    internal abstract RecordBatch? Next();

    /// <summary>The next batch, null behind the last.</summary>
    internal abstract ValueTask<RecordBatch?> NextAsync(CancellationToken cancellation);

    /// <summary>Closes what was opened.</summary>
    public abstract void Dispose();
}
