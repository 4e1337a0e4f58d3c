using Pipeline.Stages.Models.Pls.Direct;
using Pipeline.Stages.Models.Pls.Dual;

namespace Pipeline.Stages.Models.Pls;

/// <summary>How the components of all folds are computed; the forms agree to rounding.</summary>
public enum PlsForm
{
    /// <summary>All folds in one pass over the spectra per component: <see cref="DirectPls{T, TElement}"/>.</summary>
    Direct,

    /// <summary>From the products of samples with each other: <see cref="DualPls"/>.</summary>
    Dual,

    /// <summary>From the products of variables with each other.</summary>
    Moments,
}
