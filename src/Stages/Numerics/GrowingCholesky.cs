namespace Pipeline.Stages.Numerics;

/// <summary>The Cholesky factor H = L Lᵀ of a matrix that gains and loses variables one at a time.</summary>
/// <remarks>
/// L is lower triangular, m × m, kept row after row without gaps; a gained variable is the last row, a lost one is
/// rotated out. Time m² to gain, up to 3m² to lose, 2m² to solve; memory m²/2 doubles. Not safe for several threads.
/// Golub and Van Loan (2013), Matrix Computations, 4th edition, section 6.5.
/// </remarks>
internal sealed class GrowingCholesky
{
    /// <summary>
    /// A variable of which the others leave no more than this part of its square depends on them: products of doubles
    /// hold it to about 1e-15, so that a pivot above has digits left and refinement converges.
    /// </summary>
    public const double PivotMin = 1e-12;

    private double[] _values = new double[36];
    private double[] _work = new double[16];

    /// <summary>Number of variables, m.</summary>
    public int Count { get; private set; }

    /// <summary>Takes one more variable, unless the others make it up to working precision.</summary>
    /// <param name="products">Its m products with the variables held.</param>
    /// <param name="square">Its product with itself.</param>
    public bool TryAppend(ReadOnlySpan<double> products, double square)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(products.Length, Count, nameof(products));
        Reserve(Count + 1);
        Span<double> row = Row(Count);
        products.CopyTo(row);
        Forward(row[..Count]);
        double pivot = square - Products.Dot(row[..Count], row[..Count]);
        if (!(pivot > PivotMin * square))
        {
            return false;
        }

        row[Count] = Math.Sqrt(pivot);
        Count++;
        return true;
    }

    /// <summary>Loses the variable at a position; those behind it move up by one.</summary>
    public void RemoveAt(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        Span<double> cosines = _work;
        Span<double> sines = _work.AsSpan(_work.Length / 2);
        for (int i = position; i < Count - 1; i++)
        {
            // Row i + 1 is one column too long for its new place; rotations of neighbouring columns shorten it.
            ReadOnlySpan<double> source = Row(i + 1);
            Span<double> target = Row(i);
            source[..position].CopyTo(target);
            double carried = source[position];
            for (int k = position; k < i; k++)
            {
                double next = source[k + 1];
                target[k] = Math.FusedMultiplyAdd(cosines[k], carried, sines[k] * next);
                carried = Math.FusedMultiplyAdd(cosines[k], next, -sines[k] * carried);
            }

            double last = source[i + 1];
            double length = Math.Sqrt(Math.FusedMultiplyAdd(carried, carried, last * last));
            cosines[i] = carried / length;
            sines[i] = last / length;
            target[i] = length;
        }

        Count--;
    }

    /// <summary>Forgets all variables.</summary>
    public void Clear() => Count = 0;

    /// <summary>Overwrites m values v by H⁻¹v.</summary>
    public void Solve(Span<double> v)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(v.Length, Count, nameof(v));
        Forward(v);
        for (int i = Count - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = Row(i);
            v[i] /= row[i];
            Products.Axpy(-v[i], row[..i], v[..i]);
        }
    }

    private void Forward(Span<double> v)
    {
        for (int i = 0; i < v.Length; i++)
        {
            ReadOnlySpan<double> row = Row(i);
            v[i] = (v[i] - Products.Dot(row[..i], v[..i])) / row[i];
        }
    }

    private Span<double> Row(int i) => _values.AsSpan(i * (i + 1) / 2, i + 1);

    private void Reserve(int count)
    {
        int needed = checked(count * (count + 1) / 2);
        if (needed > _values.Length)
        {
            int room = 2 * count;
            Array.Resize(ref _values, checked(room * (room + 1) / 2));
            _work = new double[2 * room];
        }
    }
}
