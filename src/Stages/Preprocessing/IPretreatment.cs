using System.Collections.Immutable;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>The specification of one pretreatment: what is done to spectra before a model sees them.</summary>
/// <remarks>Immutable. Its constructor refuses parameters that can never work.</remarks>
public interface IPretreatment
{
    /// <summary>The field's notation with every parameter that matters, such as <c>sg(15,2,1)</c>; parses back to an equal one.</summary>
    string Notation { get; }

    /// <summary>Raised by one whenever the numbers change beyond golden tolerance.</summary>
    int Version { get; }

    /// <summary>True where a row's result depends on that row alone; such a pretreatment cannot leak.</summary>
    bool IsSampleWise { get; }

    /// <summary>What is clipped where a value has no meaning for this pretreatment, in words for a warning; null where nothing is.</summary>
    string? Clips => null;

    /// <summary>Processor seconds of one spectrum of p variables, roughly; 0 where they are few beside those of any model.</summary>
    double SecondsPerSpectrum(int variables) => 0;

    /// <summary>What one fit takes and holds beside the spectra; nothing where that is little beside any model.</summary>
    Cost EstimateFit(int samples, int variables) => default;

    /// <summary>
    /// The axis of the result; throws <see cref="Engine.StageException"/> where this axis cannot be treated,
    /// for example when it has fewer variables than the window.
    /// </summary>
    SpectralAxis OutputAxis(SpectralAxis axis);

    /// <summary>Learns whatever is learnt from calibration samples; a sample-wise pretreatment looks only at the axis.</summary>
    /// <param name="x">n × p calibration spectra.</param>
    /// <param name="y">n × q responses.</param>
    /// <param name="axis">The axis of <paramref name="x"/>.</param>
    IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis);

    /// <summary>The fitted pretreatment with the numbers that <see cref="IFittedPretreatment.Learnt"/> gave, bit for bit.</summary>
    /// <remarks>A sample-wise pretreatment learns nothing and is made from the axis alone.</remarks>
    /// <param name="learnt">The numbers, by name.</param>
    /// <param name="axis">The axis of the spectra to treat.</param>
    /// <exception cref="Engine.StageException">An array is missing or has another shape.</exception>
    IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) => IsSampleWise
        ? Fit(new MatrixView(default, 0, axis.Count, axis.Count), new MatrixView(default, 0, 1, 1), axis)
        : throw new InvalidOperationException($"{Notation} learns from calibration samples and must say how it is restored.");
}

/// <summary>A pretreatment that is ready to be applied.</summary>
/// <remarks>Immutable, safe to use from several threads, keeps no reference to the calibration spectra.</remarks>
public interface IFittedPretreatment
{
    /// <summary>Treats n × p spectra into an n × p' target, which must not overlap the source.</summary>
    void Apply(MatrixView x, MatrixSpan target);

    /// <summary>How many values of one spectrum of p values are clipped, as <see cref="IPretreatment.Clips"/> says.</summary>
    int CountClipped(ReadOnlySpan<double> spectrum) => 0;

    /// <summary>What was learnt from calibration samples, by name, enough for <see cref="IPretreatment.Restore"/>; copies.</summary>
    ImmutableArray<NamedArray> Learnt => [];
}
