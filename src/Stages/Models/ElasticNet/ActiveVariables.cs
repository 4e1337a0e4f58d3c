using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>The variables whose coefficients are not 0, with their signs, and the factor of their cross-product.</summary>
/// <remarks>
/// H = X_AᵀX_A + λ₂I over the m active variables in the order in which they came. With their signs s held, the penalised
/// problem is the linear system H b = X_Aᵀy - λ₁s. Memory that of <see cref="GrowingCholesky"/>.
/// </remarks>
internal sealed class ActiveVariables
{
    private readonly ICrossProducts _products;
    private readonly GrowingCholesky _factor = new();
    private readonly bool[] _isActive;
    private int[] _variables = new int[8];
    private double[] _coefficients = new double[8];
    private double[] _signs = new double[8];
    private double[] _target = new double[8];
    private double[] _row = new double[8];

    public ActiveVariables(ICrossProducts products)
    {
        _products = products;
        _isActive = new bool[products.Squares.Length];
    }

    /// <summary>Number of active variables, m.</summary>
    public int Count { get; private set; }

    /// <summary>The active variables in the order in which they came.</summary>
    public ReadOnlySpan<int> Variables => _variables.AsSpan(0, Count);

    /// <summary>Their coefficients.</summary>
    public Span<double> Coefficients => _coefficients.AsSpan(0, Count);

    /// <summary>The signs that their coefficients have or are about to take.</summary>
    public ReadOnlySpan<double> Signs => _signs.AsSpan(0, Count);

    /// <summary>λ₂ in the factor.</summary>
    public double Shift { get; private set; }

    /// <summary>Whether a variable is active.</summary>
    public bool Contains(int variable) => _isActive[variable];

    /// <summary>Factors anew with another λ₂; variables that have become dependent are dropped. Time m³/3.</summary>
    public void ShiftTo(double shift)
    {
        if (shift == Shift)
        {
            return;
        }

        Shift = shift;
        _factor.Clear();
        int kept = 0;
        for (int k = 0; k < Count; k++)
        {
            int variable = _variables[k];
            if (TryFactor(variable, kept))
            {
                (_variables[kept], _coefficients[kept], _signs[kept]) = (variable, _coefficients[k], _signs[k]);
                kept++;
            }
            else
            {
                _isActive[variable] = false;
            }
        }

        Count = kept;
    }

    /// <summary>Adds a variable with the coefficient 0 and the sign it will take; false where the others make it up.</summary>
    public bool TryAdd(int variable, double sign)
    {
        Reserve(Count + 1);
        if (!TryFactor(variable, Count))
        {
            return false;
        }

        (_variables[Count], _coefficients[Count], _signs[Count]) = (variable, 0, sign);
        _isActive[variable] = true;
        Count++;
        return true;
    }

    /// <summary>
    /// Adds a variable that the others make up by moving along the direction that changes no prediction, which lowers
    /// Σ|b|, until one of the others reaches 0 and leaves; false where none does.
    /// </summary>
    public bool TryExchange(int variable, double sign)
    {
        Reserve(Count + 1);
        Span<double> weights = _target.AsSpan(0, Count);
        _products.CopyProducts(variable, Variables, weights);
        _factor.Solve(weights);
        double step = double.PositiveInfinity;
        int leaving = -1;
        for (int k = 0; k < Count; k++)
        {
            double reach = _coefficients[k] / (sign * weights[k]);
            if (reach >= 0 && reach < step)
            {
                (step, leaving) = (reach, k);
            }
        }

        if (leaving < 0)
        {
            return false;
        }

        Products.Axpy(-sign * step, weights, Coefficients);
        RemoveAt(leaving);
        if (!TryAdd(variable, sign))
        {
            return false;
        }

        _coefficients[Count - 1] = sign * step;
        return true;
    }

    /// <summary>Moves to the solution with all signs held, dropping each variable whose coefficient reaches 0 on the way.</summary>
    public void Settle(double l1)
    {
        while (Count > 0)
        {
            Span<double> target = _target.AsSpan(0, Count);
            for (int k = 0; k < Count; k++)
            {
                target[k] = Math.FusedMultiplyAdd(-l1, _signs[k], _products.WithResponse[_variables[k]]);
            }

            _factor.Solve(target);
            double part = MoveTowards(target);
            if (part == 1)
            {
                return;
            }
        }
    }

    /// <summary>Corrects the coefficients by what the equations leave, m residuals, which are overwritten.</summary>
    public void Correct(Span<double> residuals)
    {
        _factor.Solve(residuals);
        for (int k = 0; k < Count; k++)
        {
            residuals[k] += _coefficients[k];
        }

        MoveTowards(residuals);
    }

    /// <summary>Goes to a point, or only until a coefficient changes sign; that variable is dropped. Returns the part of the way.</summary>
    private double MoveTowards(ReadOnlySpan<double> target)
    {
        double part = 1;
        for (int k = 0; k < target.Length; k++)
        {
            if (_signs[k] * target[k] <= 0)
            {
                double difference = _coefficients[k] - target[k];
                part = Math.Min(part, difference == 0 ? 0 : _coefficients[k] / difference);
            }
        }

        if (part == 1)
        {
            target.CopyTo(Coefficients);
        }

        for (int k = target.Length - 1; part < 1 && k >= 0; k--)
        {
            double coefficient = Math.FusedMultiplyAdd(part, target[k] - _coefficients[k], _coefficients[k]);
            double difference = _coefficients[k] - target[k];
            bool leaves = _signs[k] * target[k] <= 0 && (difference == 0 || _coefficients[k] / difference <= part);
            _coefficients[k] = coefficient;
            if (leaves)
            {
                RemoveAt(k);
            }
        }

        return part;
    }

    private bool TryFactor(int variable, int position)
    {
        Span<double> row = _row.AsSpan(0, position);
        _products.CopyProducts(variable, _variables.AsSpan(0, position), row);
        return _factor.TryAppend(row, _products.Squares[variable] + Shift);
    }

    private void RemoveAt(int position)
    {
        _isActive[_variables[position]] = false;
        _factor.RemoveAt(position);
        int behind = Count - position - 1;
        Array.Copy(_variables, position + 1, _variables, position, behind);
        Array.Copy(_coefficients, position + 1, _coefficients, position, behind);
        Array.Copy(_signs, position + 1, _signs, position, behind);
        Count--;
    }

    private void Reserve(int count)
    {
        if (count > _variables.Length)
        {
            int room = 2 * count;
            Array.Resize(ref _variables, room);
            Array.Resize(ref _coefficients, room);
            Array.Resize(ref _signs, room);
            _target = new double[room];
            _row = new double[room];
        }
    }
}
