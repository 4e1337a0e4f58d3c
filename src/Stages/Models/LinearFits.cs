using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>Lines through the variables for several settings: ŷ = intercept + xᵀb.</summary>
/// <remarks>Immutable once handed out. Memory settings × p doubles.</remarks>
public sealed class LinearFits
{
    /// <summary>Lines of coefficients 0 that are still to be filled.</summary>
    internal LinearFits(int settings, int variables)
    {
        Coefficients = new Matrix(settings, variables);
        Intercepts = new double[settings];
        Failures = new string?[settings];
    }

    /// <summary>b of each setting, settings × p.</summary>
    public Matrix Coefficients { get; }

    /// <summary>The intercept of each setting.</summary>
    public double[] Intercepts { get; }

    /// <summary>Why a setting has no answer, or null.</summary>
    public string?[] Failures { get; }

    /// <summary>Sets the intercepts so that the mean spectrum is predicted as the mean response.</summary>
    internal LinearFits Through(Moments calibration)
    {
        for (int s = 0; s < Intercepts.Length; s++)
        {
            Intercepts[s] = calibration.YMeans[0] - Products.Dot(calibration.XMeans, Coefficients.Row(s));
        }

        return this;
    }
}
