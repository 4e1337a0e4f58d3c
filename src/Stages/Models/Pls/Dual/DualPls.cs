using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;

namespace Pipeline.Stages.Models.Pls.Dual;

/// <summary>Cross-validated PLS in the dual form: everything from the products of samples with each other, for n below p.</summary>
/// <remarks>
/// <para>
/// G is n × n about a reference of the split (<see cref="FoldGrams"/>), E holds the residual responses of the calibration
/// samples, 0 elsewhere. Deflating Y alone, the score of w = XᵀE v is U v with U = G E less its calibration mean,
/// made orthogonal to earlier scores; inner products run over calibration samples, and the same combinations
/// taken at held-out samples are their scores. G is never centred: its rows are about a reference, the mean is taken
/// off U. Up to five fits share a read of G.
/// </para>
/// <para>
/// Time 2n²A per response and fit, and 4nA²; memory n(A + 2) doubles for each of the fits in work. Fits are cut into
/// pieces by their number alone, and a fit's numbers do not depend on the fits beside it.
/// </para>
/// <para>
/// G squares X, so directions of small variance drown in its rounding: the <see cref="DualWatch"/> tells which fits are
/// not to be believed.
/// Rännar, Lindgren, Geladi and Wold (1994), J. Chemometrics 8, 111-125; here the scores are made orthogonal instead of
/// deflating G, which saves n² per component and fit.
/// </para>
/// </remarks>
internal sealed class DualPls
{
    private const int TileRowCount = RowTiles<double, DoubleElement>.Height;
    private const int TileWidth = RowTiles<double, DoubleElement>.Width;

    private readonly PlsQuestion _question;
    private readonly SplitResponses _responses;
    private readonly PlsAnswers _answers;
    private readonly StoredRows<double> _gram;
    private readonly int[] _fits;
    private readonly int _width;
    private readonly DualFit[] _states;

    private DualPls(PlsQuestion question, SplitResponses responses, PlsAnswers answers, ScratchMatrix gram, int[] fits, DualWatch watch)
    {
        _question = question;
        _responses = responses;
        _answers = answers;
        _gram = gram.Stored;
        _fits = fits;
        _width = RowKernels.PaddedLength(_gram.Rows);
        _states = [.. fits.Select(fit => new DualFit(question, responses, answers, gram.View, fit, watch))];
    }

    /// <summary>Answers all fits of a question.</summary>
    /// <returns>What the rounding of each fit is estimated to do to its predictions.</returns>
    public static DualWatch Answer(FoldGrams grams, PlsQuestion question, PlsAnswers answers, CancellationToken cancellation)
    {
        var responses = new SplitResponses(question);
        var watch = new DualWatch(question.FitCount);
        (ScratchMatrix Gram, int[] Fits)[] tiles = Tiles(grams, question);
        question.Runner(tiles.Length, tile =>
        {
            cancellation.ThrowIfCancellationRequested();
            new DualPls(question, responses, answers, tiles[tile].Gram, tiles[tile].Fits, watch).Run();
        });
        return watch;
    }

    /// <summary>Bytes held beside the Gram matrices and the answers, with so many pieces in work.</summary>
    public static long SizeBytes(PlsQuestion question, int n, int piecesAtOnce)
    {
        long fits = Math.Min(question.FitCount, (long)FitsPerTile(question, TileWidth) * piecesAtOnce);
        long rows = fits * (Math.Min(question.Components, n) + (2L * question.ResponsesPerFit) + 3);
        long heldOut = fits * question.Components * question.Folds.HeldOutMax;

        // The pool hands out powers of two: up to twice what is asked.
        return 2 * sizeof(double) * ((rows * RowKernels.PaddedLength(n)) + heldOut);
    }

    private static int FitsPerTile(PlsQuestion question, int columns) => Math.Max(1, columns / question.ResponsesPerFit);

    /// <summary>Fits that share a reference, five columns at a time; a few of them are halved, so that two cores find work.</summary>
    private static (ScratchMatrix Gram, int[] Fits)[] Tiles(FoldGrams grams, PlsQuestion question)
    {
        var tiles = new List<(ScratchMatrix, int[])>();
        foreach (IGrouping<int, int> group in Enumerable.Range(0, question.FitCount)
            .GroupBy(fit => question.Splits[question.SplitOf(fit)].ReferenceFold).OrderBy(one => one.Key))
        {
            int[] fits = [.. group];
            int size = FitsPerTile(question, Math.Min(TileWidth, (fits.Length + 1) / 2 * question.ResponsesPerFit));
            for (int start = 0; start < fits.Length; start += size)
            {
                tiles.Add((grams.Stored(group.Key), fits[start..Math.Min(fits.Length, start + size)]));
            }
        }

        return [.. tiles];
    }

    private void Run()
    {
        int q = _question.ResponsesPerFit;
        using var residuals = new ScratchMatrix(_fits.Length * q, _width);
        using var products = new ScratchMatrix(_fits.Length * q, _width);
        residuals.Values.Clear();
        products.Values.Clear();
        for (int f = 0; f < _states.Length; f++)
        {
            _states[f].Begin(residuals.Span, f * q);
        }

        int[] columns = new int[_fits.Length * q];
        while (true)
        {
            int count = 0;
            for (int f = 0; f < _states.Length; f++)
            {
                for (int l = 0; l < q && _states[f].IsActive; l++)
                {
                    columns[count++] = (f * q) + l;
                }
            }

            if (count == 0)
            {
                break;
            }

            Multiply(residuals, products, columns.AsSpan(0, count));
            for (int f = 0; f < _states.Length; f++)
            {
                if (_states[f].IsActive)
                {
                    _states[f].Advance(residuals.Span, products.Span, f * q);
                }
            }
        }

        Array.ForEach(_states, state => state.Dispose());
    }

    /// <summary>U = G E for some columns, held as rows.</summary>
    private void Multiply(ScratchMatrix residuals, ScratchMatrix products, ReadOnlySpan<int> columns)
    {
        Span<double> tails = stackalloc double[TileRows<double>.TailLength];
        Span<double> tile = stackalloc double[TileRowCount * TileWidth];
        tails.Clear();
        for (int i = 0; i < _gram.Rows; i += TileRowCount)
        {
            var rows = new TileRows<double>(_gram, i, _gram.Rows, tails);
            int height = Math.Min(TileRowCount, _gram.Rows - i);
            for (int s = 0; s < columns.Length; s += TileWidth)
            {
                ReadOnlySpan<int> some = columns.Slice(s, Math.Min(TileWidth, columns.Length - s));
                RowTiles<double, DoubleElement>.Project(rows, [], new TileVectors(residuals.Values, _width, some), tile);
                for (int m = 0; m < some.Length; m++)
                {
                    Span<double> target = products.Span.Row(some[m]).Slice(i, height);
                    for (int r = 0; r < height; r++)
                    {
                        target[r] = tile[(r * TileWidth) + m];
                    }
                }
            }
        }
    }
}
