using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.FromMoments;

/// <summary>PLS of calibration sets from their moments: once these are made, the cost does not depend on the samples.</summary>
/// <remarks>
/// Time 2p² per component and fit, and 2pA for each sample that is predicted. Splits run as pieces, each with its calibration moments.
/// What moments cannot tell to working precision is said (<see cref="MomentsFit.SoundCount"/>), never guessed.
/// </remarks>
internal static class MomentsPls
{
    /// <summary>Fits from which on one product of matrices beats a product with half of XᵀX for each of them.</summary>
    private const int TogetherMin = 4;

    /// <summary>Fits each response, or all of them jointly, on the samples of some moments.</summary>
    /// <param name="calibration">Moments of the calibration samples.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="isJoint">Whether all responses share their components (PLS2).</param>
    /// <param name="autoscales">Whether the variables are divided by their deviations.</param>
    public static MomentsFit[] Fit(Moments calibration, int componentsMax, bool isJoint = false, bool autoscales = false)
    {
        int q = calibration.YMeans.Length;
        int p = calibration.XMeans.Length;
        double[] scales = autoscales ? calibration.Scales() : [];
        double xSquares = 0;
        for (int j = 0; j < p; j++)
        {
            double scale = autoscales ? scales[j] : 1;
            xSquares += calibration.UpperXX[j, j] * scale * scale;
        }

        var covariance = new Matrix(q, p);
        Gram.Transpose(calibration.XY.View, covariance.Span);
        MomentsFit[] fits = isJoint
            ? [Make(0, q)]
            : [.. Enumerable.Range(0, q).Select(l => Make(l, 1))];
        Run(calibration, fits);
        return fits;

        MomentsFit Make(int first, int count)
        {
            double ySquares = 0;
            for (int l = first; l < first + count; l++)
            {
                ySquares += calibration.YY[l, l];
            }

            return new MomentsFit(covariance.View.RowBand(first, count), xSquares, ySquares, calibration.Count, componentsMax, scales);
        }
    }

    /// <summary>Bytes beside spectra and answers, with so many threads.</summary>
    public static long SizeBytes(PlsQuestion question, int n, int p, int threads)
    {
        int q = question.Y.Columns;
        if (SmallFoldsPls.Suits(question))
        {
            return SmallFoldsPls.SizeBytes(question, p, threads);
        }

        int K = question.Folds.Count;
        long fits = question.FitsPerSplit * MomentsFit.SizeBytes(p, question.ResponsesPerFit, Math.Min(question.Components, n));
        int visits = Math.Min(threads, FoldForms.VisitsAtOnce(question.Folds));
        return FoldMoments.MadeBytes(K, p, q, threads, n) + (visits * (fits + ScratchMatrix.SizeBytes(question.Folds.HeldOutMax, p)));
    }

    /// <summary>Answers a question about spectra: the moments of each fold, or of neighbours where folds are many and small.</summary>
    /// <returns>For each fit whether it needs the direct form; see the other body.</returns>
    public static bool[] Answer(Matrix x, PlsQuestion question, PlsAnswers answers, CancellationToken cancellation)
    {
        if (SmallFoldsPls.Suits(question))
        {
            return SmallFoldsPls.Answer(x, question, answers, cancellation);
        }

        var sums = new MomentAccumulator(question.Folds.Count, x.Columns, question.Y.Columns, question.Runner);
        sums.Add(question.Folds.FoldOfSample, x.View, question.Y.View);
        using var moments = new FoldMoments(sums.Complete());
        return Answer(moments, x, question, answers, cancellation);
    }

    /// <summary>Answers a question from the moments of all folds.</summary>
    /// <returns>For each fit whether it needs the direct form, for moments do not tell its last components well enough.</returns>
    public static bool[] Answer(
        FoldMoments moments, Matrix x, PlsQuestion question, PlsAnswers answers, CancellationToken cancellation)
    {
        var responses = new SplitResponses(question);
        bool[] needsDirect = new bool[question.FitCount];
        Dictionary<FoldSplit, int> places = question.Splits.Select((split, i) => (split, i)).ToDictionary();
        moments.VisitCalibrations(question.Splits, question.Runner, (split, calibration) =>
        {
            cancellation.ThrowIfCancellationRequested();
            int place = places[split];
            ReadOnlySpan<int> rows = question.Folds.HeldOut(split.HeldOut);
            using var heldOut = new ScratchMatrix(rows.Length, x.Columns);
            for (int i = 0; i < rows.Length; i++)
            {
                x.Row(rows[i]).CopyTo(heldOut.Span.Row(i));
            }

            MomentsFit[] fits = AnswerSplit(calibration, place, heldOut.View, question, responses, answers);
            for (int f = 0; f < fits.Length; f++)
            {
                needsDirect[(place * fits.Length) + f] = fits[f].NeedsDirect;
                fits[f].Dispose();
            }
        });
        return needsDirect;
    }

