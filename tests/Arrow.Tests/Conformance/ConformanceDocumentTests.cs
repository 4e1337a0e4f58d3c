using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>The committed matrix is what reading and writing the Arrow project's files gives.</summary>
public class ConformanceDocumentTests
{
    [SharedCodecFact]
    public async Task Document_ShowsWhatHappens()
    {
        var verdicts = new List<Verdict>();
        foreach (IntegrationFile file in IntegrationFile.Known)
        {
            verdicts.Add(await Verdict.OfAsync(file));
        }

        ConformanceDocument.Part.Require(ConformanceDocument.Tables(verdicts));
    }
}
