using System.Globalization;
using System.Text;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>The tables in <c>docs/results/arrow-conformance.md</c>, which are made of verdicts.</summary>
internal static class ConformanceDocument
{
    /// <summary>The tables as they stand in the document.</summary>
    public static GeneratedPart Part { get; } = new(
        "arrow-conformance.md",
        "What follows is made by running all of it.",
        "dotnet test tests/Arrow.Tests -c Release --filter FullyQualifiedName~ConformanceDocumentTests");

    /// <summary>The tables: outcomes by feature and writer, then each data set with what was compared.</summary>
    public static string Tables(IReadOnlyList<Verdict> verdicts)
    {
        string[] writers = [.. verdicts.Select(verdict => verdict.File.Writer).Distinct().Order(StringComparer.Ordinal)];
        var text = new StringBuilder("\n" + Summary(verdicts) + "\n\n## By feature and writer\n\n");
        AppendRow(text, ["feature", .. writers]);
        AppendRow(text, ["---", .. writers.Select(_ => "---")]);
        foreach (IGrouping<string, Verdict> feature in verdicts
            .GroupBy(verdict => verdict.File.Feature)
            .OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var outcomes = feature.ToDictionary(verdict => verdict.File.Writer, verdict => verdict.Outcome);
            AppendRow(text, [feature.Key, .. writers.Select(writer => outcomes.GetValueOrDefault(writer, Verdict.Nothing))]);
        }

        text.Append("\n## What was compared\n\n");
        string[] written = [.. Ways.OfWriting.Select(way => "written: " + way.Name)];
        AppendRow(text, ["writer", "feature", "fields", "batches", "values", "stream", "file", .. written]);
        AppendRow(text, ["---", "---", "--:", "--:", "--:", "---", "---", .. written.Select(_ => "---")]);
        foreach (Verdict verdict in verdicts)
        {
            string[] counts = verdict.Stream == Verdict.Equal
                ? [Text(verdict.Fields), Text(verdict.Batches), Text(verdict.Values)]
                : [Verdict.Nothing, Verdict.Nothing, Verdict.Nothing];
            string[] outcomes = [verdict.Stream, verdict.ArrowFile, .. verdict.Written];
            AppendRow(text, [verdict.File.Writer, verdict.File.Feature, .. counts, .. outcomes]);
        }

        return text.ToString();
    }

    private static string Summary(IReadOnlyList<Verdict> verdicts)
    {
        Verdict[] equal = [.. verdicts.Where(verdict => verdict.Outcome == Verdict.Equal)];
        return $"{verdicts.Count} data sets: {equal.Length} equal ({Text(equal.Sum(verdict => verdict.Values))} values), "
            + $"{verdicts.Count(verdict => verdict.IsRefused)} refused.";
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append($"| {string.Join(" | ", cells)} |\n");

    private static string Text(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
