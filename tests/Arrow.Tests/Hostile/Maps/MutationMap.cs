using System.Buffers.Binary;

namespace Pipeline.Arrow.Tests.Hostile.Maps;

/// <summary>The places of interest in an Arrow stream or file, and where its messages lie.</summary>
/// <remarks>
/// Found by code that shares nothing with the reader under test. Bytes that are not sound give fewer places, never an
/// error. The places of one message stand together.
/// </remarks>
internal sealed class MutationMap
{
    private const int HeadBytes = 8;
    private const int TrailerBytes = 10;
    private const int VersionFive = 4;

    private readonly List<Place> _places = [];
    private readonly List<MappedMessage> _messages = [];
    private BodyField[] _fields = [];

    private MutationMap(byte[] bytes, bool isFile)
    {
        Bytes = bytes;
        IsFile = isFile;
        int footer = isFile && bytes.Length >= HeadBytes + TrailerBytes ? FooterStart(bytes) : -1;
        int at = isFile ? HeadBytes : 0;
        int end = isFile ? footer : bytes.Length;
        while (at >= 0 && at < end)
        {
            at = Message(at, end);
        }

        if (footer > 0)
        {
            int first = _places.Count;
            _places.Add(new Place(PlaceKind.Trailer, "magic", 0, 8));
            _places.Add(new Place(PlaceKind.Trailer, "footerLength", bytes.Length - TrailerBytes, 4));
            _places.Add(new Place(PlaceKind.Trailer, "magic", bytes.Length - 6, 4));
            new FlatWalk(_places).Walk(bytes, footer, bytes.Length - TrailerBytes, TableShape.Footer);
            FooterPlaces = (first, _places.Count);
        }

        Groups = _places.Select((place, i) => (place.Kind, Member: MemberOf(place), i)).GroupBy(entry => entry.Kind).ToDictionary(
            kind => kind.Key,
            kind => kind.GroupBy(entry => entry.Member, entry => entry.i).Select(member => member.ToArray()).ToArray());
    }

    /// <summary>The bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>True for the file format.</summary>
    public bool IsFile { get; }

    /// <summary>All places.</summary>
    public IReadOnlyList<Place> Places => _places;

    /// <summary>The messages in order, with the end marker.</summary>
    public IReadOnlyList<MappedMessage> Messages => _messages;

    /// <summary>The places of each kind and of each member in it, by their positions in <see cref="Places"/>.</summary>
    public IReadOnlyDictionary<PlaceKind, int[][]> Groups { get; }

    /// <summary>The range of places in the footer and around it.</summary>
    public (int First, int End) FooterPlaces { get; }

    /// <summary>Maps a stream or a file.</summary>
    public static MutationMap Of(byte[] bytes, bool isFile) => new(bytes, isFile);

    /// <summary>The range of places in the same message, or in the footer.</summary>
    public (int First, int End) Around(int place)
    {
        foreach (MappedMessage message in _messages)
        {
            if (place >= message.Places.First && place < message.Places.End)
            {
                return message.Places;
            }
        }

        return FooterPlaces;
    }

    /// <summary>The name without the number of an element.</summary>
    private static string MemberOf(Place place) =>
        place.Name.LastIndexOf('[') is int bracket and >= 0 ? place.Name[..bracket] + place.Name[(place.Name.IndexOf(']', bracket) + 1)..] : place.Name;

    private static int FooterStart(byte[] bytes)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(bytes.Length - TrailerBytes));
        return length > 0 && length <= bytes.Length - TrailerBytes - HeadBytes ? bytes.Length - TrailerBytes - length : -1;
    }

    /// <summary>Maps the message at a position; gives the position behind it, or -1.</summary>
    private int Message(int start, int end)
    {
        int firstPlace = _places.Count;
        int prefix = end - start >= 8 && BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(start)) == -1 ? 4 : 0;
        if (end - start < prefix + 4)
        {
            return -1;
        }

        int metadata = start + prefix + 4;
        int length = BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(start + prefix));
        if (length < 0 || length > end - metadata)
        {
            return -1;
        }

        if (prefix != 0)
        {
            _places.Add(new Place(PlaceKind.Prefix, "continuation", start, 4));
        }

        _places.Add(new Place(PlaceKind.Prefix, "metadataLength", start + prefix, 4));
        FlatNode? root = length == 0 ? null : new FlatWalk(_places).Walk(Bytes, metadata, metadata + length, TableShape.Message);
        long bodyBytes = root?.Number(3, 8) ?? 0;
        int body = metadata + length;
        if (bodyBytes < 0 || bodyBytes > end - body)
        {
            return -1;
        }

        int kind = (int)(root?.Number(1, 1) ?? 0);
        if (root is FlatNode message && message.Table(2) is FlatNode header)
        {
            Body(kind, header, body, body + (int)bodyBytes, message.Number(0, 2) < VersionFive);
        }

        int next = body + (int)bodyBytes;
        _messages.Add(new MappedMessage((MappedKind)kind, start, body, next, (firstPlace, _places.Count)));
        return next;
    }

    private void Body(int kind, FlatNode header, int start, int end, bool isBeforeFive)
    {
        if (kind == (int)MappedKind.Schema)
        {
            _fields = BodyField.Of(header);
        }
        else if (kind == (int)MappedKind.Dictionary)
        {
            if (header.Table(1) is FlatNode data && BodyField.Find(_fields, header.Number(0, 8)) is BodyField values)
            {
                BodyWalk.Walk(data, [values], start, end, isBeforeFive, _places);
            }
        }
        else if (kind == (int)MappedKind.Batch)
        {
            BodyWalk.Walk(header, _fields, start, end, isBeforeFive, _places);
        }
    }
}

/// <summary>Where a message lies.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Its first byte, of the prefix.</param>
/// <param name="Body">The first byte of its body.</param>
/// <param name="End">The byte behind it.</param>
/// <param name="Places">The range of its places.</param>
internal sealed record MappedMessage(MappedKind Kind, int Start, int Body, int End, (int First, int End) Places);

/// <summary>What a message is; the numbers are those of the format.</summary>
internal enum MappedKind
{
    /// <summary>The end marker.</summary>
    End = 0,

    /// <summary>The schema.</summary>
    Schema = 1,

    /// <summary>Values of a dictionary.</summary>
    Dictionary = 2,

    /// <summary>A batch.</summary>
    Batch = 3,
}
