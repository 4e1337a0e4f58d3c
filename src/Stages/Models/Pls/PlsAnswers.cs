using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>What every fit of a question predicts for its held-out samples with 0 to A components.</summary>
/// <remarks>
/// Every fit has memory of its own, so forms write from several threads. Memory n q (A + 1) doubles for plain
/// cross-validation, and 2 p A for every fit whose coefficients are asked for.
/// </remarks>
internal sealed class PlsAnswers
{
    private readonly PlsQuestion _question;
    private readonly long[] _starts;
    private readonly double[] _yHat;
    private readonly int[] _counts;
    private readonly bool[] _isConstant;
    private readonly Matrix?[] _coefficients;
    private readonly double[]?[] _intercepts;
    private readonly Matrix?[] _importance;

    /// <summary>Room for the answers of a question; nothing is answered yet.</summary>
    public PlsAnswers(PlsQuestion question)
    {
        _question = question;
        int fits = question.FitCount;
        _starts = new long[fits + 1];
        for (int f = 0; f < fits; f++)
        {
            _starts[f + 1] = _starts[f] + ((long)(question.Components + 1) * question.ResponsesPerFit * HeldOut(f));
        }

        _yHat = HugePages.Advise(new double[_starts[fits]]);
        _counts = new int[fits];
        _isConstant = new bool[fits];
        int vectors = question.WantsCoefficients ? fits * question.ResponsesPerFit : 0;
        _coefficients = new Matrix?[vectors];
        _intercepts = new double[]?[vectors];
        _importance = new Matrix?[question.WantsCoefficients ? fits : 0];
    }

    /// <summary>Components found, at most the number asked.</summary>
    public int ComponentCount(int split, int response) => _counts[Fit(split, response)];

    /// <summary>Why a component count has no answer, or null where it has one.</summary>
    public string? FailureOf(int split, int response, int components)
    {
        int fit = Fit(split, response);
        return _isConstant[fit] ? null : KernelPls.FailureOf(components, _counts[fit]);
    }

    /// <summary>Predictions of the split's held-out samples, in their order; 0 components predict the calibration mean.</summary>
    public ReadOnlySpan<double> YHat(int split, int response, int components)
    {
        int fit = Fit(split, response);
        return Room(fit, Math.Min(components, _counts[fit]), _question.IsJoint ? response : 0);
    }

    /// <summary>Regression vectors on the original scale, A × p; rows beyond the component count repeat the last.</summary>
    public Matrix Coefficients(int split, int response) => Asked(_coefficients[Vector(split, response)]);

    /// <summary>The intercept of each row of <see cref="Coefficients"/>.</summary>
    public double[] Intercepts(int split, int response) => Asked(_intercepts[Vector(split, response)]);

    /// <summary>Variable importance (VIP) for 1 to A components, A × p; see <see cref="KernelPls.CopyImportance(int, Span{double})"/>.</summary>
    public Matrix Importance(int split, int response) => Asked(_importance[Fit(split, response)]);

    /// <summary>Where the predictions of a fit with some components go.</summary>
    internal Span<double> Room(int fit, int components, int responseOfFit)
    {
        int heldOut = HeldOut(fit);
        long start = _starts[fit] + ((((long)components * _question.ResponsesPerFit) + responseOfFit) * heldOut);
        return _yHat.AsSpan((int)start, heldOut);
    }

    /// <summary>Predicts the mean: the answer with no component.</summary>
    internal void Begin(int fit, SplitResponses responses)
    {
        _counts[fit] = 0;
        _isConstant[fit] = responses.IsConstant(fit);
        for (int l = 0; l < _question.ResponsesPerFit; l++)
        {
            Room(fit, 0, l).Fill(responses.Mean(fit, l));
        }
    }

    /// <summary>Adds one component: what its scores of held-out samples contribute to each response.</summary>
    internal void Add(int fit, ReadOnlySpan<double> scores, ReadOnlySpan<double> yLoadings)
    {
        int a = _counts[fit]++;
        for (int l = 0; l < yLoadings.Length; l++)
        {
            ReadOnlySpan<double> before = Room(fit, a, l);
            Span<double> after = Room(fit, a + 1, l);
            for (int i = 0; i < after.Length; i++)
            {
                after[i] = Math.FusedMultiplyAdd(yLoadings[l], scores[i], before[i]);
            }
        }
    }

    /// <summary>Keeps what was asked beside predictions.</summary>
    internal void Keep(int fit, Matrix[] coefficients, double[][] intercepts, Matrix importance)
    {
        for (int l = 0; l < coefficients.Length; l++)
        {
            _coefficients[(fit * coefficients.Length) + l] = coefficients[l];
            _intercepts[(fit * coefficients.Length) + l] = intercepts[l];
        }

        _importance[fit] = importance;
    }

    private static T Asked<T>(T? value) =>
        value ?? throw new InvalidOperationException("Regression vectors were not asked for.");

    private int Fit(int split, int response) => (split * _question.FitsPerSplit) + (_question.IsJoint ? 0 : response);

    private int Vector(int split, int response) => (split * _question.Y.Columns) + response;

    private int HeldOut(int fit) => _question.Folds.HeldOut(_question.Splits[_question.SplitOf(fit)].HeldOut).Length;
}
