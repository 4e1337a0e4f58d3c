using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Models.Discriminant;
using Pipeline.Stages.Models.GaussianProcess;
using Pipeline.Stages.Models.KernelRidge;
using Pipeline.Stages.Models.Kernels;
using Pipeline.Stages.Models.LocalPls;
using Pipeline.Stages.Models.Networks;
using Pipeline.Stages.Models.Pcr;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.PlsDiscriminant;
using Pipeline.Stages.Models.SupportVectors.Pairs;
using Pipeline.Stages.Models.Trees.Boosting;
using Pipeline.Stages.Models.Trees.Forest;

namespace Pipeline.Stages.Diagnostics;

/// <summary>By what measure a fitted model says how much each variable matters; see <see cref="IFittedModel.CopyImportance"/>.</summary>
/// <param name="Name">The measure, short enough for an axis.</param>
/// <param name="Meaning">The measure in words.</param>
/// <param name="IsProjection">True for VIP, of which 1 is the usual limit; others have no limit of their own.</param>
public sealed record ImportanceMeasure(string Name, string Meaning, bool IsProjection)
{
    private static readonly ImportanceMeasure Projection = new("VIP", "variable importance in projection", IsProjection: true);

    /// <summary>The measure of a model.</summary>
    /// <param name="family">The family that it comes from.</param>
    /// <param name="model">The model.</param>
    public static ImportanceMeasure Of(ICandidateFamily family, IFittedModel model) => model switch
    {
        FittedPls or FittedPcr or FittedLocalPls => Projection,
        FittedClassLines when family is PlsDiscriminantFamily => Projection,
        ILinearModel => Other("|coefficient|", "magnitude of the coefficient"),
        FittedClassLines => Other("coefficients", "root mean square, over classes, of the coefficients around their mean"),
        FittedSupportVectorClasses { IsLine: true } => Other("coefficients", "root mean square, over pairs of classes, of the coefficients"),
        FittedSupportVectorClasses => Other("|derivative|", "root mean square, over pairs of classes, of the derivative of the decision"),
        FittedQuadratic => Other("√ Fisher ratio", "deviation between class means over that within classes"),
        FittedForest => Other("importance", "part of the decrease in the trees' error"),
        FittedBoosting => Other("gain", "part of what the splits have gained"),
        FittedNetworks => Other("|weight|", "mean magnitude of the first layer's weights, per deviation of the variable"),
        FittedGaussianProcess or FittedKernelRidge or FittedExpansion => Other("|derivative|", "root mean square derivative of the prediction"),
        _ => Other("importance", "importance by the model's own measure"),
    };

    /// <summary>The importance from which a variable counts: 1 for VIP, the mean of all for other measures.</summary>
    public double Threshold(ReadOnlySpan<double> importance)
    {
        if (IsProjection)
        {
            return 1;
        }

        double sum = 0;
        foreach (double one in importance)
        {
            sum += one;
        }

        return importance.IsEmpty ? 0 : sum / importance.Length;
    }

    private static ImportanceMeasure Other(string name, string meaning) => new(name, meaning, IsProjection: false);
}
