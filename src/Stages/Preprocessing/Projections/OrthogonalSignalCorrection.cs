using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing.Projections;

/// <summary>Orthogonal signal correction: the largest variation of the spectra that has nothing to do with the responses is taken off.</summary>
/// <remarks>
/// Fitted, and it looks at the responses: <c>osc(components)</c>, 1 by default. X and Y are centred by calibration means. U
/// spans XᵀY (columns below 10⁻¹⁰ of the longest are none), Z = X (I − UUᵀ), the weights w_a are the leading right singular
/// vectors of Z, t_a = X w_a, p_a = Xᵀt_a / t_aᵀt_a; x → x − Σ_a ((x − mean)·w_a) p_a. The scores t_a are orthogonal to
/// every response and to each other, exactly. Means stay. Fewer components are taken where there are fewer (less than
/// 10⁻¹² of the variance of X is rounding, which need not be orthogonal to anything). One calibration row leaves spectra as they are.
/// Time n·p·min(n, p) for each fit, 4pA for each spectrum; memory another np + min(n, p)² doubles while fitting.
/// Because every fold learns it from its own responses, what it gains on calibration samples does not flatter RMSECV.
/// Fearn (2000), Chemometrics and Intelligent Laboratory Systems 50, 47-52; the idea is that of Wold, Antti, Lindgren and
/// Öhman (1998), the same journal 44, 175-185.
/// </remarks>
public sealed record OrthogonalSignalCorrection : IPretreatment
{
    /// <summary>The most components.</summary>
    public const int ComponentsMax = 20;

    private const double ColumnShareMin = 1e-10;
    private const double VarianceShareMin = 1e-12;

    /// <summary>With some components.</summary>
    public OrthogonalSignalCorrection(int components = 1)
    {
        if (components is < 1 or > ComponentsMax)
        {
            throw new StageException(
                FailureKind.InvalidData, $"OSC takes off 1 to {ComponentsMax} components, found {components}. Example: osc(1).");
        }

        Components = components;
    }

    /// <summary>Components that are taken off.</summary>
    public int Components { get; }

    /// <inheritdoc/>
    public string Notation => string.Create(CultureInfo.InvariantCulture, $"osc({Components})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => false;

    /// <inheritdoc/>
    public Cost EstimateFit(int samples, int variables) => ProjectionCost.Of(samples, variables, Components);

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis)
    {
        double[] means = ColumnMoments.Means(x);
        if (x.Rows < 2)
        {
            return new FittedProjection(means, new Matrix(0, axis.Count), new Matrix(0, axis.Count));
        }

        var centred = new Matrix(x.Rows, x.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            RowKernels.Subtract(x.Row(i), means, centred.Row(i));
        }

        double least = VarianceShareMin * Products.Dot(centred.Values, centred.Values) / (x.Rows - 1);
        TakeOff(centred, Basis(centred, y));
        var leading = PrincipalComponents.Of(centred.View, Components);
        int count = leading.Variances.Count(variance => variance > least);
        Matrix weights = leading.Loadings.View.RowBand(0, count).ToMatrix();
        var loadings = new Matrix(weights.Rows, x.Columns);
        double[] difference = new double[x.Columns];
        for (int a = 0; a < weights.Rows; a++)
        {
            double squares = 0;
            for (int i = 0; i < x.Rows; i++)
            {
                RowKernels.Subtract(x.Row(i), means, difference);
                double score = RowKernels.Dot(weights.Row(a), difference, 0);
                squares += score * score;
                RowKernels.AddMultiple(loadings.Row(a), score, difference, loadings.Row(a));
            }

            Products.Scale(1 / squares, loadings.Row(a));
        }

        return new FittedProjection(means, weights, loadings);
    }

    /// <inheritdoc/>
    public IFittedPretreatment Restore(ImmutableArray<NamedArray> learnt, SpectralAxis axis) => FittedProjection.Restore(learnt, axis);

    /// <summary>Orthonormal vectors that span the products of centred spectra and responses.</summary>
    private static List<double[]> Basis(Matrix centred, MatrixView y)
    {
        double[] responseMeans = ColumnMoments.Means(y);
        double[][] columns = new double[y.Columns][];
        double[] response = new double[y.Rows];
        double longest = 0;
        for (int l = 0; l < y.Columns; l++)
        {
            y.CopyColumn(l, response);
            Products.AddToAll(-responseMeans[l], response);
            columns[l] = new double[centred.Columns];
            Products.TransposedTimes(centred.View, response, columns[l]);
            longest = Math.Max(longest, Math.Sqrt(RowKernels.SumOfSquares(columns[l], 0)));
        }

        var basis = new List<double[]>();
        foreach (double[] column in columns)
        {
            for (int pass = 0; pass < 2; pass++)
            {
                foreach (double[] u in basis)
                {
                    RowKernels.AddMultiple(column, -RowKernels.Dot(u, column, 0), u, column);
                }
            }

            double length = Math.Sqrt(RowKernels.SumOfSquares(column, 0));
            if (length > ColumnShareMin * longest)
            {
                Products.Scale(1 / length, column);
                basis.Add(column);
            }
        }

        return basis;
    }

    private static void TakeOff(Matrix centred, List<double[]> basis)
    {
        for (int i = 0; i < centred.Rows; i++)
        {
            Span<double> row = centred.Row(i);
            foreach (double[] u in basis)
            {
                RowKernels.AddMultiple(row, -RowKernels.Dot(u, row, 0), u, row);
            }
        }
    }
}
