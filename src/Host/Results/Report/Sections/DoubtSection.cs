using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Pipeline.Host.Results.Plots;
using Pipeline.Host.Runs;
using Pipeline.Host.Wording;
using Pipeline.Stages.Calibration.Judging;
using Pipeline.Stages.Prediction;

namespace Pipeline.Host.Results.Report.Sections;

/// <summary>What a careful reader should doubt: the data, the search, single samples.</summary>
internal static partial class DoubtSection
{
    private const int NamesMax = 5;
    private const int NotesMax = 12;
    private const int ReasonMax = 300;
    private const double ResidualMax = 3;
    private const double OverfitFactor = 1.5;
    private const int GroupsFew = 30;
    private const double FlatteredMuch = 0.2;

    /// <summary>A list, or a sentence where there is nothing.</summary>
    public static void Write(Html html, ReportFacts facts)
    {
        string[] doubts = [.. OfData(facts), .. OfSearch(facts), .. OfSamples(facts)];
        html.Open("section", doubts.Length > 0 ? "doubts" : "", "doubts").Element("h2", "What to doubt");
        if (doubts.Length == 0)
        {
            html.Element("p", "Nothing stands out: no identical spectra, no warning, no candidate without rank, no sample far from the others.");
        }

        html.List(doubts).Close("section");
    }

    private static IEnumerable<string> OfData(ReportFacts facts)
    {
        PreparedRun prepared = facts.Result.Prepared;
        ImmutableArray<ImmutableArray<string>> twins = prepared.Bound.IdenticalSpectra;
        if (twins.Length > 0)
        {
            yield return $"{ReportText.Many(twins.Sum(set => set.Length), "sample")} in {ReportText.Many(twins.Length, "set")} have identical spectra: "
                + ReportText.Some([.. twins.Select(set => ReportText.Some(set, 3, " = "))], NamesMax, "; ")
                + ". Each set is kept in one fold; ask where the copies come from.";
        }

        ImmutableArray<ImmutableArray<string>> near = prepared.Bound.NearSpectra;
        if (near.Length > 0)
        {
            yield return $"{ReportText.Many(near.Sum(set => set.Length), "sample")} in {ReportText.Many(near.Length, "set")} have nearly "
                + "identical spectra, ten thousand times closer than is usual here: "
                + ReportText.Some([.. near.Select(set => ReportText.Some(set, 3, " ≈ "))], NamesMax, "; ")
                + ". Each set is kept in one fold; they may be copies that were rounded or converted.";
        }

        if (facts.Samples.GroupCount < GroupsFew)
        {
            yield return $"{ReportText.Many(facts.Samples.GroupCount, "independent sample")} are few: every figure here is uncertain.";
        }

        // Which line the reader stumbles over first depends on their order, and this page does not.
        string[] warnings = [.. prepared.Report.Warnings];
        foreach (string warning in warnings.Where(one => !LineNumber().IsMatch(one)).Take(NotesMax))
        {
            yield return warning;
        }

        int further = warnings.Count(one => LineNumber().IsMatch(one)) + Math.Max(0, warnings.Count(one => !LineNumber().IsMatch(one)) - NotesMax);
        if (further > 0)
        {
            yield return $"{ReportText.Many(further, "further warning")} of the reader: 'pipeline plan' on the same file prints "
                + $"{(further == 1 ? "it" : "them")}.";
        }
    }

