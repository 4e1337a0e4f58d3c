using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>A family whose members are lines that follow from the moments of their calibration samples.</summary>
/// <remarks>
/// Such a family needs the spectra themselves neither to be fitted nor to be judged, so it works on spectra that are
/// larger than memory. Its answers agree with those from the spectra to the digits that cross-products keep: the condition
/// of the spectra counts squared.
/// </remarks>
public interface IMomentsFamily : ICandidateFamily
{
    /// <summary>Fits several settings to the samples of some moments.</summary>
    /// <param name="calibration">Moments with one response; not kept.</param>
    /// <param name="settings">Some of <see cref="ICandidateFamily.Settings"/>.</param>
    LinearFits FitMoments(Moments calibration, ImmutableArray<ModelSetting> settings);

    /// <summary>The same as a path that predicts spectra, to the accuracy of a fit to the spectra; null where these tell more.</summary>
    /// <param name="calibration">Moments with one response; not kept.</param>
    /// <param name="settings">Some of <see cref="ICandidateFamily.Settings"/>.</param>
    ISettingPath? FitPath(Moments calibration, ImmutableArray<ModelSetting> settings);

    /// <summary>Whether <see cref="FitPath(Moments, ImmutableArray{ModelSetting})"/> may leave these settings to the spectra.</summary>
    bool MayNeedSpectra(ImmutableArray<ModelSetting> settings) => true;

    /// <summary>Bytes that one fit holds beside the moments.</summary>
    long FitMomentsBytes(int variables, int settings);
}
