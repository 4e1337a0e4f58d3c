using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>Engine ← Stages ← Host, and nothing else.</summary>
public class LayersTests
{
    [Theory]
    [InlineData("Engine", "")]
    [InlineData("Stages", "Engine")]
    [InlineData("Host", "Stages")]
    public void ProjectReferences_PointInwards(string project, string allowed)
    {
        string file = Checkout.PathOf("src", project, $"{project}.csproj");
        string[] references =
        [
            .. XDocument.Load(file).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)),
        ];
        string[] expected = allowed.Length == 0 ? [] : [allowed];
        Assert.True(
            references.SequenceEqual(expected),
            $"Engine <- Stages <- Host: {project} may reference [{allowed}], found [{string.Join(", ", references)}].");
    }

    [Fact]
    public void Numerics_DoesNotKnowTheEngine() =>
        AssertNone(
            Checkout.SourceFiles("src", "Stages", "Numerics"),
            @"Pipeline\.Engine|using Pipeline\.Stages\.(?!Numerics)",
            "Numerics are pure: no Engine and no other part of Stages there.");

    [Fact]
    public void Engine_KnowsNoSpectra() =>
        AssertNone(
            Checkout.SourceFiles("src", "Engine"),
            @"(?i)\b(spectr|wavelength|pretreat|Pipeline\.Stages|Pipeline\.Host)",
            "The engine's payloads are opaque.");

    [Fact]
    public void DataflowBlocks_AreConstructedInOneFile() =>
        AssertNone(
            Checkout.SourceFiles("src").Where(file => !file.EndsWith("/BoundedPipeline.cs", StringComparison.Ordinal)),
            @"new\s+(Transform|TransformMany|Action|Buffer|Batch|BatchedJoin|Broadcast|Join|WriteOnce)Block\s*<",
            "Only Engine/Dataflow/BoundedPipeline.cs constructs dataflow blocks (decision 0002).");

    [Fact]
    public void Stages_TouchNoFiles() =>
        AssertNone(
            Checkout.SourceFiles("src", "Stages"),
            @"\b(File|Directory|FileStream|FileInfo)\b\s*[.(]",
            "Stages read streams; opening files is the host's business.");

    /// <summary>Words that the command line shares with results, predictions and runs are in Host/Wording.</summary>
    [Fact]
    public void CommandLine_IsKnownToTheProgramAlone() =>
        AssertNone(
            Checkout.SourceFiles("src", "Host").Where(file => !file.Contains("/Host/Cli/", StringComparison.Ordinal)
                && !file.EndsWith("/Host/Program.cs", StringComparison.Ordinal)),
            @"\b(Pipeline\.Host\.)?Cli(\.\w|;)",
            "The command line calls the rest of the host, not the other way round.");

    private static void AssertNone(IEnumerable<string> files, string pattern, string rule)
    {
        var found = new List<string>();
        foreach (string file in files)
        {
            string[] lines = File.ReadAllLines(file);
            for (int i = 0; i < lines.Length; i++)
            {
                if (Regex.IsMatch(CodeOf(lines[i]), pattern))
                {
                    found.Add($"{Checkout.Relative(file)}:{i + 1}: {lines[i].Trim()}");
                }
            }
        }

        Assert.True(found.Count == 0, rule + "\n" + string.Join("\n", found));
    }

    private static string CodeOf(string line)
    {
        int comment = line.IndexOf("//", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }
}