    private static IEnumerable<string> OfSearch(ReportFacts facts)
    {
        foreach (string note in facts.Result.Prepared.Plan.Notes.Take(NotesMax))
        {
            yield return note;
        }

        SearchJudgement judgement = facts.Board.Judgement;
        foreach (string note in judgement.Notes.Take(NotesMax))
        {
            yield return note;
        }

        if (judgement.Null is { } chance && chance.PValue > JudgementText.Level)
        {
            yield return $"Chance would do as well: of {ReportText.Many(chance.Permutations, "search", "searches")} on shuffled responses "
                + $"so many reach as low an error that p = {JudgementText.Probability(chance.PValue)}.";
        }

        if (judgement.Nested is { } nested && (nested.Classes is null ? nested.Optimism / nested.Metrics.Rmse : nested.Optimism) > FlatteredMuch)
        {
            yield return $"The winner's cross-validation {JudgementText.Flattery(nested)}, which is much: do not quote it without the "
                + "estimate for new samples.";
        }

        string[] failures = [.. facts.Board.Rows.Where(row => row.Rank == 0).Select(row => row.Failure ?? "")];
        if (failures.Length > 0)
        {
            string usual = failures.GroupBy(reason => reason, StringComparer.Ordinal).OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key, StringComparer.Ordinal).First().Key;
            yield return $"{Figure.Count(failures.Length)} of {ReportText.Many(facts.Board.Rows.Length, "candidate")} have no rank, most often because: "
                + $"{Markup.Cut(usual, ReasonMax)} All reasons stand at the end.";
        }

        if (facts.Winner is { } winner && CandidateText.AtTheEdge(winner))
        {
            yield return $"The best setting is the last of its grid ({winner.Candidate.SettingText}): allow more in the study to see whether it goes on.";
        }

        if (facts.Chosen is { Failure: { } reason })
        {
            yield return $"The winner cannot be refitted on all calibration samples: {reason}";
        }

        if (facts.Chosen?.Calibration is { Rmse: > 0 } calibration && facts.Winner!.Metrics.Rmse > OverfitFactor * calibration.Rmse)
        {
            yield return $"RMSECV is {ReportText.Ratio(facts.Winner.Metrics.Rmse / calibration.Rmse)} times RMSEC: the model follows its "
                + "own calibration samples much closer than others.";
        }

        if (facts.Refusal is { } refusal)
        {
            yield return $"Spectra could not be fetched for the plots: {refusal}";
        }
    }

    private static IEnumerable<string> OfSamples(ReportFacts facts)
    {
        if (!facts.IsOfClasses && facts.HeldOut is not null && facts.Winner is { Metrics.Sep: > 0 and var sep })
        {
            double bias = facts.Winner.Metrics.Bias;
            int[] far =
            [
                .. Enumerable.Range(0, facts.Values.Length).Where(i => Math.Abs(facts.Residual(i) - bias) > ResidualMax * sep)
                    .OrderByDescending(i => Math.Abs(facts.Residual(i) - bias)).ThenBy(i => i),
            ];
            if (far.Length > 0)
            {
                yield return $"{ReportText.Many(far.Length, "sample")} missed by more than {ResidualMax:0} SEP in cross-validation: "
                    + ReportText.Some(
                        [.. far.Select(i => $"{ReportText.Name(facts.Samples.Ids[i])} (reference {Figure.Of(facts.Values[i])}, predicted "
                            + $"{Figure.Of(facts.HeldOut![i])})")],
                        NamesMax)
                    + ". Check reference and spectrum.";
            }
        }

        if (facts.Chosen?.Refit is { Distances: var distances, Scores.Limits: var limits })
        {
            int[] beyond =
            [
                .. Enumerable.Range(0, distances.Length).Where(i => ReportFacts.Farness(distances[i], limits) > 1)
                    .OrderByDescending(i => ReportFacts.Farness(distances[i], limits)).ThenBy(i => i),
            ];

            // Each of two limits lets 1 in 100 pass as too far by chance.
            double expected = 2 * (1 - ScoreLimits.RejectLevel) * distances.Length;
            if (beyond.Length > Math.Max(1, expected))
            {
                yield return $"{ReportText.Many(beyond.Length, "sample")} beyond the 99 % limit of T² or Q, where about "
                    + $"{Figure.Count((long)Math.Ceiling(expected))} would be by chance: "
                    + ReportText.Some([.. beyond.Select(i => facts.Samples.Ids[i])], NamesMax) + ".";
            }
        }
    }

    [GeneratedRegex(@"\bline \d")]
    private static partial Regex LineNumber();
}
