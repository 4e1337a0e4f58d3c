namespace Pipeline.Stages.Spectra;

/// <summary>The unit of a spectral axis; units are never mixed.</summary>
public enum AxisUnit
{
    /// <summary>Wavelength in nm.</summary>
    Nanometre,

    /// <summary>Wavenumber in cm⁻¹.</summary>
    Wavenumber,

    /// <summary>Channel number without a physical meaning.</summary>
    Channel,
}
