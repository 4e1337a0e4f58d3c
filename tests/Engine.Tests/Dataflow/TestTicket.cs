namespace Pipeline.Engine.Tests.Dataflow;

/// <summary>A ticket that counts how often it was disposed.</summary>
internal sealed class TestTicket(int id, long bytes = 1) : IDisposable
{
    private int _disposals;

    public int Id { get; } = id;

    public long Bytes { get; } = bytes;

    public int Disposals => Volatile.Read(ref _disposals);

    public static TestTicket[] Many(int count, long bytes = 1) =>
        [.. Enumerable.Range(0, count).Select(id => new TestTicket(id, bytes))];

    public void Dispose() => Interlocked.Increment(ref _disposals);
}
