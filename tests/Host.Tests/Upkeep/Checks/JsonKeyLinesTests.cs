using System.Collections.Immutable;
using System.Text;
using Pipeline.Host.Upkeep.Checks;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep.Checks;

public class JsonKeyLinesTests
{
    [Fact]
    public void Of_ObjectsAndArraysInEachOther_GivesTheLineOfEachKey()
    {
        ImmutableDictionary<string, int> lines = JsonKeyLines.Of(Encoding.UTF8.GetBytes(
            """
            { // a comment
              "A": { "B": 1,
                     "C": [ 1, [ 2,
                       3 ], { "D": null } ] },
              "E": [ { "F": [] },
                     { "F": {},
                       "G": "x" } ],
            }
            """));
        (string Key, int Line)[] expected =
        [
            ("A", 2), ("A:B", 2), ("A:C", 3), ("A:C:0", 3), ("A:C:1", 3), ("A:C:1:0", 3), ("A:C:1:1", 4), ("A:C:2", 4), ("A:C:2:D", 4),
            ("E", 5), ("E:0", 5), ("E:0:F", 5), ("E:1", 6), ("E:1:F", 6), ("E:1:G", 7),
        ];
        Assert.Equal(expected, lines.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
