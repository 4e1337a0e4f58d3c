namespace Apache.Arrow.Ipc.Messages;

/// <summary>Reads announced numbers of bytes without believing the announcement.</summary>
/// <remarks>
/// Memory grows with what has arrived: a stream that announces a gigabyte and ends after a hundred bytes costs
/// <see cref="FirstBytes"/>. Where the stream knows its length, one look replaces the growing.
/// </remarks>
internal static class BoundedBytes
{
    /// <summary>Bytes allocated on trust.</summary>
    internal const int FirstBytes = 1 << 20;

    /// <summary>Reads exactly so many bytes.</summary>
    internal static byte[] Read(Stream stream, long count)
    {
        byte[] bytes = new byte[FirstSize(stream, count)];
        int filled = 0;
        while (true)
        {
            RequireAll(Fill(stream, bytes.AsMemory(filled)), bytes.Length - filled);
            if (bytes.Length == count)
            {
                return bytes;
            }

            filled = bytes.Length;
            Grow(ref bytes, count);
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    internal static async ValueTask<byte[]> ReadAsync(Stream stream, long count, CancellationToken cancellation)
    {
        byte[] bytes = new byte[FirstSize(stream, count)];
        int filled = 0;
        while (true)
        {
            RequireAll(await FillAsync(stream, bytes.AsMemory(filled), cancellation), bytes.Length - filled);
            if (bytes.Length == count)
            {
                return bytes;
            }

            filled = bytes.Length;
            Grow(ref bytes, count);
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

    private static long FirstSize(Stream stream, long count)
    {
        if (count < 0)
        {
            throw new InvalidDataException($"The Arrow data announce {count} bytes.");
        }

        if (!stream.CanSeek)
        {
            return Math.Min(count, FirstBytes);
        }

        long left = Math.Max(0, stream.Length - stream.Position);
        return count <= left ? count : throw Ended(count, left);
    }

    private static void Grow(ref byte[] bytes, long count) =>
        System.Array.Resize(ref bytes, (int)Math.Min(count, 2L * bytes.Length));

    private static int RequireAll(int filled, int expected) =>
        filled == expected ? filled : throw Ended(expected, filled);

    private static InvalidDataException Ended(long expected, long left) =>
        new($"The Arrow data end early: {expected} bytes expected, {left} left.");
}