    /// <summary>Answers one split of a question from the moments of its calibration samples.</summary>
    /// <param name="calibration">Moments of the calibration samples.</param>
    /// <param name="place">Which of the question's splits.</param>
    /// <param name="heldOut">The spectra that are held out.</param>
    /// <param name="question">The question.</param>
    /// <param name="responses">Its responses.</param>
    /// <param name="answers">Where the predictions go.</param>
    /// <returns>The fits of the split, for the caller to look at and to dispose of.</returns>
    public static MomentsFit[] AnswerSplit(
        Moments calibration, int place, MatrixView heldOut, PlsQuestion question, SplitResponses responses, PlsAnswers answers)
    {
        MomentsFit[] fits = Fit(calibration, question.Components, question.IsJoint, question.Autoscales);
        for (int f = 0; f < fits.Length; f++)
        {
            int fit = (place * fits.Length) + f;
            answers.Begin(fit, responses);
            Predict(fits[f], calibration.XMeans, heldOut, (scores, yLoadings) => answers.Add(fit, scores, yLoadings));
            if (question.WantsCoefficients)
            {
                Keep(fits[f], fit, question, calibration.XMeans, responses, answers);
            }
        }

        return fits;
    }

    /// <summary>Shows, component by component, the scores of m × p samples and the loadings of the responses.</summary>
    public static void Predict(MomentsFit fit, ReadOnlySpan<double> means, MatrixView x, ScoresShown show)
    {
        if (fit.Count == 0)
        {
            return;
        }

        using var scores = new ScratchMatrix(fit.Count, x.Rows);
        MatrixProducts.TimesTransposed(fit.Rotations, RowSource.Of(x).About(means), scores.Span);
        for (int a = 0; a < fit.Count; a++)
        {
            show(scores.View.Row(a), fit.YLoadings(a));
        }
    }

    /// <summary>Regression vectors of a response for 1 to A components, with the intercept of each.</summary>
    private static (Matrix Coefficients, double[] Intercepts) Coefficients(
        MomentsFit fit, int responseOfFit, int components, ReadOnlySpan<double> means, double yMean)
    {
        var coefficients = new Matrix(components, means.Length);
        fit.CopyCoefficients(responseOfFit, coefficients.Span);
        double[] intercepts = new double[components];
        for (int a = 0; a < components; a++)
        {
            intercepts[a] = yMean - Products.Dot(means, coefficients.Row(a));
        }

        return (coefficients, intercepts);
    }

    /// <summary>Lets all fits of one calibration set find their components.</summary>
    private static void Run(Moments calibration, MomentsFit[] fits)
    {
        int p = calibration.XMeans.Length;
        if (fits.Length < TogetherMin)
        {
            double[] product = new double[p];
            foreach (MomentsFit fit in fits)
            {
                while (fit.IsActive)
                {
                    SymmetricProducts.Times(calibration.UpperXX, fit.Direction, product);
                    fit.Advance(product);
                }
            }

            return;
        }

        using var directions = new ScratchMatrix(fits.Length, p);
        using var products = new ScratchMatrix(fits.Length, p);
        while (fits.Any(fit => fit.IsActive))
        {
            CopyDirections(fits, directions.Span);
            MatrixProducts.Times(directions.View, calibration.XX.View, products.Span);
            for (int f = 0; f < fits.Length; f++)
            {
                if (fits[f].IsActive)
                {
                    fits[f].Advance(products.View.Row(f));
                }
            }
        }
    }

    /// <summary>The direction of each fit; zeros of those that have ended, so that no fit's bits depend on another.</summary>
    internal static void CopyDirections(MomentsFit[] fits, MatrixSpan directions)
    {
        for (int f = 0; f < fits.Length; f++)
        {
            Span<double> target = directions.Row(f);
            target.Clear();
            if (fits[f].IsActive)
            {
                fits[f].Direction.CopyTo(target);
            }
        }
    }

    /// <summary>Hands out regression vectors and importance of a fit.</summary>
    internal static void Keep(
        MomentsFit fit, int number, PlsQuestion question, double[] means, SplitResponses responses, PlsAnswers answers)
    {
        int q = fit.ResponseCount;
        var coefficients = new Matrix[q];
        double[][] intercepts = new double[q][];
        for (int l = 0; l < q; l++)
        {
            (coefficients[l], intercepts[l]) = Coefficients(fit, l, question.Components, means, responses.Mean(number, l));
        }

        var importance = new Matrix(question.Components, means.Length);
        for (int a = 0; a < fit.Count; a++)
        {
            fit.CopyImportance(a + 1, importance.Row(a));
        }

        answers.Keep(number, coefficients, intercepts, importance);
    }
}

/// <summary>Takes one component's scores of samples and loadings of responses.</summary>
internal delegate void ScoresShown(ReadOnlySpan<double> scores, ReadOnlySpan<double> yLoadings);
