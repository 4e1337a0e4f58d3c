using System.Buffers;
using Apache.Arrow.Memory;

namespace Apache.Arrow.Ipc.Messages;

/// <summary>Reads announced numbers of bytes without believing the announcement.</summary>
/// <remarks>
/// Memory grows with what has arrived: a stream that announces a gigabyte and ends after a hundred bytes costs
/// <see cref="FirstBytes"/>. While it grows, the old piece stands beside the new one: less than twice what was announced.
/// Where the stream knows its length, one look replaces the growing.
/// </remarks>
internal static class BoundedBytes
{
    /// <summary>Bytes allocated on trust.</summary>
    internal const int FirstBytes = 1 << 20;

    /// <summary>Reads exactly so many bytes, into a caller's memory where there is an allocator.</summary>
    internal static LeasedBytes Read(Stream stream, long count, MemoryAllocator? allocator)
    {
        var growing = new Growing(allocator, FirstSize(stream, count), count);
        try
        {
            do
            {
                Memory<byte> free = growing.Free;
                RequireAll(Fill(stream, free), free.Length);
            }
            while (growing.Grow());
            return growing.Finish();
        }
        catch
        {
            growing.Owner.Dispose();
            throw;
        }
    }

    /// <summary>Reads exactly so many bytes, into a caller's memory where there is an allocator.</summary>
    internal static async ValueTask<LeasedBytes> ReadAsync(
        Stream stream, long count, MemoryAllocator? allocator, CancellationToken cancellation)
    {
        var growing = new Growing(allocator, FirstSize(stream, count), count);
        try
        {
            do
            {
                Memory<byte> free = growing.Free;
                RequireAll(await FillAsync(stream, free, cancellation), free.Length);
            }
            while (growing.Grow());
            return growing.Finish();
        }
        catch
        {
            growing.Owner.Dispose();
            throw;
        }
    }

    /// <summary>Reads all the bytes and says how many they are, or none at the end of the stream and says 0.</summary>
    internal static int Fill(Stream stream, Memory<byte> target)
    {
        int filled = stream.ReadAtLeast(target.Span, target.Length, throwOnEndOfStream: false);
        return filled == 0 ? 0 : RequireAll(filled, target.Length);
    }

    /// <summary>Reads all the bytes and says how many they are, or none at the end of the stream and says 0.</summary>
    internal static async ValueTask<int> FillAsync(Stream stream, Memory<byte> target, CancellationToken cancellation)
    {
        int filled = await stream.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false, cancellation);
        return filled == 0 ? 0 : RequireAll(filled, target.Length);
    }

    private static int FirstSize(Stream stream, long count)
    {
        if (count < 0)
        {
            throw new InvalidDataException($"The Arrow data announce {count} bytes.");
        }

        if (!stream.CanSeek)
        {
            return (int)Math.Min(count, FirstBytes);
        }

        long left = Math.Max(0, stream.Length - stream.Position);
        return count <= left ? checked((int)count) : throw Ended(count, left);
    }

    private static int RequireAll(int filled, int expected) =>
        filled == expected ? filled : throw Ended(expected, filled);

    private static InvalidDataException Ended(long expected, long left) =>
        new($"The Arrow data end early: {expected} bytes expected, {left} left.");

    /// <summary>Memory that doubles until it holds so many bytes.</summary>
    private sealed class Growing
    {
        private readonly MemoryAllocator? _allocator;
        private readonly int _count;
        private int _start;
        private int _size;

        internal Growing(MemoryAllocator? allocator, int size, long count)
        {
            _allocator = allocator;
            _count = checked((int)count);
            _size = size;
            Owner = Allocate(size);
        }

        /// <summary>The memory as it stands.</summary>
        internal IMemoryOwner<byte> Owner { get; private set; }

        /// <summary>What is still to be filled of it.</summary>
        internal Memory<byte> Free => Owner.Memory[_start.._size];

        /// <summary>Makes room for what is missing, as far as what came justifies; false when nothing is.</summary>
        internal bool Grow()
        {
            if (_size == _count)
            {
                return false;
            }

            int larger = (int)Math.Min(_count, 2L * _size);
            IMemoryOwner<byte> owner = Allocate(larger);
            Owner.Memory[.._size].CopyTo(owner.Memory);
            Owner.Dispose();
            (Owner, _start, _size) = (owner, _size, larger);
            return true;
        }

        internal LeasedBytes Finish() =>
            _allocator is null ? LeasedBytes.Free(Owner.Memory) : LeasedBytes.Of(Owner, _count);

        private IMemoryOwner<byte> Allocate(int size) => (_allocator ?? MemoryAllocator.Default.Value).Allocate(size);
    }
}
