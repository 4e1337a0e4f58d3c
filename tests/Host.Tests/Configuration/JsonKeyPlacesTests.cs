using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

public class JsonKeyPlacesTests
{
    [Fact]
    public void Of_ObjectsAndArraysInEachOther_GivesThePlaceOfEachKey()
    {
        ImmutableDictionary<string, TextPlace> places = JsonKeyPlaces.Of(Encoding.UTF8.GetBytes(
            """
            { // a comment
              "A": { "B": 1,
                     "C": [ 1, [ 2,
                       3 ], { "Dµ": null, "E": 0 } ] },
              "E": [ { "F": [] },
                     { "F": {},
                       "G": "x" } ],
            }
            """.ReplaceLineEndings("\r\n")));
        (string Key, string Place)[] expected =
        [
            ("A", "2:3"), ("A:B", "2:10"), ("A:C", "3:10"), ("A:C:0", "3:17"), ("A:C:1", "3:20"), ("A:C:1:0", "3:22"), ("A:C:1:1", "4:12"),
            ("A:C:2", "4:17"), ("A:C:2:Dµ", "4:19"), ("A:C:2:E", "4:31"),
            ("E", "5:3"), ("E:0", "5:10"), ("E:0:F", "5:12"), ("E:1", "6:10"), ("E:1:F", "6:12"), ("E:1:G", "7:12"),
        ];
        Assert.Equal(expected, places.Select(pair => (pair.Key, pair.Value.ToString())).OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void Of_KeyTwice_IsRefusedInAnyCase()
    {
        byte[] json = Encoding.UTF8.GetBytes("{ \"µµ\": 1,\n  \"a\": { \"Memory\": 1,   \"memory\": 2 } }");
        JsonException refused = Assert.ThrowsAny<JsonException>(() => JsonKeyPlaces.Of(json));
        Assert.Contains("'a:memory' stands there twice, first in line 2", refused.Message, StringComparison.Ordinal);
        Assert.Equal("2:25", TextPlace.Of(refused, json).ToString());
    }
}
