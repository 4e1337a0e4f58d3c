using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Preprocessing;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Tests.Preprocessing;

/// <summary>Spectra for tests and the shortest way to treat them.</summary>
internal static class TestSpectra
{
    /// <summary>Uniform random values around a level, from a seed; made without a mathematical library.</summary>
    public static Matrix Random(int n, int p, ulong seed, double level = 2)
    {
        var random = new Pcg64(seed);
        var x = new Matrix(n, p);
        foreach (ref double value in x.Values)
        {
            value = level + random.NextDouble();
        }

        return x;
    }

    public static SpectralAxis Axis(int p, double first = 1100, double step = 2) =>
        new([.. Enumerable.Range(0, p).Select(j => first + (step * j))], AxisUnit.Nanometre);

    public static Matrix Treat(IPretreatment pretreatment, Matrix x, SpectralAxis? axis = null) =>
        Treat(pretreatment, x, x, axis);

    public static Matrix Treat(IPretreatment pretreatment, Matrix calibration, Matrix x, SpectralAxis? axis = null)
    {
        axis ??= Axis(x.Columns);
        var y = new Matrix(calibration.Rows, 1);
        var target = new Matrix(x.Rows, pretreatment.OutputAxis(axis).Count);
        pretreatment.Fit(calibration.View, y.View, axis).Apply(x.View, target.Span);
        return target;
    }

    public static Matrix Treat(string notation, Matrix x, SpectralAxis? axis = null) =>
        Treat(PretreatmentChain.Parse(notation), x, axis);

    /// <summary>Calibration spectra treated by what was learnt from them and their responses.</summary>
    public static Matrix TreatSupervised(string notation, Matrix x, Matrix y, SpectralAxis? axis = null)
    {
        axis ??= Axis(x.Columns);
        PretreatmentChain chain = PretreatmentChain.Parse(notation);
        var target = new Matrix(x.Rows, chain.OutputAxis(axis).Count);
        chain.Fit(x.View, y.View, axis).Apply(x.View, target.Span);
        return target;
    }
}
