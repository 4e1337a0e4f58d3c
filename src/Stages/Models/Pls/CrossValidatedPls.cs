using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Pls.Direct;
using Pipeline.Stages.Models.Pls.Dual;
using Pipeline.Stages.Models.Pls.FromMoments;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls;

/// <summary>Cross-validated PLS of all splits and responses at once, in the form that suits the shape.</summary>
internal static class CrossValidatedPls
{
    /// <summary>Operations per second of a pass over spectra beyond the caches, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 2e10;

    /// <summary>How much faster products of a matrix with itself run.</summary>
    private const double ProductSpeed = 3;

    /// <summary>Seconds of any answer, however small.</summary>
    private const double SecondsAtLeast = 1e-4;

    /// <summary>Pieces that are expected to run at once.</summary>
    private const int CoresAtOnce = 8;

    /// <summary>Headers and small arrays of a fit.</summary>
    private const long FitObjectBytes = 2048;

    /// <summary>What a product packs at once at most, where several cores share it.</summary>
    private const long PackedBytesMax = 8 << 20;

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
            using FoldGrams grams = FoldGrams.Of(x, question.Folds, question.Splits, question.Runner, cancellation);
            DualWatch watch = DualPls.Answer(grams, question, answers, cancellation);
            fits = [.. fits.Where(fit => !watch.IsSound(fit))];
        }

        if (form == PlsForm.Moments)
        {
            bool[] needsDirect = MomentsPls.Answer(x, question, answers, cancellation);
            fits = [.. fits.Where(fit => needsDirect[fit])];
        }

        // What the form held is given back by now.
        bool isFinite = DirectPls<double, DoubleElement>.TryAnswer(x.Stored, question, fits, answers, cancellation);
        return isFinite ? answers : null;
    }

    /// <summary>Seconds and bytes beside the spectra, those of the direct form included, which may have to take over.</summary>
    public static Cost Estimate(PlsQuestion question, int n, int p)
    {
        double A = Math.Min(question.Components, Math.Min(n, p));
        long answers = question.FitCount
            * (FitObjectBytes + (sizeof(double) * (question.Components + 1L) * question.ResponsesPerFit * question.Folds.HeldOutMax));
        (double flops, long bytes) = PlsForms.For(question, n, p) switch
        {
            PlsForm.Dual => EstimateDual(question, n, p, A),
            PlsForm.Moments => (
                ((double)p * p * ((n / ProductSpeed) + (2 * A * question.FitCount))) + (2.0 * n * p * A * question.FitsPerSplit),
                MomentsPls.SizeBytes(question, n, p, CoresAtOnce)),
            _ => (4 * n * p * A * question.FitCount, 0),
        };
        long direct = DirectPls<double, DoubleElement>.SizeBytes(question, n, p);
        return new Cost(SecondsAtLeast + (flops / FlopsPerSecond), Math.Max(direct, bytes) + answers);
    }

    private static (double Flops, long Bytes) EstimateDual(PlsQuestion question, int n, int p, double A)
    {
        int grams = question.Splits.Select(split => split.ReferenceFold).Distinct().Count();
        long packed = Math.Min(PackedBytesMax, 2L * sizeof(double) * n * p) + (4096L * n);
        return (
            ((double)grams * n * n * p / ProductSpeed) + (2.0 * n * n * A * question.FitCount * question.ResponsesPerFit),
            (grams * ScratchMatrix.SizeBytes(n, n)) + packed + DualPls.SizeBytes(question, n, CoresAtOnce));
    }
}
