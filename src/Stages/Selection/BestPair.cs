using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>The pair of variables that explains the response best by least squares, of all pairs there are.</summary>
/// <remarks>
/// <c>pairs(1)</c> is the best pair, <c>pairs(2)</c> the second best. Judged by the residual sum of squares as a part of the
/// response's, summed over the responses with variance; all pairs have as many coefficients, so a criterion that
/// punishes size would rank them the same. Variables without variance, and pairs of which one repeats the other to 1e-12
/// of its square, are no candidates. Ties go to the lower variables. See <see cref="PairSearch"/> for cost and accuracy.
/// </remarks>
public sealed record BestPair : ISubset
{
    /// <summary>The lowest rank that may be asked for.</summary>
    public const int RankMax = 16;

    /// <summary>Calibration samples that two coefficients and an intercept leave one degree of freedom.</summary>
    private const int SamplesMin = 4;

    /// <summary>The pair of this rank, from 1 on.</summary>
    public BestPair(int rank)
    {
        if (rank is < 1 or > RankMax)
        {
            throw new StageException(
                FailureKind.InvalidData, $"Pairs are ranked from 1 to {RankMax}, found {rank}. Example: pairs(1).");
        }

        Rank = rank;
    }

    /// <summary>1 for the best pair.</summary>
    public int Rank { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"pairs({Rank})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool UsesImportance => false;

    /// <inheritdoc/>
    public int VariablesMax(SpectralAxis axis) => Math.Min(2, axis.Count);

    /// <inheritdoc/>
    public Cost EstimateSelect(int samples, SpectralAxis axis) => PairSearch.Estimate(samples, axis.Count);

    /// <inheritdoc/>
    public int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance)
    {
        if (x.Rows < SamplesMin)
        {
            throw new StageException(
                FailureKind.InvalidData, $"{Notation} needs at least {SamplesMin} calibration samples, found {x.Rows}.");
        }

        (int First, int Second)[] best = PairSearch.Best(x, y, Rank);
        if (best.Length < Rank)
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"{Notation}: only {best.Length} pairs of variables vary independently of each other, together with a "
                + "response that varies. Ask for a better rank, or bring more samples.");
        }

        return [best[Rank - 1].First, best[Rank - 1].Second];
    }
}
