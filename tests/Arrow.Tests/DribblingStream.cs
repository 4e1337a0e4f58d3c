namespace Pipeline.Arrow.Tests;

/// <summary>A stream like a socket: it cannot seek and gives a few bytes at a time.</summary>
internal sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
{
    private const int AtOnce = 7;

    public override bool CanSeek => false;

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(AtOnce, buffer.Length)]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(AtOnce, buffer.Length)], cancellationToken);
}
