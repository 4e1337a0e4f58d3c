namespace Pipeline.Stages.Numerics.Descent;

/// <summary>The search for a step along a direction that decreases a function enough and flattens it enough.</summary>
/// <remarks>
/// The two conditions of Wolfe with factors 0.001 and 0.9, interval of uncertainty 0.1, steps up to 1e10. Moré and Thuente (1994),
/// ACM Trans. Math. Softw. 20, 286-307, as in MINPACK-2 (dcsrch, dcstep), whose names are kept: (stx, fx, gx) is the best step
/// so far, (sty, fy, gy) the other end of the interval.
/// </remarks>
internal struct StepSearch
{
    private const double Decrease = 1e-3;
    private const double Flattening = 0.9;
    private const double IntervalMin = 0.1;
    private const double StepMax = 1e10;

    private readonly double _start;
    private readonly double _slope;
    private readonly double _test;
    private bool _brackets;
    private bool _isSecondStage;
    private double _stx;
    private double _fx;
    private double _gx;
    private double _sty;
    private double _fy;
    private double _gy;
    private double _least;
    private double _most;
    private double _width;
    private double _widthBefore;

    /// <summary>A search from value <paramref name="f"/> with slope <paramref name="g"/> below 0, first at <paramref name="step"/>.</summary>
    public StepSearch(double f, double g, double step)
    {
        _start = f;
        _slope = g;
        _test = Decrease * g;
        _width = StepMax;
        _widthBefore = 2 * StepMax;
        (_fx, _gx, _fy, _gy) = (f, g, f, g);
        _most = 5 * step;
        Step = step;
    }

    /// <summary>The step to evaluate next, or the one that was found.</summary>
    public double Step { get; private set; }

    /// <summary>Looks at value and slope at <see cref="Step"/>; true where the search ends there.</summary>
    public bool Accepts(double f, double g)
    {
        double step = Step;
        double enough = _start + (step * _test);
        if (!_isSecondStage && f <= enough && g >= 0)
        {
            _isSecondStage = true;
        }

        bool isStuck = (_brackets && (step <= _least || step >= _most))
            || (_brackets && _most - _least <= IntervalMin * _most)
            || (step == StepMax && f <= enough && g <= _test)
            || (step == 0 && (f > enough || g >= _test));
        if (isStuck || (f <= enough && Math.Abs(g) <= Flattening * -_slope))
        {
            return true;
        }

        if (!_isSecondStage && f <= _fx && f > enough)
        {
            // A function less its sufficient decrease has the minimum that the first stage looks for.
            double fx = _fx - (_stx * _test);
            double fy = _fy - (_sty * _test);
            double gx = _gx - _test;
            double gy = _gy - _test;
            Narrow(ref fx, ref gx, ref fy, ref gy, f - (step * _test), g - _test);
            _fx = fx + (_stx * _test);
            _fy = fy + (_sty * _test);
            _gx = gx + _test;
            _gy = gy + _test;
        }
        else
        {
            Narrow(ref _fx, ref _gx, ref _fy, ref _gy, f, g);
        }

        if (_brackets)
        {
            if (Math.Abs(_sty - _stx) >= 0.66 * _widthBefore)
            {
                Step = _stx + (0.5 * (_sty - _stx));
            }

            _widthBefore = _width;
            _width = Math.Abs(_sty - _stx);
            _least = Math.Min(_stx, _sty);
            _most = Math.Max(_stx, _sty);
        }
        else
        {
            _least = Step + (1.1 * (Step - _stx));
            _most = Step + (4 * (Step - _stx));
        }

        Step = Math.Min(Math.Max(Step, 0), StepMax);
        if (_brackets && (Step <= _least || Step >= _most || _most - _least <= IntervalMin * _most))
        {
            Step = _stx;
        }

        return false;
    }

