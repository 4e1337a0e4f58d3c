namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>A split and its score.</summary>
/// <param name="Score">See <see cref="SplitScan"/>.</param>
/// <param name="Variable">The variable; -1 for no split.</param>
/// <param name="Bin">The last bin that goes left.</param>
/// <param name="MissingGoLeft">Where missing values go.</param>
internal record struct SplitChoice(double Score, int Variable, int Bin, bool MissingGoLeft)
{
    /// <summary>No split yet; one must score more than this.</summary>
    public static SplitChoice Above(double score) => new(score, -1, -1, false);

    /// <summary>Takes another split where it scores more.</summary>
    public void Improve(in SplitChoice other) => Improve(other.Score, other.Variable, other.Bin, other.MissingGoLeft);

    /// <summary>Takes another split where there is one and it scores more.</summary>
    public void Improve(double score, int variable, int bin, bool missingGoLeft)
    {
        if (bin >= 0 && score > Score)
        {
            this = new SplitChoice(score, variable, bin, missingGoLeft);
        }
    }
}
