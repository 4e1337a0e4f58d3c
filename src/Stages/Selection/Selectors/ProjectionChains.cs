using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Chains of successive projections: each next variable is the one of which those before it leave most.</summary>
/// <remarks>
/// What a chain leaves of a variable is the length of its projection onto the space orthogonal to the chain. From the
/// products of all variables with each other, C p × p, that is a Cholesky factor whose pivots are chosen as it grows: a
/// step costs p for each variable before it, whatever the samples. A chain ends where the best variable leaves less than
/// <see cref="LeftMin"/> of its square, for then products of doubles no longer tell. Of equal variables the lower is
/// taken. Memory <see cref="SizeBytes"/>. One thread.
/// </remarks>
internal sealed class ProjectionChains
{
    /// <summary>The least part of a variable's square that the chain before it may leave: six digits of it are then right.</summary>
    public const double LeftMin = 1e-10;

    private readonly Matrix _products;
    private readonly Matrix _factor;
    private readonly double[] _left;
    private readonly double[] _along;
    private readonly double[] _explained;
    private readonly int[] _chain;

    /// <summary>Chains of n × p spectra, which are centred here. Time np².</summary>
    public ProjectionChains(MatrixView x, int lengthMax)
    {
        double[] means = ColumnMoments.Means(x);
        _products = new Matrix(x.Columns, x.Columns);
        MatrixProducts.TransposedTimesSelf(RowSource.Of(x).About(means), _products.Span);
        _factor = new Matrix(lengthMax, x.Columns);
        _left = new double[x.Columns];
        _along = new double[lengthMax];
        _explained = new double[x.Columns];
        _chain = new int[lengthMax];
    }

    /// <summary>Bytes beside the spectra and the products.</summary>
    public static long SizeBytes(long variables, long lengthMax) => sizeof(double) * variables * (lengthMax + 3);

    /// <summary>The chain from a variable, in the order of its steps; empty where that does not vary. Valid until the next.</summary>
    public ReadOnlySpan<int> From(int start)
    {
        for (int j = 0; j < _left.Length; j++)
        {
            _left[j] = _products[j, j];
        }

        int length = 0;
        int next = start;
        while (length < _chain.Length && _left[next] > LeftMin * _products[next, next])
        {
            _chain[length] = next;
            Project(length++, next);
            next = Largest();
        }

        return _chain.AsSpan(0, length);
    }

    /// <summary>Takes what a variable explains off all others.</summary>
    private void Project(int step, int variable)
    {
        for (int t = 0; t < step; t++)
        {
            _along[t] = _factor[t, variable];
        }

        Span<double> row = _factor.Row(step);
        Products.TransposedTimes(_factor.View.RowBand(0, step), _along.AsSpan(0, step), _explained);
        RowKernels.Subtract(_products.Row(variable), _explained, row);
        Products.Scale(1 / Math.Sqrt(_left[variable]), row);
        SymmetricProducts.Multiply(1, row, row, _explained);
        RowKernels.Subtract(_left, _explained, _left);

        foreach (int taken in _chain.AsSpan(0, step + 1))
        {
            _left[taken] = double.NegativeInfinity;
        }
    }

    private int Largest()
    {
        int largest = 0;
        for (int j = 1; j < _left.Length; j++)
        {
            largest = _left[j] > _left[largest] ? j : largest;
        }

        return largest;
    }
}
