namespace Pipeline.Stages.Models.Ridge;

/// <summary>What a ridge penalty is measured in.</summary>
public enum RidgeScale
{
    /// <summary>λ as it stands, in the square of the spectra's unit.</summary>
    Absolute,

    /// <summary>λ times the trace of the centred cross-product of the calibration fold; the same grid fits spectra of any unit, size and number.</summary>
    Trace,
}
