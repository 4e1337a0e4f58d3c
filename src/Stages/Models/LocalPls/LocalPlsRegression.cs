using Pipeline.Engine;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.LocalPls;

/// <summary>PLS regression on the nearest calibration samples of each new spectrum.</summary>
/// <remarks>
/// X is n × p, y is n × 1, both as measured. For each spectrum the k samples of smallest Euclidean distance to it are centred and fitted by
/// PLS1 with A components, without weights: KNN-PLSR. After SNV the nearest are those of the highest correlation, as LOCAL chooses.
/// Where the neighbours' numerical rank supports fewer components, all of these are used; equal responses of all
/// neighbours are predicted as they are. With k = n it is PLS. Fitting copies, predicting computes: time 2np + 4kpA for each spectrum,
/// memory n(p + 2) doubles. More neighbours than samples, or more components than k - 1 or p, are a <see cref="FailureKind.Numerical"/> failure.
/// Næs, Isaksson and Kowalski (1990), Analytical Chemistry 62, 664-673; Shenk, Westerhaus and Berzaghi (1997), J. Near Infrared
/// Spectroscopy 5, 223-232; Lesnoff, Metz and Roger (2020), J. Chemometrics 34, e3209.
/// </remarks>
public sealed class LocalPlsRegression : IModel
{
    private readonly LocalPlsSetting _setting;

    /// <summary>A specification with at least one component and two neighbours.</summary>
    public LocalPlsRegression(int components, int neighbours)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(components);
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 2);
        _setting = new LocalPlsSetting(components, neighbours);
    }

    /// <inheritdoc/>
    public IFittedModel Fit(MatrixView x, MatrixView y)
    {
        using CentredCalibration calibration = CentredCalibration.Of(x, y);
        return _setting.FailureFor(x.Rows, x.Columns) is { } reason
            ? throw new StageException(FailureKind.Numerical, reason)
            : new FittedLocalPls(new LocalCalibration(calibration, y), _setting);
    }
}
