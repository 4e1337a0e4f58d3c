using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Calibration.Original;

/// <summary>A study in the original's arithmetic: what is tried, in the order of its loops.</summary>
public sealed class OriginalStudy
{
    private const int RegionsNamedMax = 5;

    private OriginalStudy(
        ImmutableArray<OriginalConfiguration> configurations,
        ImmutableArray<ICandidateFamily> families,
        ImmutableArray<int> counts,
        ImmutableArray<BestRegions> regions,
        RandomFolds folds,
        double lambda)
    {
        Configurations = configurations;
        Families = families;
        Counts = counts;
        Regions = regions;
        FoldCount = folds.Count;
        Seed = (uint)folds.Seed;
        Lambda = lambda;
    }

    /// <summary>Pretreatments.</summary>
    public ImmutableArray<OriginalConfiguration> Configurations { get; }

    /// <summary>Models.</summary>
    public ImmutableArray<ICandidateFamily> Families { get; }

    /// <summary>Numbers of most important variables.</summary>
    public ImmutableArray<int> Counts { get; }

    /// <summary>Windows of the axis, one by one and together.</summary>
    public ImmutableArray<BestRegions> Regions { get; }

    /// <summary>Folds, K.</summary>
    public int FoldCount { get; }

    /// <summary>The seed of the folds.</summary>
    public uint Seed { get; }

    /// <summary>What complexity costs in the composite score.</summary>
    public double Lambda { get; }

    /// <summary>Reads a study.</summary>
    /// <exception cref="StageException">It asks for something that the original does not have.</exception>
    public static OriginalStudy Of(Study study)
    {
        ArgumentNullException.ThrowIfNull(study);
        StudyMethods methods = StudyMethods.Of(study);
        if (methods.Splitter is not RandomFolds { Seed: <= uint.MaxValue } folds)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"The seed profile has folds such as random(5, seed 42), found '{study.Folds}'. They are scikit-learn's, with the rows as the file has them.");
        }

        ISubset? other = methods.Subsets.FirstOrDefault(one => one is not (FullSpectrum or TopVariables or BestRegions));
        if (other is not null || !methods.Subsets.Any(one => one is FullSpectrum))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"The seed profile has the subsets full, top(N), region(50,25;K) and regions(50,25;K), full among them, found "
                + $"'{(other is null ? string.Join(", ", study.Subsets) : other.Notation)}'.");
        }

        foreach (ICandidateFamily family in methods.Families)
        {
            _ = OriginalModels.NameOf(family);
        }

        return new OriginalStudy(
            [.. methods.Chains.Select(OriginalConfiguration.Of)],
            methods.Families,
            [.. methods.Subsets.OfType<TopVariables>().Select(one => one.Count)],
            [.. methods.Subsets.OfType<BestRegions>()],
            folds,
            study.Lambda);
    }

    /// <summary>What the original calls a window, or several.</summary>
    public static string TagOf(BestRegions regions, ImmutableArray<double> starts)
    {
        string[] windows = [.. starts.Select(start => FormattableString.Invariant($"{start:0}-{start + regions.Width:0}"))];
        return !regions.Combined
            ? $"region_{windows[0]}nm"
            : windows.Length > RegionsNamedMax ? $"top{windows.Length}regions" : $"top{windows.Length}regions_{string.Join(',', windows)}nm";
    }
}
