using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Pipeline.Engine.Cache.Disk;

/// <summary>A 64-bit checksum of bytes that come in pieces.</summary>
/// <remarks>
/// Bytes are taken 32 at a time as four words of 8, each by a lane of its own: lane = rotate(lane + word × P2, 31) × P1,
/// the step of XXH64 (Collet, xxHash specification 0.1.1), four independent chains that a core runs side by side.
/// For a fixed lane the step is one-to-one in the word, for a fixed word one-to-one in the lane; the end folds
/// lanes, rest and length by steps of the same property. So whatever happens to the bits of one word changes the
/// checksum for certain, and anything else with probability 1 - 2⁻⁶⁴. It guards against damage, not against forgery.
/// Not safe for several threads.
/// </remarks>
internal sealed class FileChecksum
{
    private const ulong P1 = 0x9E3779B185EBCA87;
    private const ulong P2 = 0xC2B2AE3D27D4EB4F;
    private const int WordBytes = 8;
    private const int BlockBytes = 4 * WordBytes;

    private readonly byte[] _rest = new byte[BlockBytes];
    private int _restBytes;
    private ulong _length;
    private ulong _lane0 = unchecked(P1 + P2);
    private ulong _lane1 = P2;
    private ulong _lane2;
    private ulong _lane3 = unchecked(0 - P1);

    /// <summary>The checksum of the bytes so far.</summary>
    public ulong Value
    {
        get
        {
            // The rest is padded with zeros; the length tells it from zeros that were there.
            Span<byte> last = stackalloc byte[BlockBytes];
            last.Clear();
            _rest.AsSpan(0, _restBytes).CopyTo(last);
            ulong value = _length;
            value = Step(value, _lane0);
            value = Step(value, _lane1);
            value = Step(value, _lane2);
            value = Step(value, _lane3);
            for (int word = 0; word < BlockBytes; word += WordBytes)
            {
                value = Step(value, BinaryPrimitives.ReadUInt64LittleEndian(last[word..]));
            }

            return value ^ (value >> 32);
        }
    }

    /// <summary>The checksum of some bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var checksum = new FileChecksum();
        checksum.Append(bytes);
        return checksum.Value;
    }

    /// <summary>Takes the next bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += (ulong)bytes.Length;
        if (_restBytes > 0)
        {
            int taken = Math.Min(BlockBytes - _restBytes, bytes.Length);
            bytes[..taken].CopyTo(_rest.AsSpan(_restBytes));
            _restBytes += taken;
            bytes = bytes[taken..];
            if (_restBytes < BlockBytes)
            {
                return;
            }

            AppendBlocks(_rest);
            _restBytes = 0;
        }

        int whole = bytes.Length / BlockBytes * BlockBytes;
        AppendBlocks(bytes[..whole]);
        bytes[whole..].CopyTo(_rest);
        _restBytes = bytes.Length - whole;
    }

    private void AppendBlocks(ReadOnlySpan<byte> blocks)
    {
        (ulong lane0, ulong lane1, ulong lane2, ulong lane3) = (_lane0, _lane1, _lane2, _lane3);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(blocks);
        for (int i = 0; i + 3 < words.Length; i += 4)
        {
            lane0 = Step(lane0, LittleEndian(words[i]));
            lane1 = Step(lane1, LittleEndian(words[i + 1]));
            lane2 = Step(lane2, LittleEndian(words[i + 2]));
            lane3 = Step(lane3, LittleEndian(words[i + 3]));
        }

        (_lane0, _lane1, _lane2, _lane3) = (lane0, lane1, lane2, lane3);
    }

    private static ulong LittleEndian(ulong word) =>
        BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    private static ulong Step(ulong lane, ulong word) => BitOperations.RotateLeft(lane + (word * P2), 31) * P1;
}
