using System.Globalization;
using System.Runtime.InteropServices;

namespace Pipeline.Stages.Models.ElasticNet;

/// <summary>Minimises ½‖y - Xb‖² + λ₁‖b‖₁ + ½λ₂‖b‖² over centred data for falling penalties, each from the answer before.</summary>
/// <remarks>
/// <para>
/// A point is the minimum where the gradient g = Xᵀ(y - Xb) obeys g - λ₂b = λ₁ sign(b) at active variables and |g| ≤ λ₁
/// elsewhere. For a penalty, the active variables are moved to the exact solution with their signs held, those that
/// reach 0 on the way are dropped, then variables that break the rule are added, until none does. Each round lowers the
/// objective and no set of signs comes back, so it ends; <see cref="RoundsMax"/> bounds it where rounding interferes.
/// Rules are first looked at among the strong variables, |g| ≥ 2λ₁ - λ₁' at the answer for λ₁' before, then among all.
/// </para>
/// <para>
/// Of the variables that break the rule in one round at most <see cref="AddedMax"/> are added, the worst first, and none
/// whose squared correlation with one already added exceeds <see cref="AlikeMin"/>: neighbours on a spectrum
/// break it together, and one of them mends it for the others. Ties go to the lower variable.
/// </para>
/// <para>
/// Accuracy: active variables obey their equation, and the others their bound, to <see cref="Tolerance"/> of λ₁ and the
/// rounding of the gradient. Why not cyclic coordinate descent: its sweeps grow with the condition
/// of the active variables, 1e4 and more on spectra as measured, where one solve of their equations is exact.
/// </para>
/// <para>
/// Osborne, Presnell and Turlach (2000), IMA Journal of Numerical Analysis 20, 389-403 (active sets with held signs);
/// Tibshirani et al. (2012), JRSS B 74, 245-266 (strong rules).
/// </para>
/// </remarks>
internal sealed class ElasticNetDescent
{
    /// <summary>The most a rule may be broken, as a part of λ₁.</summary>
    public const double Tolerance = 1e-9;

    /// <summary>The most rounds for one penalty.</summary>
    public const int RoundsMax = 2000;

    private const int AddedMax = 16;
    private const double AlikeMin = 0.8;
    private const int CorrectionsMax = 3;

    /// <summary>Rounding of a gradient in units of ‖x‖ (‖y‖ + Σ|b|‖x‖): eight times half a unit in the last place.</summary>
    private const double Rounding = 8 * 1.2e-16;

    /// <summary>Where rounding keeps a rule broken by more than <see cref="Tolerance"/>, up to this part of λ₁ is still an answer.</summary>
    private const double LooseTolerance = 1e-6;

    private readonly ICrossProducts _products;
    private readonly ActiveVariables _active;
    private readonly double[] _gradient;
    private readonly double[] _lengths;
    private readonly bool[] _isStrong;
    private readonly bool[] _isBlocked;
    private readonly List<int> _strong = [];
    private readonly List<int> _added = [];
    private readonly List<int> _candidates = [];
    private double[] _work = [];
    private double _residualScale;
    private double _l1Before;

    /// <summary>Starts at λ₁ = max |Xᵀy|, where all coefficients are 0.</summary>
    public ElasticNetDescent(ICrossProducts products)
    {
        _products = products;
        _active = new ActiveVariables(products);
        _gradient = products.WithResponse.ToArray();
        _lengths = new double[_gradient.Length];
        _isStrong = new bool[_gradient.Length];
        _isBlocked = new bool[_gradient.Length];
        for (int j = 0; j < _lengths.Length; j++)
        {
            _lengths[j] = Math.Sqrt(products.Squares[j]);
            L1Max = Math.Max(L1Max, Math.Abs(_gradient[j]));
        }

        _l1Before = L1Max;
    }

    /// <summary>The smallest λ₁ that leaves every coefficient 0.</summary>
    public double L1Max { get; }

    /// <summary>The variables with a coefficient, in no order.</summary>
    public ReadOnlySpan<int> Variables => _active.Variables;

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<double> Coefficients => _active.Coefficients;

    /// <summary>Moves to the minimum for these penalties; returns null, or why it was not reached.</summary>
    public string? MoveTo(double l1, double l2)
    {
        if (l1 >= L1Max && _active.Count == 0)
        {
            return null;
        }

        _active.ShiftTo(l2);
        Array.Clear(_isBlocked);
        FindStrong(l1);
        double worst = double.PositiveInfinity;
        for (int round = 0; round < RoundsMax; round++)
        {
            _active.Settle(l1);
            BlockWhatLeftAtOnce();
            worst = EvaluateAndCorrect(l1);
            worst = Math.Max(worst, Add(l1));
            if (_added.Count == 0 && WidenStrong(l1))
            {
                worst = Math.Max(worst, Add(l1));
            }

            if (_added.Count == 0)
            {
                _l1Before = l1;
                return worst <= LooseTolerance * l1 ? null : NotReached(l1, worst);
            }
        }

        _added.Clear();
        _l1Before = l1;
        return NotReached(l1, worst);
    }

    private void FindStrong(double l1)
    {
        _strong.Clear();
        for (int j = 0; j < _gradient.Length; j++)
        {
            _isStrong[j] = _active.Contains(j) || Math.Abs(_gradient[j]) >= (2 * l1) - _l1Before;
            if (_isStrong[j])
            {
                _strong.Add(j);
            }
        }
    }

