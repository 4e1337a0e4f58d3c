using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Stages.Splitting;

/// <summary>Hash folds: each group's fold follows from its name and a seed alone.</summary>
/// <remarks>
/// <c>hash(10, seed 0)</c>. The fold is the first 64 bits of SHA-256(seed as 8 little-endian bytes, group in UTF-8),
/// big-endian, mod K. A sample keeps its fold when others come or go; in exchange folds are of uneven size, and
/// with few groups one may be empty, which <see cref="Folds"/> refuses.
/// </remarks>
public sealed record HashFolds : ISeededFolds
{
    /// <summary>K folds of one seed.</summary>
    public HashFolds(int count, ulong seed)
    {
        Count = RandomFolds.AtLeastTwo(count);
        Seed = seed;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count { get; }

    /// <summary>What is hashed before the group.</summary>
    public ulong Seed { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"hash({Count}, seed {Seed})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public ISplitter Outer(int count) => new HashFolds(count, unchecked(Seed + 1));

    /// <inheritdoc/>
    public ISplitter Reseeded(ulong seed) => new HashFolds(Count, seed);

    /// <inheritdoc/>
    public Folds Split(SampleGroups groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        int[] foldOfGroup = [.. Enumerable.Range(0, groups.GroupCount).Select(group => FoldOf(groups.Name(group)))];
        return new Folds(groups.ToSamples(foldOfGroup), Count);
    }

    /// <summary>The 0-based fold of one group.</summary>
    public int FoldOf(string group)
    {
        byte[] bytes = new byte[sizeof(ulong) + Encoding.UTF8.GetByteCount(group)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Seed);
        Encoding.UTF8.GetBytes(group, bytes.AsSpan(sizeof(ulong)));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Count);
    }
}
