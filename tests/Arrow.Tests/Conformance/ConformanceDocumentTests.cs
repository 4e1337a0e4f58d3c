using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>The committed matrix is what reading and writing the Arrow project's files gives.</summary>
public class ConformanceDocumentTests
{
    [SharedFact]
    public async Task Document_ShowsWhatHappens()
    {
        var verdicts = new List<Verdict>();
        foreach (IntegrationFile file in IntegrationFile.Known)
        {
            verdicts.Add(await Verdict.OfAsync(file));
        }

        string tables = ConformanceDocument.Tables(verdicts);
        if (ConformanceDocument.IsToBeRewritten)
        {
            ConformanceDocument.Write(tables);
        }

        string[] listed = ConformanceDocument.Read().Split('\n');
        string[] found = tables.Split('\n');
        string difference = string.Join(
            '\n', listed.Except(found).Select(line => $"- {line}").Concat(found.Except(listed).Select(line => $"+ {line}")));
        Assert.True(
            listed.SequenceEqual(found),
            $"docs/results/arrow-conformance.md does not show what happens. Make it anew: {ConformanceDocument.Command}\n{difference}");
    }
}
