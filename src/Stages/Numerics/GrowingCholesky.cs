namespace Pipeline.Stages.Numerics;

/// <summary>The Cholesky factor H = L Lᵀ of a matrix that gains and loses variables one at a time.</summary>
/// <remarks>
/// L is lower triangular, m × m; a gained variable is the last row, a lost one is rotated out, four rows side by side
/// because each is a chain of rotations that wait for each other. Time m² to gain, up to 3m² to lose, 2m² to solve;
/// memory up to 4m² doubles, since room doubles as m grows. Not safe for several threads.
/// Golub and Van Loan (2013), Matrix Computations, 4th edition, section 6.5.
/// </remarks>
internal sealed class GrowingCholesky
{
    /// <summary>
    /// A variable of which the others leave no more than this part of its square depends on them: products of doubles
    /// hold it to about 1e-15, so that a pivot above has digits left and refinement converges.
    /// </summary>
    public const double PivotMin = 1e-12;

    private double[] _values = [];
    private double[] _cosines = [];
    private double[] _sines = [];
    private int _room;

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
        int i = position;
        for (; i + 4 < Count; i += 4)
        {
            RotateFour(position, i);
        }

        for (; i < Count - 1; i++)
        {
            Row(i + 1)[..position].CopyTo(Row(i));
            Rotate(i, position, Row(i + 1)[position]);
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
        int m = v.Length;
        Span<double> sums = stackalloc double[4];
        for (int i = 0; i < m; i += 4)
        {
            // What lies left of the 4 × 4 block on the diagonal is shared work of four rows.
            int end = Math.Min(i + 4, m);
            if (i > 0)
            {
                Products.Project(new MatrixView(_values.AsSpan(i * _room), end - i, i, _room), v[..i], sums[..(end - i)]);
            }

            for (int k = i; k < end; k++)
            {
                ReadOnlySpan<double> row = Row(k);
                double sum = i > 0 ? sums[k - i] : 0;
                for (int j = i; j < k; j++)
                {
                    sum = Math.FusedMultiplyAdd(row[j], v[j], sum);
                }

                v[k] = (v[k] - sum) / row[k];
            }
        }
    }

    /// <summary>
    /// Moves row i + 1, one column too long for its new place, to row i by rotations of neighbouring columns from a
    /// column on, whose value so far is handed in; the last of them is this row's own.
    /// </summary>
    private void Rotate(int i, int column, double carried)
    {
        ReadOnlySpan<double> source = Row(i + 1);
        Span<double> target = Row(i);
        for (int k = column; k < i; k++)
        {
            double next = source[k + 1];
            target[k] = Math.FusedMultiplyAdd(_cosines[k], carried, _sines[k] * next);
            carried = Math.FusedMultiplyAdd(_cosines[k], next, -_sines[k] * carried);
        }

        double last = source[i + 1];
        double length = Math.Sqrt(Math.FusedMultiplyAdd(carried, carried, last * last));
        _cosines[i] = carried / length;
        _sines[i] = last / length;
        target[i] = length;
    }

    /// <summary>The same for rows i + 1 to i + 4, side by side as far as the rotations are known.</summary>
    private void RotateFour(int position, int i)
    {
        Span<double> target0 = Row(i);
        Span<double> target1 = Row(i + 1);
        Span<double> target2 = Row(i + 2);
        Span<double> target3 = Row(i + 3);
        Span<double> last = Row(i + 4);
        double carried0 = target1[position];
        double carried1 = target2[position];
        double carried2 = target3[position];
        double carried3 = last[position];
        target1[..position].CopyTo(target0);
        target2[..position].CopyTo(target1);
        target3[..position].CopyTo(target2);
        last[..position].CopyTo(target3);
        for (int k = position; k < i; k++)
        {
            // A row is the source of the one before it: its next column is read before that one is written.
            double c = _cosines[k];
            double s = _sines[k];
            double next0 = target1[k + 1];
            double next1 = target2[k + 1];
            double next2 = target3[k + 1];
            double next3 = last[k + 1];
            target0[k] = Math.FusedMultiplyAdd(c, carried0, s * next0);
            target1[k] = Math.FusedMultiplyAdd(c, carried1, s * next1);
            target2[k] = Math.FusedMultiplyAdd(c, carried2, s * next2);
            target3[k] = Math.FusedMultiplyAdd(c, carried3, s * next3);
            carried0 = Math.FusedMultiplyAdd(c, next0, -s * carried0);
            carried1 = Math.FusedMultiplyAdd(c, next1, -s * carried1);
            carried2 = Math.FusedMultiplyAdd(c, next2, -s * carried2);
            carried3 = Math.FusedMultiplyAdd(c, next3, -s * carried3);
        }

        Rotate(i, i, carried0);
        Rotate(i + 1, i, carried1);
        Rotate(i + 2, i, carried2);
        Rotate(i + 3, i, carried3);
    }

    private Span<double> Row(int i) => _values.AsSpan(i * _room, i + 1);

    private void Reserve(int count)
    {
        if (count <= _room)
        {
            return;
        }

        int room = Math.Max(8, 2 * count);
        double[] values = new double[checked(room * room)];
        for (int i = 0; i < Count; i++)
        {
            Row(i).CopyTo(values.AsSpan(i * room));
        }

        _values = values;
        _cosines = new double[room];
        _sines = new double[room];
        _room = room;
    }
}
