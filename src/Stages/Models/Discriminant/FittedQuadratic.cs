using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Discriminant;

/// <summary>A fitted quadratic discriminant: the densities of the classes and a shrinkage.</summary>
/// <remarks>Immutable, safe for several threads.</remarks>
internal sealed class FittedQuadratic : IFittedModel
{
    private const string MeansName = "class_means";
    private const string AxesName = "class_axes";
    private const string VariancesName = "class_variances";
    private const string AxisCountsName = "class_axis_counts";
    private const string MeanVariancesName = "class_mean_variances";
    private const string PriorsName = "class_log_priors";
    private const string PresentName = "class_present";
    private const string ImportanceName = "importance";
    private const string ShrinkageName = "shrinkage";

    private readonly ClassDensities _densities;
    private readonly double _shrinkage;

    public FittedQuadratic(ClassDensities densities, double shrinkage)
    {
        _densities = densities;
        _shrinkage = shrinkage;
    }

    /// <inheritdoc/>
    public int VariableCount => _densities.Means.Columns;

    /// <inheritdoc/>
    public int ResponseCount => _densities.Means.Rows;

    /// <inheritdoc/>
    public ImmutableArray<NamedArray> Learnt
    {
        get
        {
            var axes = new Matrix(_densities.Axes.Sum(one => one.Rows), VariableCount);
            int row = 0;
            foreach (Matrix one in _densities.Axes)
            {
                one.Values.CopyTo(axes.Values[(row * VariableCount)..]);
                row += one.Rows;
            }

            return
            [
                new(MeansName, _densities.Means),
                new(AxesName, axes),
                NamedArray.Of(VariancesName, [.. _densities.Variances.SelectMany(one => one)]),
                NamedArray.Of(AxisCountsName, [.. _densities.Axes.Select(one => (double)one.Rows)]),
                NamedArray.Of(MeanVariancesName, [.. _densities.MeanVariances]),
                NamedArray.Of(PriorsName, [.. _densities.LogPriors]),
                NamedArray.Of(PresentName, [.. _densities.Present.Select(one => one ? 1.0 : 0.0)]),
                NamedArray.Of(ImportanceName, [.. _densities.Importance]),
                NamedArray.Of(ShrinkageName, [_shrinkage]),
            ];
        }
    }

    /// <summary>The model of saved numbers.</summary>
    /// <exception cref="StageException">An array is missing or has another shape.</exception>
    public static FittedQuadratic Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        int classes = SavedNumbers.Any(learnt, PriorsName).Columns;
        int[] counts = [.. SavedNumbers.Of(learnt, AxisCountsName, classes).Select(count => (int)count)];
        int total = counts.Sum();
        Matrix axes = SavedNumbers.MatrixOf(learnt, AxesName, total, variables);
        double[] all = SavedNumbers.Of(learnt, VariancesName, total);
        var own = new Matrix[classes];
        double[][] variances = new double[classes][];
        int row = 0;
        for (int c = 0; c < classes; c++)
        {
            own[c] = axes.View.RowBand(row, counts[c]).ToMatrix();
            variances[c] = all[row..(row + counts[c])];
            row += counts[c];
        }

        var densities = new ClassDensities(
            SavedNumbers.MatrixOf(learnt, MeansName, classes, variables),
            own,
            variances,
            SavedNumbers.Of(learnt, MeanVariancesName, classes),
            SavedNumbers.Of(learnt, PriorsName, classes),
            [.. SavedNumbers.Of(learnt, PresentName, classes).Select(value => value != 0)],
            SavedNumbers.Of(learnt, ImportanceName, variables));
        return new FittedQuadratic(densities, SavedNumbers.Of(learnt, ShrinkageName, 1)[0]);
    }

    /// <summary>Probabilities of n spectra, n × C. Time 2p Σ r_c for each.</summary>
    public void Predict(MatrixView x, MatrixSpan yHat)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, VariableCount, nameof(x));
        ArgumentOutOfRangeException.ThrowIfNotEqual(yHat.Columns, ResponseCount, nameof(yHat));
        double[] centred = new double[VariableCount];
        double[] t = new double[_densities.Axes.Max(one => one.Rows)];
        double[] logs = [.. Enumerable.Range(0, ResponseCount).Select(LogDeterminant)];
        for (int i = 0; i < x.Rows; i++)
        {
            Span<double> row = yHat.Row(i);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = _densities.Present[c]
                    ? _densities.LogPriors[c] - ((logs[c] + Distance(c, x.Row(i), centred, t)) / 2)
                    : double.NegativeInfinity;
            }

            ClassLink.Replace(row);
        }
    }

    /// <summary>For each variable the root of Fisher's ratio: the deviation between class means over that within classes.</summary>
    public void CopyImportance(Span<double> importance) => _densities.Importance.CopyTo(importance);

    private double Shrunken(int c, double variance) => ((1 - _shrinkage) * variance) + (_shrinkage * _densities.MeanVariances[c]);

    /// <summary>log|Σ_c,γ|.</summary>
    private double LogDeterminant(int c)
    {
        double sum = 0;
        foreach (double variance in _densities.Variances[c])
        {
            sum += NaturalLogarithm.Of(Shrunken(c, variance));
        }

        int outside = VariableCount - _densities.Axes[c].Rows;
        return outside > 0 && _densities.Present[c] ? sum + (outside * NaturalLogarithm.Of(Shrunken(c, 0))) : sum;
    }

    /// <summary>(x - μ)ᵀΣ_c,γ⁻¹(x - μ): along the axes, and what is left of x outside them.</summary>
    private double Distance(int c, ReadOnlySpan<double> x, double[] centred, double[] t)
    {
        RowKernels.Subtract(x, _densities.Means.Row(c), centred);
        Matrix axes = _densities.Axes[c];
        Span<double> along = t.AsSpan(0, axes.Rows);
        Products.Project(axes.View, centred, along);
        double sum = 0;
        for (int a = 0; a < along.Length; a++)
        {
            sum += along[a] * along[a] / Shrunken(c, _densities.Variances[c][a]);
        }

        if (axes.Rows == VariableCount)
        {
            return sum;
        }

        for (int a = 0; a < along.Length; a++)
        {
            Products.Axpy(-along[a], axes.Row(a), centred);
        }

        return sum + (Products.Dot(centred, centred) / Shrunken(c, 0));
    }
}
