using System.Globalization;
using Pipeline.Engine;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;

namespace Pipeline.Stages.Preprocessing;

/// <summary>Standard normal variate: each spectrum minus its mean, divided by its standard deviation.</summary>
/// <remarks>
/// x_j → (x_j − mean) / sd with sd² = Σ (x_j − mean)² / (p − ddof). <c>snv</c> takes ddof 1 as most programs of the
/// field do, <c>snv(0)</c> takes 0; the two differ by a constant factor, which PLS does not see but ridge and kernels do.
/// A spectrum without variance, and hence any single variable, becomes zeros. Values are taken relative to the
/// first one, so that equal values give exactly no variance. Time O(np), no memory.
/// Barnes, Dhanoa and Lister (1989), Applied Spectroscopy 43, 772-777.
/// </remarks>
public sealed record StandardNormalVariate : IPretreatment
{
    /// <summary>With divisor p − <paramref name="ddof"/>, which is 0 or 1.</summary>
    public StandardNormalVariate(int ddof = 1)
    {
        if (ddof is not (0 or 1))
        {
            throw new StageException(
                FailureKind.InvalidData,
                $"SNV divides by p - ddof with ddof 0 or 1, found {ddof}. Write 'snv' for 1 or 'snv(0)' for 0.");
        }

        Ddof = ddof;
    }

    /// <summary>What is taken off the number of variables in the divisor of the variance.</summary>
    public int Ddof { get; }

    /// <inheritdoc/>
    public string Notation => Ddof == 1 ? "snv" : string.Create(CultureInfo.InvariantCulture, $"snv({Ddof})");

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public bool IsSampleWise => true;

    /// <inheritdoc/>
    public SpectralAxis OutputAxis(SpectralAxis axis) => axis;

    /// <inheritdoc/>
    public IFittedPretreatment Fit(MatrixView x, MatrixView y, SpectralAxis axis) => new Fitted(Ddof);

    private sealed class Fitted(int ddof) : IFittedPretreatment
    {
        public void Apply(MatrixView x, MatrixSpan target)
        {
            RowKernels.RequireShapes(x, target, x.Columns);
            for (int i = 0; i < x.Rows; i++)
            {
                Treat(x.Row(i), target.Row(i));
            }
        }

        private void Treat(ReadOnlySpan<double> x, Span<double> target)
        {
            double mean = x[0] + (RowKernels.SumOfDifferences(x, x[0]) / x.Length);
            double squares = RowKernels.SumOfSquares(x, mean);
            if (squares == 0)
            {
                target.Clear();
                return;
            }

            RowKernels.ShiftAndScale(x, mean, 1 / Math.Sqrt(squares / (x.Length - ddof)), 0, target);
        }
    }
}
