namespace Pipeline.Stages.Prediction;

/// <summary>How far a spectrum lies from the calibration spectra, within their space and off it.</summary>
/// <param name="T2">Hotelling's T² = Σ t_a² / λ_a: distance within the space of the scores.</param>
/// <param name="Q">Q, the sum of squared residuals of the variables: what the space does not describe.</param>
/// <param name="Leverage">h = 1/n + tᵀ(TᵀT)⁻¹t.</param>
public readonly record struct ScoreDistance(double T2, double Q, double Leverage);
