using Pipeline.Engine.Planning;
using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Models.Pls;
using Pipeline.Stages.Models.Pls.Dual;
using Pipeline.Stages.Models.Pls.FromMoments;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Selection.Selectors;

/// <summary>Inner scores of unions of intervals, from cross-products that are made once.</summary>
/// <remarks>
/// <para>
/// Few samples for the variables (2n ≤ p): a Gram matrix of each interval, which are added up for a union, n² for each.
/// Otherwise the moments of each inner calibration set, of which a union of w variables takes the submatrix, w². Where
/// neither fits into 256 MiB, each union is a question of its own about its columns. Which, follows from the shape alone.
/// </para>
/// <para>
/// With A components and K folds a score costs 2n²AK or 2w²AK, beside the predictions. Fits that sums over samples cannot
/// tell to 3e-7 of the deviation of the response (Gram matrices: 1e-9) go the direct way, 4nwA each.
/// </para>
/// </remarks>
internal sealed class IntervalScores : IDisposable
{
    /// <summary>Most doubles that intervals share: 256 MiB.</summary>
    private const long SharedMax = 1L << 25;

    /// <summary>Operations per second of products of small matrices with vectors, one core, rounded down; feeds the estimate alone.</summary>
    private const double FlopsPerSecond = 3e9;

    /// <summary>Seconds of any score, however small.</summary>
    private const double SecondsPerScore = 1e-4;

    private readonly InnerPls _pls;
    private readonly Range[] _intervals;
    private readonly FoldGrams[] _blocks = [];
    private readonly Moments[] _calibrations = [];

    /// <summary>Prepares the intervals of p variables.</summary>
    public IntervalScores(InnerPls pls, Range[] intervals)
    {
        _pls = pls;
        _intervals = intervals;
        SelectorSamples samples = pls.Samples;
        var data = new SharedSpectra(samples.X, samples.Y, samples.Folds, autoscales: false, Pieces.InOrder);
        switch (FormOf(samples.X.Rows, samples.X.Columns, intervals.Length))
        {
            case Form.Blocks:
                _blocks = FoldGrams.Blocks(data, FoldSplit.Each(samples.Folds), intervals, CancellationToken.None);
                break;
            case Form.Moments:
                _calibrations = Calibrations(data);
                break;
        }
    }

    /// <summary>What is made once for intervals of p variables, and held.</summary>
    public static Cost EstimateShared(int samples, int variables, int intervals)
    {
        double n = samples;
        double p = variables;
        int folds = SelectorSamples.FoldCount;
        return FormOf(samples, variables, intervals) switch
        {
            Form.Blocks => new Cost(2 * n * n * p / FlopsPerSecond, 2L * (intervals + 1) * ScratchMatrix.SizeBytes(samples, samples)),
            Form.Moments => new Cost(
                ((n * p * p) + (12 * folds * p * p)) / FlopsPerSecond,
                FoldMoments.MadeBytes(folds, variables, 1, threads: 1, samples)
                    + ((folds + 1) * Moments.SizeBytes(variables, 1))),
            _ => default,
        };
    }

    /// <summary>Seconds of one score of so many of the p variables.</summary>
    /// <param name="samples">Calibration samples, n.</param>
    /// <param name="variables">Variables, p.</param>
    /// <param name="intervals">Intervals, m.</param>
    /// <param name="some">Variables that are scored.</param>
    /// <param name="componentsMax">Components at most, A.</param>
    /// <param name="alone">What a score costs as a question of its own.</param>
    public static double EstimateSeconds(
        int samples, int variables, int intervals, int some, int componentsMax, Func<int, Cost> alone)
    {
        double n = samples;
        double w = some;
        double products = SelectorSamples.FoldCount * componentsMax * 2.0;
        return SecondsPerScore + (FormOf(samples, variables, intervals) switch
        {
            Form.Blocks => ((products * n * n) + (intervals * n * n)) / FlopsPerSecond,
            Form.Moments => ((products * w * w) + (2 * n * w * componentsMax)) / FlopsPerSecond,
            _ => alone(some).CpuSeconds,
        });
    }

