using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models;

/// <summary>A fitted model of one response that is a line through the variables: ŷ = intercept + xᵀb.</summary>
public interface ILinearModel : IFittedModel
{
    /// <summary>b, one coefficient per variable on the scale of the spectra that the model sees.</summary>
    ReadOnlySpan<double> Coefficients { get; }

    /// <summary>The intercept.</summary>
    double Intercept { get; }

    /// <inheritdoc/>
    ImmutableArray<NamedArray> IFittedModel.Learnt =>
        [NamedArray.Of(FittedLine.CoefficientsName, Coefficients.ToArray()), NamedArray.Of(FittedLine.InterceptName, [Intercept])];
}
