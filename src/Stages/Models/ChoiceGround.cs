using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models;

/// <summary>What the choices of variables of one fold look at: its rows, the fit to all variables, and correlations, which all regions share.</summary>
/// <param name="Rows">The spectra of the fold.</param>
/// <param name="Full">The fit to all variables; null where no choice looks at importance and no full spectrum is asked for.</param>
/// <param name="Axis">The axis.</param>
internal sealed record ChoiceGround(FoldSpectra Rows, FittedPath? Full, SpectralAxis Axis)
{
    private double[]? _correlations;

    private double[] Correlations => _correlations ??= Correlation.AbsoluteMeans(Rows.X.View, Rows.Y.View);

    /// <summary>The variables that a subset chooses here for a setting.</summary>
    public int[] Select(ISubset subset, int setting)
    {
        if (subset is BestRegions regions)
        {
            return regions.Select(Correlations, Axis);
        }

        double[] importance = [];
        if (subset.UsesImportance)
        {
            int index = Full!.Settings.IndexOf(setting);
            if (Full.Path.FailureOf(index) is { } failure)
            {
                throw new StageException(FailureKind.Numerical, failure);
            }

            importance = new double[Axis.Count];
            Full.Path.CopyImportance(index, importance);
        }

        return subset.Select(Rows.X.View, Rows.Y.View, Axis, importance);
    }
}

/// <summary>A fit to some settings.</summary>
/// <param name="Settings">The settings, by index.</param>
/// <param name="Path">The fit.</param>
internal sealed record FittedPath(ImmutableArray<int> Settings, ISettingPath Path);