    /// <summary>The score of a union of intervals.</summary>
    /// <param name="chosen">Intervals, ascending, at least one.</param>
    public InnerScore Score(List<int> chosen)
    {
        int[] variables = Variables(chosen);
        if (_blocks.Length == 0 && _calibrations.Length == 0)
        {
            return _pls.Score(variables);
        }

        PlsQuestion question = _pls.Question(variables.Length);
        var answers = new PlsAnswers(question);
        int[] open = _blocks.Length > 0
            ? FromBlocks(chosen, question, answers)
            : FromMoments(chosen, variables, question, answers);
        return _pls.Score(variables, question, answers, open);
    }

    /// <summary>The variables of a union, ascending.</summary>
    public int[] Variables(List<int> chosen)
    {
        var variables = new List<int>();
        foreach (int interval in chosen)
        {
            (int start, int count) = _intervals[interval].GetOffsetAndLength(_pls.Samples.X.Columns);
            variables.AddRange(Enumerable.Range(start, count));
        }

        return [.. variables];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_blocks, block => block.Dispose());
        Array.ForEach(_calibrations, moments => moments.Release());
    }

    private static Form FormOf(long samples, long variables, long intervals)
    {
        // Unions are small at first, so samples must be far fewer than variables before products of samples pay.
        if (2 * samples <= variables && 2 * (intervals + 1) * samples * samples <= SharedMax)
        {
            return Form.Blocks;
        }

        return 3 * SelectorSamples.FoldCount * variables * variables <= SharedMax ? Form.Moments : Form.Columns;
    }

    private static Moments[] Calibrations(SharedSpectra data)
    {
        int[] all = [.. Enumerable.Range(0, data.X.Columns)];
        var calibrations = new Moments[data.Folds.Count];
        using FoldMoments folds = FoldMoments.Of(data, CancellationToken.None);
        folds.VisitCalibrations((k, calibration) => calibrations[k] = calibration.Columns(all));
        return calibrations;
    }

    private int[] FromBlocks(List<int> chosen, PlsQuestion question, PlsAnswers answers)
    {
        using FoldGrams sum = FoldGrams.Sum([.. chosen.Select(interval => _blocks[interval])]);
        DualWatch watch = DualPls.Answer(sum, question, answers, CancellationToken.None);
        return [.. Enumerable.Range(0, question.FitCount).Where(fit => !watch.IsSound(fit))];
    }

    private int[] FromMoments(List<int> chosen, int[] variables, PlsQuestion question, PlsAnswers answers)
    {
        var open = new List<int>();
        var responses = new SplitResponses(question);
        using var rows = new ScratchMatrix(question.Folds.HeldOutMax, variables.Length);
        for (int k = 0; k < _calibrations.Length; k++)
        {
            ReadOnlySpan<int> heldOut = question.Folds.HeldOut(k);
            CopyRows(heldOut, chosen, rows.Span);
            Moments calibration = _calibrations[k].Columns(variables);
            MomentsFit[] fits = MomentsPls.AnswerSplit(
                calibration, k, rows.View.RowBand(0, heldOut.Length), question, responses, answers);
            for (int f = 0; f < fits.Length; f++)
            {
                if (!fits[f].EndedCleanly || fits[f].SupportedCount < fits[f].Count)
                {
                    open.Add((k * fits.Length) + f);
                }

                fits[f].Dispose();
            }

            calibration.Release();
        }

        return [.. open];
    }

    /// <summary>Some samples with the variables of some intervals, each copied whole.</summary>
    private void CopyRows(ReadOnlySpan<int> samples, List<int> chosen, MatrixSpan target)
    {
        Matrix x = _pls.Samples.X;
        for (int i = 0; i < samples.Length; i++)
        {
            ReadOnlySpan<double> source = x.Row(samples[i]);
            Span<double> row = target.Row(i);
            foreach (int interval in chosen)
            {
                ReadOnlySpan<double> part = source[_intervals[interval]];
                part.CopyTo(row);
                row = row[part.Length..];
            }
        }
    }

    private enum Form
    {
        Blocks,
        Moments,
        Columns,
    }
}
