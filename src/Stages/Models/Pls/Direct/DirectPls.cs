using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.Direct;

/// <summary>Cross-validated PLS in the direct form: one pass over the spectra per component serves all fits.</summary>
/// <remarks>
/// <para>
/// X is n × p as measured. Four rows are projected on the rotation vectors of all fits and, while they are in cache,
/// added to Xᵀt of all of them. No row is copied, centred or scaled: rows are read about a reference, the mean of a fold
/// that the fit calibrates on, so that large offsets cost no digits; the calibration mean is taken off the score; and
/// where a split divides by deviations, its covariance and rotations are divided instead. A held-out sample has score
/// 0 in the sum, so nothing of it touches the fit, and its own score predicts it.
/// </para>
/// <para>
/// Rows are cut into at most 16 pieces by n alone, each with sums of its own, which are added in order; a fit's
/// numbers do not depend on the fits beside it. Time 4npA per fit; memory beside X at most
/// <see cref="WaveBytesMax"/> or that of one fit: fits that need more come in waves.
/// </para>
/// <para>
/// The components are those of <see cref="KernelPls"/>, with its limits of numerical rank. With joint responses w is
/// the dominant left singular vector of S = XᵀY, p × q (Dayal and MacGregor 1997, algorithm 1, for M > 1).
/// </para>
/// </remarks>
internal sealed partial class DirectPls<T, TElement> : IDisposable
    where T : unmanaged
    where TElement : struct, IRowElement<T>
{
    private const int PiecesMax = 16;

    /// <summary>Rows below which a piece costs more to add up than it saves.</summary>
    private const int PieceRowsMin = 64;

    /// <summary>Samples whose mean is a reference: it need not be the mean of all, only near it.</summary>
    private const int ReferenceRowsMax = 32;

    /// <summary>Bytes of the fits that share a pass.</summary>
    private const long WaveBytesMax = 64 << 20;

    private readonly StoredRows<T> _x;
    private readonly PlsQuestion _question;
    private readonly SplitResponses _responses;
    private readonly PlsAnswers _answers;
    private readonly int[] _ids;
    private readonly int[] _splits;
    private readonly int _width;
    private readonly int _pieceRows;
    private readonly int _pieceCount;
    private readonly int[] _placeInFold;
    private readonly Role[][] _roles;
    private readonly Group[] _groups;
    private readonly ScratchMatrix _references;
    private readonly ScratchMatrix _norms;
    private readonly ScratchMatrix _means;
    private readonly ScratchMatrix _scales;
    private readonly ScratchMatrix _partials;
    private readonly ScratchMatrix _projected;
    private readonly Fit[] _fits;
    private Tile[] _tiles = [];

    private DirectPls(StoredRows<T> x, PlsQuestion question, SplitResponses responses, PlsAnswers answers, int[] ids)
    {
        _x = x;
        _question = question;
        _responses = responses;
        _answers = answers;
        _ids = ids;
        _splits = [.. ids.Select(question.SplitOf).Distinct()];
        _width = RowKernels.PaddedLength(x.Columns);
        _pieceRows = PieceRows(x.Rows);
        _pieceCount = (x.Rows + _pieceRows - 1) / _pieceRows;
        _placeInFold = PlacesInFold(question.Folds);
        _roles = [.. _splits.Select(k => Roles(question.Folds, question.Splits[k]))];
        _groups = Group.Of(question, ids, _splits);
        _references = new ScratchMatrix(_groups.Length, _width);
        _norms = new ScratchMatrix(_groups.Length, x.Rows);
        _means = new ScratchMatrix(_splits.Length, _width);
        _scales = new ScratchMatrix(question.Autoscales ? _splits.Length : 0, _width);
        _partials = new ScratchMatrix(_pieceCount * SumsPerPiece(question, ids.Length, _splits.Length), _width);
        _projected = new ScratchMatrix(ids.Length, _width);
        _fits = [.. ids.Select((_, number) => new Fit(this, number))];
    }

    /// <summary>Answers some fits of a question.</summary>
    /// <returns>False where a value is not a finite number; the answers are worth nothing then.</returns>
    public static bool TryAnswer(
        StoredRows<T> x, PlsQuestion question, int[] fits, PlsAnswers answers, CancellationToken cancellation)
    {
        var responses = new SplitResponses(question);
        foreach (int[] ids in fits.Chunk(FitsPerWave(question, x.Rows, x.Columns)))
        {
            using var wave = new DirectPls<T, TElement>(x, question, responses, answers, ids);
            if (!wave.TryRun(cancellation))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Bytes held beside the spectra and the answers.</summary>
    public static long SizeBytes(PlsQuestion question, int n, int p) =>
        FitBytes(question, n, p) * Math.Min(question.FitCount, FitsPerWave(question, n, p));

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_fits, fit => fit.Dispose());
        _references.Dispose();
        _norms.Dispose();
        _means.Dispose();
        _scales.Dispose();
        _partials.Dispose();
        _projected.Dispose();
    }

    /// <summary>Where each sample stands among the held-out ones of its fold.</summary>
    private static int[] PlacesInFold(Folds folds)
    {
        int[] places = new int[folds.SampleCount];
        for (int k = 0; k < folds.Count; k++)
        {
            ReadOnlySpan<int> heldOut = folds.HeldOut(k);
            for (int i = 0; i < heldOut.Length; i++)
            {
                places[heldOut[i]] = i;
            }
        }

        return places;
    }

    private static Role[] Roles(Folds folds, FoldSplit split)
    {
        var roles = new Role[folds.SampleCount];
        for (int i = 0; i < roles.Length; i++)
        {
            int fold = folds.FoldOfSample[i];
            roles[i] = split.Calibrates(fold) ? Role.Calibration : fold == split.HeldOut ? Role.HeldOut : Role.None;
        }

        return roles;
    }

    private static int PieceRows(int n) =>
        RowKernels.PaddedLength(Math.Max(PieceRowsMin, (n + PiecesMax - 1) / PiecesMax));

    private static int FitsPerWave(PlsQuestion question, int n, int p) =>
        (int)Math.Clamp(WaveBytesMax / FitBytes(question, n, p), 1, question.FitCount);

    /// <summary>Sums that a piece holds in the first pass: of samples and, divided, of squares per split, and of each response.</summary>
    private static int SumsPerPiece(PlsQuestion question, int fits, int splits) =>
        (splits * (question.Autoscales ? 2 : 1)) + (fits * question.ResponsesPerFit);

    private static long FitBytes(PlsQuestion question, int n, int p)
    {
        long pieces = (n + PieceRows(n) - 1) / PieceRows(n);
        long vectors = (pieces * SumsPerPiece(question, 1, 1))
            + ((question.WantsCoefficients ? 3L : 2L) * Math.Min(question.Components, Math.Min(n, p)))
            + question.ResponsesPerFit + (question.Autoscales ? 3 : 2);

        // The pool hands out powers of two: up to twice what is asked.
        return 2 * sizeof(double) * ((vectors * RowKernels.PaddedLength(p)) + (2L * n));
    }

    private bool TryRun(CancellationToken cancellation)
    {
        PieceRunner runner = _question.Runner;
        for (int g = 0; g < _groups.Length; g++)
        {
            SetReference(_groups[g].ReferenceFold, _references.Span.Row(g));
        }

        cancellation.ThrowIfCancellationRequested();
        runner(_pieceCount, FirstPass);
        if (!IsFinite())
        {
            return false;
        }

        for (int k = 0; k < _splits.Length; k++)
        {
            AddMeans(k);
        }

        runner(_fits.Length, f => _fits[f].Begin());
        while (Activate())
        {
            cancellation.ThrowIfCancellationRequested();
            runner(_pieceCount, ComponentPass);
            runner(_fits.Length, f => _fits[f].Advance());
        }

        if (_question.WantsCoefficients)
        {
            runner(_fits.Length, f => _fits[f].Keep());
        }

        return true;
    }

    /// <summary>Puts the fits that take part in the next pass into tiles.</summary>
    private bool Activate()
    {
        var tiles = new List<Tile>();
        var single = new List<Tile>();
        for (int g = _groups.Length - 1; g >= 0; g--)
        {
            int[] active = [.. _groups[g].Fits.Where(f => _fits[f].IsActive)];
            if (active.Length == 1)
            {
                single.Add(new Tile(g, active));
                continue;
            }

            foreach (int[] fits in active.Chunk(Width))
            {
                // Five leave no room for one with another reference; three and two do.
                bool makesRoom = single.Count > 0 && fits.Length == Width && fits[^1] == active[^1];
                tiles.Add(new Tile(g, makesRoom ? fits[..3] : fits));
                if (makesRoom)
                {
                    tiles.Add(new Tile(g, fits[3..]));
                }
            }
        }

        foreach (Tile one in single)
        {
            int host = tiles.FindIndex(tile => tile.Fits.Length < Width && tile.OtherGroup < 0);
            if (host < 0)
            {
                tiles.Add(one);
                continue;
            }

            tiles[host] = tiles[host] with { Fits = [.. tiles[host].Fits, .. one.Fits], OtherGroup = one.Group };
        }

        _tiles = [.. tiles];
        return _tiles.Length > 0;
    }

    private bool IsFinite()
    {
        double sum = 0;
        for (int g = 0; g < _groups.Length; g++)
        {
            foreach (double square in _norms.View.Row(g))
            {
                sum += square;
            }
        }

        foreach (int id in _ids)
        {
            sum += _responses.SquaredNorm(id);
        }

        return double.IsFinite(sum);
    }

    /// <summary>The mean of a fold's first samples, relative to the first: a variable that is constant there has exactly its value.</summary>
    private void SetReference(int fold, Span<double> reference)
    {
        ReadOnlySpan<int> rows = _question.Folds.HeldOut(fold);
        rows = rows[..Math.Min(rows.Length, ReferenceRowsMax)];
        double[] first = new double[_width];
        double[] row = new double[_width];
        TElement.Widen(_x.Row(rows[0]), first);
        reference.Clear();
        for (int i = 1; i < rows.Length; i++)
        {
            TElement.Widen(_x.Row(rows[i]), row);
            RowKernels.AddDifferences(row, first, reference);
        }

        for (int j = 0; j < reference.Length; j++)
        {
            reference[j] = first[j] + (reference[j] / rows.Length);
        }
    }

    /// <summary>Up to five fits that read four rows together; the last may have another reference than the others.</summary>
    private sealed record Tile(int Group, int[] Fits, int OtherGroup = -1);

    /// <summary>What a sample is to a split.</summary>
    private enum Role : byte
    {
        /// <summary>Neither fitted on nor predicted.</summary>
        None,

        /// <summary>Fitted on.</summary>
        Calibration,

        /// <summary>Predicted.</summary>
        HeldOut,
    }

    /// <summary>Fits that share a reference: their splits calibrate on its fold.</summary>
    private sealed class Group(int referenceFold, int[] splits, int[] fits)
    {
        /// <summary>The fold whose mean is the reference.</summary>
        public int ReferenceFold { get; } = referenceFold;

        /// <summary>Splits of the wave, by number inside it.</summary>
        public int[] Splits { get; } = splits;

        /// <summary>Fits of the wave, by number inside it.</summary>
        public int[] Fits { get; } = fits;

        public static Group[] Of(PlsQuestion question, int[] ids, int[] splits)
        {
            int Reference(int f) => question.Splits[question.SplitOf(ids[f])].ReferenceFold;
            return [.. Enumerable.Range(0, ids.Length).GroupBy(Reference).OrderBy(one => one.Key).Select(one => new Group(
                one.Key,
                [.. one.Select(f => Array.IndexOf(splits, question.SplitOf(ids[f]))).Distinct()],
                [.. one]))];
        }
    }
}
