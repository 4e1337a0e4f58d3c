using Microsoft.AspNetCore.Http;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http;

/// <summary>Counts requests, refusals and bytes for the meters.</summary>
/// <remarks>Safe for all threads. Paths are never counted, for clients make them up; what has no route counts as one.</remarks>
internal sealed class RequestCounts(Meters meters)
{
    private const string NoRoute = "none";
    private static readonly object Route = new();

    /// <summary>Notes which route a request has.</summary>
    public static void Note(HttpContext context, string route) => context.Items[Route] = route;

    /// <summary>Has a request answered, and counts it.</summary>
    public async Task CountAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        var taken = new CountedStream(context.Request.Body);
        var given = new CountedStream(context.Response.Body);
        context.Request.Body = taken;
        context.Response.Body = given;
        try
        {
            await answer(context);
        }
        finally
        {
            meters.CountRequest(context.Items[Route] as string ?? NoRoute, context.Response.StatusCode, taken.Count, given.Count);
        }
    }

    /// <summary>A stream that counts what goes through it; it belongs to one request.</summary>
    private sealed class CountedStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            Count += count;
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken);
            Count += buffer.Length;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
