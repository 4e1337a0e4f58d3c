using Pipeline.Engine.Identity;
using Pipeline.Stages.Models;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Selection;

namespace Pipeline.Stages.Calibration;

/// <summary>One row of the leaderboard: chain × subset × model × setting.</summary>
/// <param name="Key">Names the candidate's work on its samples and folds; breaks ties.</param>
/// <param name="Chain">Pretreatment of the full spectrum.</param>
/// <param name="Subset">Choice of variables.</param>
/// <param name="Family">The family of the model.</param>
/// <param name="Setting">The model's setting.</param>
public sealed record Candidate(
    Fingerprint Key, PretreatmentChain Chain, ISubset Subset, ICandidateFamily Family, ModelSetting Setting)
{
    /// <summary>The setting as people write it.</summary>
    public string SettingText => Family.Describe(Setting);
}
