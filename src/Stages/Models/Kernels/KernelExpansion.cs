using System.Collections.Immutable;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Kernels;

/// <summary>Calibration spectra as the centres of radial functions.</summary>
/// <remarks>
/// A kernel model is a sum over its calibration spectra, so it keeps a copy of them, n × p, less their mean. The distance
/// of a new spectrum comes from one product with all of them. Immutable, safe for several threads.
/// </remarks>
internal sealed class KernelExpansion
{
    private const int BlockRows = 16;
    private const string CentresName = "centres";
    private const string MeansName = "means";
    private const string YMeanName = "response_mean";

    private readonly Matrix _x;
    private readonly double[] _means;
    private readonly double[] _squares;

    /// <summary>Copies the spectra of a calibration set.</summary>
    public KernelExpansion(CentredCalibration calibration)
        : this(calibration.X.ToMatrix(), calibration.Means, calibration.YMean)
    {
    }

    /// <summary>Spectra less their mean; the memory is taken over.</summary>
    public KernelExpansion(Matrix x, double[] means, double yMean)
    {
        _x = x;
        _means = means;
        YMean = yMean;
        _squares = new double[_x.Rows];
        for (int i = 0; i < _squares.Length; i++)
        {
            _squares[i] = Products.Dot(_x.Row(i), _x.Row(i));
        }
    }

    /// <summary>The expansion of saved numbers.</summary>
    public static KernelExpansion Restore(ImmutableArray<NamedArray> learnt, int variables)
    {
        Matrix centres = SavedNumbers.Any(learnt, CentresName);
        return new KernelExpansion(
            SavedNumbers.MatrixOf(learnt, CentresName, centres.Rows, variables),
            SavedNumbers.Of(learnt, MeansName, variables),
            SavedNumbers.Of(learnt, YMeanName, 1)[0]);
    }

    /// <summary>Some of the centres, with another number in place of the mean response.</summary>
    public KernelExpansion Select(ReadOnlySpan<int> centres, double yMean) => new(_x.SelectRows(centres), _means, yMean);

    /// <summary>The arrays from which it is restored.</summary>
    public ImmutableArray<NamedArray> Learnt =>
        [new(CentresName, _x), NamedArray.Of(MeansName, _means), NamedArray.Of(YMeanName, [YMean])];

    /// <summary>Centres, n.</summary>
    public int Count => _x.Rows;

    /// <summary>Variables, p.</summary>
    public int VariableCount => _x.Columns;

    /// <summary>Mean of the response: what a prediction is where every kernel is 0.</summary>
    public double YMean { get; }

    /// <summary>One centre less the mean of all, p values.</summary>
    public ReadOnlySpan<double> Centre(int index) => _x.Row(index);

    /// <summary>Squared distances of one spectrum to all centres, n values. Time 2np.</summary>
    /// <param name="spectrum">p values.</param>
    /// <param name="centred">Room for p values.</param>
    /// <param name="squared">The distances.</param>
    public void Distances(ReadOnlySpan<double> spectrum, Span<double> centred, Span<double> squared)
    {
        RowKernels.Subtract(spectrum, _means, centred);
        double own = Products.Dot(centred, centred);
        Products.Project(_x.View, centred, squared);
        for (int i = 0; i < squared.Length; i++)
        {
            squared[i] = Math.Max(0, (own + _squares[i]) - (2 * squared[i]));
        }
    }

    /// <summary>Root mean square, over calibration samples, of the derivative of the prediction by each variable; p values. Time 2n²p.</summary>
    /// <remarks>With f(x) = Σ α_l exp(-c‖x - x_l‖²): ∂f/∂x = 2c Σ α_l exp(-c‖x - x_l‖²)(x_l - x).</remarks>
    public void CopyImportance(ReadOnlySpan<double> alpha, double factor, Span<double> importance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(importance.Length, VariableCount);
        importance.Clear();
        var weights = new Matrix(BlockRows, Count);
        var gradients = new Matrix(BlockRows, VariableCount);
        double[] squared = new double[Count];
        for (int start = 0; start < Count; start += BlockRows)
        {
            int rows = Math.Min(BlockRows, Count - start);
            for (int i = 0; i < rows; i++)
            {
                Products.Project(_x.View, _x.Row(start + i), squared);
                for (int l = 0; l < Count; l++)
                {
                    squared[l] = Math.Max(0, (_squares[start + i] + _squares[l]) - (2 * squared[l]));
                }

                Exponential.OfNegative(factor, squared, weights.Row(i));
                for (int l = 0; l < Count; l++)
                {
                    weights[i, l] *= alpha[l];
                }
            }

            RowProducts.Times(weights.View.RowBand(0, rows), _x.View, gradients.Span);
            for (int i = 0; i < rows; i++)
            {
                double sum = 0;
                foreach (double weight in weights.Row(i))
                {
                    sum += weight;
                }

                Span<double> gradient = gradients.Row(i);
                Products.Axpy(-sum, _x.Row(start + i), gradient);
                for (int j = 0; j < importance.Length; j++)
                {
                    importance[j] += gradient[j] * gradient[j];
                }
            }
        }

        for (int j = 0; j < importance.Length; j++)
        {
            importance[j] = 2 * factor * Math.Sqrt(importance[j] / Count);
        }
    }
}
