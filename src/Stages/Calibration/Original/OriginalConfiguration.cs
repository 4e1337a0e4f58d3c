using Pipeline.Engine;
using Pipeline.Stages.Preprocessing;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>A pretreatment as the original names it, and whether it cuts spectra to some variables before it or after.</summary>
/// <param name="Chain">The chain.</param>
/// <param name="Name"><c>raw</c>, <c>snv</c>, <c>deriv</c>, <c>snv_deriv</c> or <c>deriv_snv</c>.</param>
/// <param name="Derivative">The Savitzky–Golay filter, or null.</param>
public sealed record OriginalConfiguration(PretreatmentChain Chain, string Name, SavitzkyGolay? Derivative)
{
    /// <summary>Raw and SNV are done anew on the chosen variables alone; derivatives are taken over the whole spectrum, which is then cut.</summary>
    public bool CutsFirst => Derivative is null;

    /// <summary>The configuration of a chain.</summary>
    /// <exception cref="StageException">The original has no such chain.</exception>
    public static OriginalConfiguration Of(PretreatmentChain chain) => chain.Steps.ToArray() switch
    {
        [] => new OriginalConfiguration(chain, "raw", null),
        [StandardNormalVariate { Ddof: 0 }] => new OriginalConfiguration(chain, "snv", null),
        [SavitzkyGolay { Derivative: >= 1 } filter] => new OriginalConfiguration(chain, "deriv", filter),
        [StandardNormalVariate { Ddof: 0 }, SavitzkyGolay { Derivative: >= 1 } filter] => new OriginalConfiguration(chain, "snv_deriv", filter),
        [SavitzkyGolay { Derivative: >= 1 } filter, StandardNormalVariate { Ddof: 0 }] => new OriginalConfiguration(chain, "deriv_snv", filter),
        _ => throw new StageException(
            FailureKind.InvalidRequest,
            $"The seed profile knows raw, snv(0), derivatives sg(W,P,D) and the two in either order, found '{chain.Notation}'. Leave it "
            + "out, or use the honest profile."),
    };
}
