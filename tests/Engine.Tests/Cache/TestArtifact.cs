using System.Buffers.Binary;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Identity;

namespace Pipeline.Engine.Tests.Cache;

/// <summary>An artifact that claims a size and remembers its key.</summary>
internal sealed record TestArtifact(Fingerprint Key, long SizeBytes) : IArtifact;

/// <summary>An artifact of another type.</summary>
internal sealed record OtherArtifact(long SizeBytes) : IArtifact;

/// <summary>Test artifacts as files of the size that they claim, at least 40 bytes.</summary>
internal sealed class TestCodec : IArtifactCodec<TestArtifact>
{
    public const int HeadBytes = 40;

    public void Write(TestArtifact value, Stream target)
    {
        byte[] bytes = new byte[Math.Max(HeadBytes, value.SizeBytes)];
        value.Key.WriteTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), value.SizeBytes);
        for (int i = HeadBytes; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 7);
        }

        // In two pieces, as real codecs do.
        target.Write(bytes.AsSpan(0, 13));
        target.Write(bytes.AsSpan(13));
    }

    public TestArtifact? Read(Stream source)
    {
        byte[] bytes = new byte[source.Length];
        source.ReadExactly(bytes.AsSpan(0, 21));
        source.ReadExactly(bytes.AsSpan(21));
        return new TestArtifact(Fingerprint.FromHash(bytes.AsSpan(0, 32)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(32)));
    }
}
