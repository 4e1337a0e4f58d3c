using Pipeline.Engine.Dataflow;
using Xunit;

namespace Pipeline.Engine.Tests.Dataflow;

/// <summary>A sink that remembers what it saw, and that it never ran twice at once.</summary>
internal sealed class RecordingSink
{
    private readonly List<(int Id, Failure? Failure)> _seen = [];
    private int _running;

    public IReadOnlyList<(int Id, Failure? Failure)> Seen => _seen;

    public IEnumerable<int> Ids => _seen.Select(seen => seen.Id).Order();

    public int CountOf(FailureKind? kind) => _seen.Count(seen => seen.Failure?.Kind == kind);

    public async ValueTask TakeAsync(TestTicket ticket, Failure? failure, MemoryLease lease)
    {
        Assert.Equal(1, Interlocked.Increment(ref _running));
        Assert.Equal(0, ticket.Disposals);
        await Task.Yield();
        _seen.Add((ticket.Id, failure));
        Interlocked.Decrement(ref _running);
    }
}
