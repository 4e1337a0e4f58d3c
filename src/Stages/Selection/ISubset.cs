using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Selection;

/// <summary>The specification of a choice of variables, made anew on the calibration samples of every fold.</summary>
public interface ISubset
{
    /// <summary>The choice with every parameter that matters, such as <c>full</c>, <c>top(50)</c>, <c>regions(50,25;best 2)</c>.</summary>
    string Notation { get; }

    /// <summary>Raised by one whenever the choice changes for the same input.</summary>
    int Version { get; }

    /// <summary>True where the choice needs the importance of the variables to the fitted full-spectrum model.</summary>
    bool UsesImportance { get; }

    /// <summary>The most variables it can choose on this axis; bounds memory and component counts.</summary>
    int VariablesMax(SpectralAxis axis);

    /// <summary>Seconds and bytes of one <see cref="Select"/> beside what is handed in; none where it costs next to nothing.</summary>
    /// <param name="samples">Calibration samples, n.</param>
    /// <param name="axis">The axis of the spectra.</param>
    Cost EstimateSelect(int samples, SpectralAxis axis) => default;

    /// <summary>Chooses variables, ascending, at least one.</summary>
    /// <param name="x">n × p calibration spectra after pretreatment of the full spectrum.</param>
    /// <param name="y">n × q responses.</param>
    /// <param name="axis">The axis of <paramref name="x"/>.</param>
    /// <param name="importance">p importances, empty unless <see cref="UsesImportance"/>.</param>
    /// <exception cref="Engine.StageException">Nothing can be chosen, for example no region lies on the axis.</exception>
    int[] Select(MatrixView x, MatrixView y, SpectralAxis axis, ReadOnlySpan<double> importance);
}
