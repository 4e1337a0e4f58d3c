using Pipeline.Engine;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Pls.Direct;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>How well PLS predicts from some variables, by cross-validation inside the calibration samples.</summary>
/// <param name="Rmsecv">Root mean square of the inner errors over samples and responses, of the best number of components.</param>
/// <param name="Components">That number; of equal ones the smallest. 0 where no component could be found.</param>
internal readonly record struct InnerScore(double Rmsecv, int Components)
{
    /// <summary>The score of variables that support no component: worse than any.</summary>
    public static InnerScore None => new(double.PositiveInfinity, 0);
}

/// <summary>Inner scores of any variables, all folds and component counts from one computation each.</summary>
/// <remarks>
/// Each response has a PLS1 of its own, all with the same number of components, and their squared errors are added up.
/// The form of the computation follows from samples and variables alone (<see cref="PlsForms"/>).
/// </remarks>
internal sealed class InnerPls
{
    private readonly int _componentsMax;

    /// <summary>Scores with at most so many components.</summary>
    public InnerPls(SelectorSamples samples, int componentsMax)
    {
        Samples = samples;
        _componentsMax = componentsMax;
    }

    /// <summary>The calibration samples.</summary>
    public SelectorSamples Samples { get; }

    /// <summary>What says the seconds and bytes of one score of so many variables, their copy included.</summary>
    public static Func<int, Cost> Estimates(int samples, int componentsMax)
    {
        Folds folds = SelectorSamples.Shape(samples);
        int n = folds.SampleCount;
        var shape = new Matrix(n, 1);
        return variables =>
        {
            Cost cost = CrossValidatedPls.Estimate(Question(shape, folds, componentsMax, variables), n, variables);
            return cost with { PeakBytes = cost.PeakBytes + (sizeof(double) * (long)n * variables) };
        };
    }

    /// <summary>What cross-validation is asked of so many variables.</summary>
    public PlsQuestion Question(int variables) => Question(Samples.Y, Samples.Folds, _componentsMax, variables);

    /// <summary>The score of some variables, ascending.</summary>
    public InnerScore Score(int[] variables)
    {
        Matrix x = Columns(variables);
        PlsQuestion question = Question(variables.Length);
        PlsForm form = PlsForms.For(question, x.Rows, x.Columns);
        return CrossValidatedPls.Answer(x, question, form, CancellationToken.None) is { } answers
            ? Best(question, answers)
            : throw Overflow();
    }

    /// <summary>The score where fits are answered, but for some, which the direct form answers.</summary>
    public InnerScore Score(int[] variables, PlsQuestion question, PlsAnswers answers, int[] open)
    {
        if (open.Length > 0
            && !DirectPls<double, DoubleElement>.TryAnswer(Columns(variables).Stored, question, open, answers, CancellationToken.None))
        {
            throw Overflow();
        }

        return Best(question, answers);
    }

    /// <summary>The spectra with some variables.</summary>
    public Matrix Columns(int[] variables) =>
        variables.Length == Samples.X.Columns ? Samples.X : Samples.X.SelectColumns(variables);

    private static PlsQuestion Question(Matrix y, Folds folds, int componentsMax, int variables)
    {
        int most = Math.Min(variables, folds.SampleCount - folds.HeldOutMax - 1);
        return new PlsQuestion(y, folds, FoldSplit.Each(folds), Math.Max(1, Math.Min(componentsMax, most)));
    }

    private static InnerScore Best(PlsQuestion question, PlsAnswers answers)
    {
        InnerScore best = InnerScore.None;
        for (int a = 1; a <= question.Components && IsAnswered(question, answers, a); a++)
        {
            double rmsecv = Math.Sqrt(SquaredErrors(question, answers, a) / ((double)question.Y.Rows * question.Y.Columns));
            if (rmsecv < best.Rmsecv)
            {
                best = new InnerScore(rmsecv, a);
            }
        }

        return best;
    }

    private static bool IsAnswered(PlsQuestion question, PlsAnswers answers, int components)
    {
        for (int k = 0; k < question.Splits.Length; k++)
        {
            for (int l = 0; l < question.Y.Columns; l++)
            {
                if (answers.FailureOf(k, l, components) is not null)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static double SquaredErrors(PlsQuestion question, PlsAnswers answers, int components)
    {
        double sum = 0;
        for (int k = 0; k < question.Splits.Length; k++)
        {
            ReadOnlySpan<int> heldOut = question.Folds.HeldOut(question.Splits[k].HeldOut);
            for (int l = 0; l < question.Y.Columns; l++)
            {
                ReadOnlySpan<double> yHat = answers.YHat(k, l, components);
                for (int i = 0; i < heldOut.Length; i++)
                {
                    double error = yHat[i] - question.Y[heldOut[i], l];
                    sum += error * error;
                }
            }
        }

        return sum;
    }

    private static StageException Overflow() => new(
        FailureKind.Numerical,
        "The differences of the calibration spectra are so large that their squares overflow. Check the unit, or divide them by a power of ten.");
}
