using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>A local PLS: its calibration set, and how many of it are fitted with how many components for each new spectrum.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
internal sealed class FittedLocalPls(LocalCalibration calibration, LocalPlsSetting setting) : IFittedModel
{
    private const string ComponentsName = "components";
    private const string NeighboursName = "neighbours";

    /// <inheritdoc/>
    public int VariableCount => calibration.VariableCount;

    /// <inheritdoc/>
    public int ResponseCount => 1;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt =>
    [
        .. calibration.Learnt, NamedArray.Of(ComponentsName, [setting.Components]), NamedArray.Of(NeighboursName, [setting.Neighbours]),
    ];

    /// <summary>The model of saved numbers.</summary>
    public static FittedLocalPls Restore(ImmutableArray<NamedArray> learnt, int variables) => new(
        LocalCalibration.Restore(learnt, variables),
        new LocalPlsSetting((int)SavedNumbers.Of(learnt, ComponentsName, 1)[0], (int)SavedNumbers.Of(learnt, NeighboursName, 1)[0]));

    /// <summary>Predicts n spectra. Time 2mp + 4kpA for each, with m calibration samples.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat) => calibration.Predict(x, [setting], [0], yHat);

    /// <inheritdoc cref="LocalCalibration.CopyImportance"/>
    public void CopyImportance(Span<double> importance) => calibration.CopyImportance(setting, importance);
}
