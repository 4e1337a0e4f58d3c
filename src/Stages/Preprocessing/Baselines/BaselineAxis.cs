using Pipeline.Engine;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Baselines;

/// <summary>The axes on which a smooth baseline exists.</summary>
internal static class BaselineAxis
{
    /// <summary>The axis, or a refusal where it has too few variables.</summary>
    public static SpectralAxis Checked(IPretreatment baseline, SpectralAxis axis) => axis.Count >= WhittakerSmoother.VariablesMin
        ? axis
        : throw new StageException(
            FailureKind.InvalidData,
            $"{baseline.Notation} needs at least {WhittakerSmoother.VariablesMin} variables, but the spectra have {axis.Count}. "
            + "Use more variables, or leave this step out.");
}
