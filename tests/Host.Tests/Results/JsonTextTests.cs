using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Host.Results;
using Xunit;

namespace Pipeline.Host.Tests.Results;

/// <summary>Documents that write themselves, beside what a serializer makes of the same objects.</summary>
public sealed class JsonTextTests
{
    private const string Odd = "Ä \"fein\" <&'> \\ 1\t\n µ 😀";

    private static readonly JsonSerializerOptions Serializer = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public void Of_EveryKindOfField_IsWhatASerializerWrites()
    {
        const string Study = """{"a":[],"b":{"c":"µ \"ä\"","d":[1,2.50,1e-7]}, "e":null}""";
        var time = new DateTimeOffset(2031, 4, 5, 6, 7, 8, 90, TimeSpan.FromHours(2));
        double[] numbers = [0, -0.0, 0.1, 1e-300, 1e16, 123456789, double.MaxValue, -1 / 3.0, 5];
        string own = JsonText.Of(json =>
        {
            json.WriteObject("thing", () =>
            {
                json.WriteString("text", Odd);
                json.WriteObject("empty", () => { });
            });
            json.WriteObject("noThing", null);
            json.WriteObjects("things", numbers, number => json.WriteNumber("number", number));
            json.WriteObjects<string>("noThings", null, _ => Assert.Fail("there is none"));
            json.WriteObjects<string>("emptyThings", [], _ => Assert.Fail("there is none"));
            json.WriteTexts("texts", [Odd, "", "b"]);
            json.WriteTexts("noTexts", (string[]?)null);
            json.WriteNumbers("numbers", [1.5, double.NaN, double.NegativeInfinity, 2]);
            json.WriteNumber("known", (double?)0.25);
            json.WriteNumber("count", (int?)17);
            json.WriteNumber("unknown", (double?)null);
            json.WriteFinite("finite", 2.5);
            json.WriteFinite("infinite", double.PositiveInfinity);
            json.WriteFinite("absent", null);
            json.WriteString("time", (DateTimeOffset?)time);
            json.WriteString("noTime", (DateTimeOffset?)null);
            json.WriteJson("study", Study);
            json.WriteTexts("named", new Dictionary<string, string> { ["Key Ä"] = Odd, ["b"] = "" });
        });
        string serialized = JsonSerializer.Serialize(
            new
            {
                Thing = new { Text = Odd, Empty = new { } },
                NoThing = (object?)null,
                Things = numbers.Select(number => new { number }),
                NoThings = (object[]?)null,
                EmptyThings = Array.Empty<object>(),
                Texts = (string[])[Odd, "", "b"],
                NoTexts = (string[]?)null,
                Numbers = (double?[])[1.5, null, null, 2],
                Known = 0.25,
                Count = 17,
                Unknown = (double?)null,
                Finite = 2.5,
                Infinite = (double?)null,
                Absent = (double?)null,
                Time = time,
                NoTime = (DateTimeOffset?)null,
                Study = JsonSerializer.Deserialize<JsonElement>(Study),
                Named = new Dictionary<string, string> { ["Key Ä"] = Odd, ["b"] = "" },
            },
            Serializer);
        Assert.Equal(serialized + "\n", own);
        Assert.Equal(serialized, Encoding.UTF8.GetString(JsonText.Bytes(json =>
        {
            using var document = JsonDocument.Parse(own);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                property.WriteTo(json);
            }
        })));
    }

    [Fact]
    public void Line_OddText_IsOneLineOfAsciiAsASerializerWrites()
    {
        string line = JsonText.Line(json => json.WriteTexts("texts", [Odd, "b"]));
        Assert.Equal(JsonSerializer.Serialize(new { texts = (string[])[Odd, "b"] }), line);
        Assert.True(Ascii.IsValid(line));
    }

    // A leaderboard of 100,000 rows: what is held back is bounded, and no row is asked for before those before it are nearly all written.
    [Fact]
    public void Write_LongArray_GoesToTheTargetPieceByPiece()
    {
        const int Rows = 20_000;
        using var target = new PieceStream();
        long heldBackMax = 0;
        long written = 0;
        IEnumerable<int> Numbers()
        {
            for (int i = 0; i < Rows; i++)
            {
                heldBackMax = Math.Max(heldBackMax, written - target.Length);
                yield return i;
            }
        }

        JsonText.Write(
            json => json.WriteObjects("rows", Numbers(), i =>
            {
                json.WriteNumber("row", i);
                json.WriteString("text", Odd);
                written = json.BytesCommitted + json.BytesPending;
            }),
            target);
        Assert.InRange(target.Length, 20 * JsonFields.PendingBytesMax, int.MaxValue);
        Assert.InRange(target.PieceMax, 1, JsonFields.PendingBytesMax + 1024);
        Assert.InRange(heldBackMax, 1, JsonFields.PendingBytesMax + 1024);
        using var document = JsonDocument.Parse(target.ToArray());
        Assert.Equal(Enumerable.Range(0, Rows), document.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("row").GetInt32()));
    }

    /// <summary>Memory that knows the longest piece it was given.</summary>
    private sealed class PieceStream : MemoryStream
    {
        public int PieceMax { get; private set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            PieceMax = Math.Max(PieceMax, count);
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            PieceMax = Math.Max(PieceMax, buffer.Length);
            base.Write(buffer);
        }
    }
}