    /// <summary>
    /// An added variable takes the sign of its gradient, unless rounding alone made it break its rule: then all that were
    /// added leave again without a step, and would come back for ever.
    /// </summary>
    private void BlockWhatLeftAtOnce()
    {
        if (_added.Count > 0 && _added.TrueForAll(j => !_active.Contains(j)))
        {
            _added.ForEach(j => _isBlocked[j] = true);
        }
    }

    /// <summary>Gradients of the strong variables at the present point; returns by how much an active one misses its equation.</summary>
    private double EvaluateAndCorrect(double l1)
    {
        double worst = 0;
        for (int correction = 0; correction <= CorrectionsMax; correction++)
        {
            _products.MoveTo(_active.Variables, _active.Coefficients);
            _products.Gradients(CollectionsMarshal.AsSpan(_strong), _gradient);
            _residualScale = Math.Sqrt(_products.ResponseSquares);
            Span<double> misses = Room(ref _work, _active.Count);
            worst = 0;
            bool isMet = true;
            for (int k = 0; k < misses.Length; k++)
            {
                int j = _active.Variables[k];
                double b = _active.Coefficients[k];
                _residualScale += Math.Abs(b) * _lengths[j];
                misses[k] = _gradient[j] - (l1 * _active.Signs[k]) - (_active.Shift * b);
                worst = Math.Max(worst, Math.Abs(misses[k]));
            }

            for (int k = 0; k < misses.Length; k++)
            {
                isMet &= Math.Abs(misses[k]) <= Slack(_active.Variables[k], l1);
            }

            if (isMet)
            {
                return 0;
            }

            if (correction < CorrectionsMax)
            {
                _active.Correct(misses);
            }
        }

        return worst;
    }

    /// <summary>Looks at all variables and adds to the strong ones those that break their bound; true if there are any.</summary>
    private bool WidenStrong(double l1)
    {
        _products.Gradients(_gradient);
        bool found = false;
        for (int j = 0; j < _gradient.Length; j++)
        {
            if (!_isStrong[j] && Math.Abs(_gradient[j]) - l1 > Slack(j, l1))
            {
                _isStrong[j] = true;
                _strong.Add(j);
                found = true;
            }
        }

        return found;
    }

    /// <summary>Adds variables that break their bound; returns by how much one that cannot be added breaks it.</summary>
    private double Add(double l1)
    {
        _added.Clear();
        double blocked = FindCandidates(l1);
        while (_candidates.Count > 0 && _added.Count < AddedMax)
        {
            int next = _candidates[0];
            foreach (int j in _candidates)
            {
                double difference = Math.Abs(_gradient[j]) - Math.Abs(_gradient[next]);
                next = difference > 0 || (difference == 0 && j < next) ? j : next;
            }

            if (_active.TryAdd(next, Math.Sign(_gradient[next])))
            {
                _added.Add(next);
                RemoveAlike(next);
                continue;
            }

            // Only from the minimum with held signs does the exchange lower the objective: others wait for the next round.
            if (_added.Count > 0)
            {
                break;
            }

            if (_active.TryExchange(next, Math.Sign(_gradient[next])))
            {
                _added.Add(next);
                break;
            }

            _isBlocked[next] = true;
            blocked = Math.Max(blocked, Math.Abs(_gradient[next]) - l1);
            _candidates.Remove(next);
        }

        return blocked;
    }

    private double FindCandidates(double l1)
    {
        _candidates.Clear();
        double blocked = 0;
        foreach (int j in _strong)
        {
            double over = Math.Abs(_gradient[j]) - l1;
            if (over <= Slack(j, l1) || _active.Contains(j))
            {
                continue;
            }

            if (_isBlocked[j])
            {
                blocked = Math.Max(blocked, over);
            }
            else
            {
                _candidates.Add(j);
            }
        }

        return blocked;
    }

    /// <summary>Takes a variable and those that it may stand for off the candidates.</summary>
    private void RemoveAlike(int variable)
    {
        Span<double> products = Room(ref _work, _candidates.Count);
        _products.CopyProducts(variable, CollectionsMarshal.AsSpan(_candidates), products);
        int kept = 0;
        for (int k = 0; k < products.Length; k++)
        {
            int other = _candidates[k];
            double alike = AlikeMin * _products.Squares[variable] * _products.Squares[other];
            if (other != variable && products[k] * products[k] <= alike)
            {
                _candidates[kept++] = other;
            }
        }

        _candidates.RemoveRange(kept, _candidates.Count - kept);
    }

    private static Span<double> Room(ref double[] buffer, int count)
    {
        if (buffer.Length < count)
        {
            buffer = new double[2 * count];
        }

        return buffer.AsSpan(0, count);
    }

    /// <summary>By how much a rule may be broken: a part of λ₁, and the rounding of this variable's gradient.</summary>
    private double Slack(int variable, double l1) =>
        Math.FusedMultiplyAdd(Tolerance, l1, Rounding * _lengths[variable] * _residualScale);

    private static string NotReached(double l1, double worst) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The penalty {l1:g3} was not solved: after the last step a variable still breaks its bound by {worst:g3}. "
            + $"Ask for larger penalties, or leave out variables that repeat each other.");
}
