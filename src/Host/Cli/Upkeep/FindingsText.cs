using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Host.Upkeep.Checks;
using Pipeline.Host.Wording;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary>What the checks have found, for people and for machines.</summary>
internal static class FindingsText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

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
    public static string Json(ImmutableArray<Finding> findings) => JsonSerializer.Serialize(
        new Report(
            Word(findings.Max(finding => finding.Level)),
            [.. findings.Select(finding => new Entry(finding.Check, Word(finding.Level), finding.Level == FindingLevel.Damage, finding.Found, finding.Mend))]),
        Options);

    private static string Word(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "ok",
        FindingLevel.Warning => "warning",
        _ => "problem",
    };

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{Figure.Count(count)} {what}s";

    private sealed record Report(string Level, ImmutableArray<Entry> Findings);

    private sealed record Entry(string Check, string Level, bool IsDamage, string Found, string Mend);
}
