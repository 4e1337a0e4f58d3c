using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Splitting;

/// <summary>Spectra with their responses, folds, and the pretreatment that must be learnt inside each fold.</summary>
/// <remarks>
/// <see cref="Fold"/> hands out calibration rows and held-out rows apart and fits the in-fold pretreatment on
/// calibration rows alone: a family that takes its numbers from there cannot leak by accident. One that computes all
/// folds together takes them from <see cref="Shared"/> and is held to the same, to the bit, by the contract of families.
/// Safe for several threads.
/// </remarks>
public sealed class FoldedSpectra
{
    private readonly Matrix _x;
    private readonly Matrix _y;
    private readonly SpectralAxis _axis;
    private readonly IPretreatment? _inFold;
    private readonly PieceRunner _runner;

    /// <summary>n × p spectra with n × q responses.</summary>
    /// <param name="x">Spectra after the sample-wise part of the chain.</param>
    /// <param name="y">Responses, all known.</param>
    /// <param name="axis">The axis of <paramref name="x"/>.</param>
    /// <param name="folds">Folds of the n samples.</param>
    /// <param name="inFold">The part of the chain from the first fitted pretreatment on, or null.</param>
    /// <param name="runner">Who runs the pieces of wide computations; the caller's thread alone if null.</param>
    public FoldedSpectra(
        Matrix x, Matrix y, SpectralAxis axis, Folds folds, IPretreatment? inFold, PieceRunner? runner = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Rows, x.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(folds.SampleCount, x.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(axis.Count, x.Columns);
        _x = x;
        _y = y;
        _axis = axis;
        _inFold = inFold;
        _runner = runner ?? Pieces.InOrder;
        Folds = folds;
        Axis = inFold?.OutputAxis(axis) ?? axis;
        Shared = Share(x, y, folds, inFold, _runner);
    }

    /// <summary>The folds.</summary>
    public Folds Folds { get; }

    /// <summary>The axis that a model sees.</summary>
    public SpectralAxis Axis { get; }

    /// <summary>
    /// The spectra as all folds share them, where a fold learns at most means and deviations; null where it learns more,
    /// or of what is not all but one fold, so that every fold has spectra of its own.
    /// </summary>
    public SharedSpectra? Shared { get; }

    /// <summary>Number of samples, n.</summary>
    public int SampleCount => _x.Rows;

    /// <summary>Number of responses, q.</summary>
    public int ResponseCount => _y.Columns;

    /// <summary>n × q responses of all samples, held out or not: for whoever permutes them.</summary>
    internal Matrix Responses => _y;

    /// <summary>The same spectra and folds with other responses.</summary>
    public FoldedSpectra With(Matrix y) => new(_x, y, _axis, Folds, _inFold, _runner);

    /// <summary>The calibration and held-out rows of one fold, copied and pretreated.</summary>
    public FoldSpectra Fold(int fold) => Gather(Folds.Calibration(fold), Folds.HeldOut(fold));

    /// <summary>All samples as calibration samples, with nothing held out.</summary>
    public FoldSpectra Whole()
    {
        int[] all = new int[SampleCount];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = i;
        }

        return Gather(all, []);
    }

    /// <summary>Whether shared spectra would be divided by their deviations; null where a fold learns more, so that nothing is shared.</summary>
    public static bool? Autoscales(IPretreatment? inFold)
    {
        IPretreatment? single = inFold is PretreatmentChain { Steps: [var only] } ? only : inFold;
        return single switch
        {
            // Every linear family centres by itself.
            null or MeanCentre => false,
            Autoscale => true,
            _ => null,
        };
    }

    private static SharedSpectra? Share(Matrix x, Matrix y, Folds folds, IPretreatment? inFold, PieceRunner runner) =>
        Autoscales(inFold) is { } autoscales && !folds.IsForward ? new SharedSpectra(x, y, folds, autoscales, runner) : null;

    private FoldSpectra Gather(ReadOnlySpan<int> calibration, ReadOnlySpan<int> heldOut)
    {
        Matrix x = _x.SelectRows(calibration);
        Matrix y = _y.SelectRows(calibration);
        Matrix held = _x.SelectRows(heldOut);
        if (_inFold is null)
        {
            return new FoldSpectra(x, y, held);
        }

        IFittedPretreatment fitted = _inFold.Fit(x.View, y.View, _axis);
        return new FoldSpectra(Treat(fitted, x), y, Treat(fitted, held));
    }

    private Matrix Treat(IFittedPretreatment fitted, Matrix x)
    {
        var target = new Matrix(x.Rows, Axis.Count);
        fitted.Apply(x.View, target.Span);
        return target;
    }
}

/// <summary>One fold's own copy of its numbers; whoever asked for it may overwrite them.</summary>
/// <param name="X">Calibration spectra.</param>
/// <param name="Y">Calibration responses.</param>
/// <param name="HeldOut">Held-out spectra, whose responses are not handed out.</param>
public sealed record FoldSpectra(Matrix X, Matrix Y, Matrix HeldOut);
