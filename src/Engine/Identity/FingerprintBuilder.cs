using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Engine.Identity;

/// <summary>Makes a key from named, typed fields in the order in which they are added.</summary>
/// <remarks>
/// Each field is hashed as type byte, name length, name in UTF-8, value length, value; so no two different
/// lists of fields give the same bytes, and an absent field, a null and a default value all differ.
/// Numbers are little-endian; a double is its bits, with -0 as +0; NaN is refused, for it equals nothing.
/// Not safe for several threads. Not responsible for the meaning of fields.
/// </remarks>
public sealed class FingerprintBuilder
{
    private const byte NullType = 0;
    private const byte TextType = 1;
    private const byte IntegerType = 2;
    private const byte DoubleType = 3;
    private const byte BooleanType = 4;
    private const byte KeyType = 5;
    private const byte DoublesType = 6;
    private const byte TextsType = 7;
    private const byte IntegersType = 8;

    /// <summary>Bytes of texts that are hashed at once.</summary>
    private const int PieceBytes = 1 << 16;

    private static readonly string[] TypeNames =
        ["nothing", "text", "integer", "number", "switch", "key", "numbers", "texts", "integers"];

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<FingerprintField> _fields = [];

    /// <summary>A key for one sort of work.</summary>
    /// <param name="operation">What is done, such as <c>pretreat</c>.</param>
    /// <param name="version">The version of the method; raised whenever its numbers change.</param>
    public FingerprintBuilder(string operation, int version)
    {
        Add("operation", operation);
        Add("version", version);
    }

    /// <summary>The fields so far.</summary>
    public IReadOnlyList<FingerprintField> Fields => _fields;

    /// <summary>Adds a text, or a null that differs from the empty text.</summary>
    public FingerprintBuilder Add(string name, string? value)
    {
        if (value is null)
        {
            return Append(NullType, name, default, "(none)");
        }

        return Append(TextType, name, Encoding.UTF8.GetBytes(value), value);
    }

    /// <summary>Adds an integer.</summary>
    public FingerprintBuilder Add(string name, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Append(IntegerType, name, bytes, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Adds a finite or infinite number.</summary>
    public FingerprintBuilder Add(string name, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, Canonical(value, name));
        return Append(DoubleType, name, bytes, value.ToString("R", CultureInfo.InvariantCulture));
    }

    /// <summary>Adds a switch.</summary>
    public FingerprintBuilder Add(string name, bool value) =>
        Append(BooleanType, name, [value ? (byte)1 : (byte)0], value ? "true" : "false");

    /// <summary>Adds the key of an input.</summary>
    public FingerprintBuilder Add(string name, Fingerprint value)
    {
        Span<byte> bytes = stackalloc byte[Fingerprint.SizeBytes];
        value.WriteTo(bytes);
        return Append(KeyType, name, bytes, value.ToString());
    }

    /// <summary>Adds numbers in order; NaN is allowed here and stands for a missing value.</summary>
    public FingerprintBuilder Add(string name, ReadOnlySpan<double> values)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("Keys are defined on little-endian machines.");
        }

        return Append(DoublesType, name, MemoryMarshal.AsBytes(values), $"{values.Length} numbers");
    }

    /// <summary>Adds integers in order.</summary>
    public FingerprintBuilder Add(string name, ReadOnlySpan<int> values) =>
        Append(IntegersType, name, MemoryMarshal.AsBytes(values), $"{values.Length} integers");

    /// <summary>Adds texts in order, each with its length; a list is read twice, so that its bytes never stand side by side.</summary>
    public FingerprintBuilder Add(string name, IEnumerable<string> values)
    {
        IReadOnlyCollection<string> texts = values as IReadOnlyCollection<string> ?? [.. values];
        long length = 0;
        foreach (string text in texts)
        {
            length += sizeof(int) + Encoding.UTF8.GetByteCount(text);
        }

        AppendHeader(TextsType, name, length);
        byte[] piece = new byte[Math.Min(length, PieceBytes)];
        int used = 0;
        foreach (string text in texts)
        {
            int bytes = Encoding.UTF8.GetByteCount(text);
            if (used + sizeof(int) + bytes > piece.Length)
            {
                _hash.AppendData(piece, 0, used);
                used = 0;
                piece = sizeof(int) + bytes > piece.Length ? new byte[sizeof(int) + bytes] : piece;
            }

            BinaryPrimitives.WriteInt32LittleEndian(piece.AsSpan(used), bytes);
            Encoding.UTF8.GetBytes(text, piece.AsSpan(used + sizeof(int)));
            used += sizeof(int) + bytes;
        }

        _hash.AppendData(piece, 0, used);
        _fields.Add(new FingerprintField(name, $"{texts.Count} texts", TypeNames[TextsType]));
        return this;
    }

    /// <summary>The key of all fields added so far; more may be added afterwards.</summary>
    public Fingerprint ToFingerprint()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetCurrentHash(hash);
        return Fingerprint.FromHash(hash);
    }

    private static double Canonical(double value, string name)
    {
        if (double.IsNaN(value))
        {
            throw new ArgumentException($"Field '{name}' of a key is not a number.", nameof(value));
        }

        return value == 0 ? 0.0 : value;
    }

    private FingerprintBuilder Append(byte type, string name, ReadOnlySpan<byte> value, string text)
    {
        AppendHeader(type, name, value.Length);
        _hash.AppendData(value);
        _fields.Add(new FingerprintField(name, text, TypeNames[type]));
        return this;
    }

    private void AppendHeader(byte type, string name, long valueBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        Span<byte> header = stackalloc byte[1 + sizeof(int)];
        header[0] = type;
        BinaryPrimitives.WriteInt32LittleEndian(header[1..], nameBytes.Length);
        _hash.AppendData(header);
        _hash.AppendData(nameBytes);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, valueBytes);
        _hash.AppendData(length);
    }
}
