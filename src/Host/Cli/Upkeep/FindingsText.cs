using System.Collections.Immutable;
using Pipeline.Host.Results;
using Pipeline.Host.Upkeep.Checks;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary>What the checks have found, for people and for machines.</summary>
internal static class FindingsText
{
    /// <summary>Writes one line for each finding, and one more where there is something to do.</summary>
    public static void Write(TextWriter screen, ImmutableArray<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            screen.WriteLine($"{Word(finding.Level),-8} {finding.Check}: {finding.Found}");
            if (finding.Mend.Length > 0)
            {
                screen.WriteLine($"{"",-8} → {finding.Mend}");
            }
        }

        int problems = findings.Count(finding => finding.Level >= FindingLevel.Problem);
        int warnings = findings.Count(finding => finding.Level == FindingLevel.Warning);
        screen.WriteLine($"{findings.Length} checks, {Count(problems, "problem")}, {Count(warnings, "warning")}.");
    }

    /// <summary>The findings as JSON; <c>isDamage</c> tells damaged data from what settings or machine lack.</summary>
    public static string Json(ImmutableArray<Finding> findings) => JsonText.Of(json =>
    {
        json.WriteString("level", Word(findings.Max(finding => finding.Level)));
        json.WriteObjects("findings", findings, finding =>
        {
            json.WriteString("check", finding.Check);
            json.WriteString("level", Word(finding.Level));
            json.WriteBoolean("isDamage", finding.Level == FindingLevel.Damage);
            json.WriteString("found", finding.Found);
            json.WriteString("mend", finding.Mend);
        });
    });

    private static string Word(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Warning => "warning",
        _ => "problem",
    };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{Figure.Count(count)} {what}s";
}