    /// <summary>A safeguarded new step, and the interval that the current one leaves (dcstep).</summary>
    private void Narrow(ref double fx, ref double gx, ref double fy, ref double gy, double f, double g)
    {
        double step = Step;
        double sign = g * (gx / Math.Abs(gx));
        double next;
        if (f > fx)
        {
            // Higher: the minimum is bracketed.
            (double theta, double gamma) = Cubic(fx, gx, f, g, _stx, step, mayBeNegative: true);
            gamma = step < _stx ? -gamma : gamma;
            double r = ((gamma - gx) + theta) / (((gamma - gx) + gamma) + g);
            double cubic = _stx + (r * (step - _stx));
            double quadratic = _stx + (((gx / (((fx - f) / (step - _stx)) + gx)) / 2) * (step - _stx));
            next = Math.Abs(cubic - _stx) < Math.Abs(quadratic - _stx) ? cubic : cubic + ((quadratic - cubic) / 2);
            _brackets = true;
        }
        else if (sign < 0)
        {
            // Lower, slopes of opposite sign: the minimum is bracketed.
            (double theta, double gamma) = Cubic(fx, gx, f, g, _stx, step, mayBeNegative: true);
            gamma = step > _stx ? -gamma : gamma;
            double r = ((gamma - g) + theta) / (((gamma - g) + gamma) + gx);
            double cubic = step + (r * (_stx - step));
            double secant = step + ((g / (g - gx)) * (_stx - step));
            next = Math.Abs(cubic - step) > Math.Abs(secant - step) ? cubic : secant;
            _brackets = true;
        }
        else if (Math.Abs(g) < Math.Abs(gx))
        {
            // Lower, same sign, flatter: the cubic counts only where it has a minimum beyond the step.
            (double theta, double gamma) = Cubic(fx, gx, f, g, _stx, step, mayBeNegative: false);
            gamma = step > _stx ? -gamma : gamma;
            double r = ((gamma - g) + theta) / ((gamma + (gx - g)) + gamma);
            double cubic = r < 0 && gamma != 0 ? step + (r * (_stx - step)) : step > _stx ? _most : _least;
            double secant = step + ((g / (g - gx)) * (_stx - step));
            bool isCubicNearer = Math.Abs(cubic - step) < Math.Abs(secant - step);
            if (_brackets)
            {
                next = isCubicNearer ? cubic : secant;
                double guard = step + (0.66 * (_sty - step));
                next = step > _stx ? Math.Min(guard, next) : Math.Max(guard, next);
            }
            else
            {
                next = Math.Abs(cubic - step) > Math.Abs(secant - step) ? cubic : secant;
                next = Math.Max(_least, Math.Min(_most, next));
            }
        }
        else if (_brackets)
        {
            // Lower, same sign, not flatter.
            (double theta, double gamma) = Cubic(f, g, fy, gy, step, _sty, mayBeNegative: true);
            gamma = step > _sty ? -gamma : gamma;
            double r = ((gamma - g) + theta) / (((gamma - g) + gamma) + gy);
            next = step + (r * (_sty - step));
        }
        else
        {
            next = step > _stx ? _most : _least;
        }

        if (f > fx)
        {
            (_sty, fy, gy) = (step, f, g);
        }
        else
        {
            if (sign < 0)
            {
                (_sty, fy, gy) = (_stx, fx, gx);
            }

            (_stx, fx, gx) = (step, f, g);
        }

        Step = next;
    }

    /// <summary>θ and γ of the cubic through two values and slopes.</summary>
    private static (double Theta, double Gamma) Cubic(
        double f0, double g0, double f1, double g1, double step0, double step1, bool mayBeNegative)
    {
        double theta = (3 * (f0 - f1) / (step1 - step0)) + g0 + g1;
        double s = Math.Max(Math.Abs(theta), Math.Max(Math.Abs(g0), Math.Abs(g1)));
        double square = ((theta / s) * (theta / s)) - ((g0 / s) * (g1 / s));
        return (theta, s * Math.Sqrt(mayBeNegative ? square : Math.Max(0, square)));
    }
}
