using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>Cross-validated PLS of all splits and responses at once, in the form that suits the shape.</summary>
internal static class CrossValidatedPls
{
    /// <summary>Answers a question about spectra.</summary>
    /// <param name="x">n × p spectra.</param>
    /// <param name="question">The question.</param>
    /// <param name="form">The form; fits whose rounding another form cannot vouch for are answered by the direct one.</param>
    /// <param name="cancellation">Looked at between components.</param>
    /// <returns>The answers; null where a value is not a finite number.</returns>
    public static PlsAnswers? Answer(Matrix x, PlsQuestion question, PlsForm form, CancellationToken cancellation)
    {
        var answers = new PlsAnswers(question);
        int[] fits = [.. Enumerable.Range(0, question.FitCount)];
        if (form == PlsForm.Dual)
        {
            FoldGrams grams = FoldGrams.Of(x, question.Folds, question.Splits, question.Runner, cancellation);
            DualWatch watch = DualPls.Answer(grams, question, answers, cancellation);
            fits = [.. fits.Where(fit => !watch.IsSound(fit))];
        }

        if (form == PlsForm.Moments)
        {
            bool[] needsDirect = MomentsPls.Answer(x, question, answers, cancellation);
            fits = [.. fits.Where(fit => needsDirect[fit])];
        }

        bool isFinite = DirectPls<double, DoubleElement>.TryAnswer(new DoubleRows(x), question, fits, answers, cancellation);
        return isFinite ? answers : null;
    }
}
