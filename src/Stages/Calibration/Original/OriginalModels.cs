using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Networks.Boosted;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Trees.Forest;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>What the original does with a family: its name, which settings it tries, and what it calls important.</summary>
internal static class OriginalModels
{
    /// <summary>Component counts that are tried.</summary>
    private static readonly ImmutableArray<int> Components = [2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50];

    /// <summary>The original's name of a family.</summary>
    /// <exception cref="StageException">The original has no such model.</exception>
    public static string NameOf(ICandidateFamily family) => family switch
    {
        PlsFamily => "PLS",
        NeuralBoostedFamily { Responds: ResponseKind.Number } => "NeuralBoosted",
        NetworkFamily { Responds: ResponseKind.Number } => "MLP",
        ForestFamily { Name: "forest" } => "RandomForest",
        _ => throw new StageException(
            FailureKind.InvalidRequest,
            $"The seed profile knows pls, forest, mlp and neuralboosted, found '{family.Name}'. Leave it out, or use the honest profile."),
    };

    /// <summary>The settings that are tried, in groups that one fit answers.</summary>
    /// <remarks>Of PLS the listed counts, up to n/K − 1 (whole number) and the number of variables.</remarks>
    public static ImmutableArray<ImmutableArray<ModelSetting>> Groups(ICandidateFamily family, int samples, int folds, int variables)
    {
        if (family is PlsFamily)
        {
            int most = Math.Min((samples / folds) - 1, variables);
            ImmutableArray<ModelSetting> tried = [.. family.Settings.Where(one => Components.Contains((int)one.Value) && one.Value <= most)];
            return tried.IsEmpty ? [] : [tried];
        }

        return [.. family.Settings.GroupBy(one => one.Name).Select(group => group.ToImmutableArray())];
    }

    /// <summary>
    /// The original's importance of p variables to a fit: of PLS √(p Σ w² s / Σ s) with s = tᵀt, the variance of the spectra and not that
    /// of the response which VIP asks for.
    /// </summary>
    public static double[] Importance(ISettingPath path, int setting, int variables)
    {
        double[] importance = new double[variables];
        if (path is PlsPath pls)
        {
            pls.CopyImportanceOfSpectra(setting, importance);
        }
        else
        {
            path.CopyImportance(setting, importance);
        }

        return importance;
    }

    /// <summary>The variables of largest importance, the largest first.</summary>
    public static int[] Largest(double[] importance, int count) =>
        [.. Enumerable.Range(0, importance.Length).OrderByDescending(j => importance[j]).Take(count)];
}
