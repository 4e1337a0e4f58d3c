using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Wording;

/// <summary>A row of the ranking in words.</summary>
internal static class CandidateText
{
    /// <summary>Its pretreatment, variables, model and setting.</summary>
    public static string Describe(LeaderboardRow row) =>
        $"{row.Candidate.Chain.Notation}, {row.Variables}, {row.Candidate.Family.Name} {row.Candidate.SettingText}";

    /// <summary>True where the most flexible setting of the study won and more were possible.</summary>
    public static bool AtTheEdge(LeaderboardRow row) =>
        row.Candidate.Family.Settings is { Length: > 1 } settings && row.Candidate.Setting == settings[^1];
}
