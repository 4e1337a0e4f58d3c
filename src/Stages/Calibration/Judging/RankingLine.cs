namespace Pipeline.Stages.Calibration.Judging;

/// <summary>What candidates rank by as a line in RMSE and R², lower being better: RMSE alone, or a composite score.</summary>
/// <param name="OfRmse">Factor of RMSE.</param>
/// <param name="OfRSquared">Factor of R².</param>
/// <param name="Penalties">What each candidate is charged besides; empty for none.</param>
internal sealed record RankingLine(double OfRmse, double OfRSquared, double[] Penalties)
{
    /// <summary>RMSE alone.</summary>
    public static RankingLine Rmse { get; } = new(1, 0, []);

    /// <summary>The score of a candidate by its figures.</summary>
    public double Of(int candidate, double rmse, double rSquared) =>
        (OfRmse * rmse) + (OfRSquared * rSquared) + (Penalties.Length == 0 ? 0 : Penalties[candidate]);
}
