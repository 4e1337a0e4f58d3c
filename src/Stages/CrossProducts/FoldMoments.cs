using System.Collections.Concurrent;
using System.Numerics;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.CrossProducts;

/// <summary>The moments of every fold, from which those of every calibration set are merged.</summary>
/// <remarks>
/// <para>
/// Nothing is ever taken off: a calibration set is the sum of the folds that it consists of, so what is held out does
/// not touch a bit of it. Folds are halved again and again; each half is merged once, and what lies outside a half is
/// what lies outside the whole, merged with the other half: about 3K merges for K folds, K - 2 halves held.
/// The order of merges depends on K and on the split alone, not on which splits are asked for together: which folds chose the
/// same variables may depend on what another fold holds out.
/// </para>
/// <para>
/// Moments shown to a visitor are memory used again after the visit. With a runner, visits of different splits run at
/// the same time. Cost p² for each merge; memory K - 2 halves and, for each thread, the depth of the halving.
/// </para>
/// </remarks>
public sealed class FoldMoments : IDisposable
{
    /// <summary>Visits at once, at most.</summary>
    public const int VisitsMax = 1 << PieceDepth;

    /// <summary>Depth at which the halves become pieces for the runner: up to eight.</summary>
    private const int PieceDepth = 3;

    private readonly Moments[] _folds;

    /// <summary>The moments of the folds, in their order.</summary>
    public FoldMoments(Moments[] folds)
    {
        _folds = folds;
    }

    /// <summary>Number of folds, K.</summary>
    public int Count => _folds.Length;

    /// <summary>Bytes of the moments of K folds, of all halves, and of what so many threads merge while they visit.</summary>
    /// <param name="folds">Folds, K.</param>
    /// <param name="variables">Variables, p.</param>
    /// <param name="responses">Responses, q.</param>
    /// <param name="threads">Threads that visit at once; more than there are pieces for them count as these.</param>
    /// <param name="hasOthers">Whether all splits calibrate on further samples, too, whose own moments are not counted.</param>
    public static long SizeBytes(int folds, long variables, long responses, int threads, bool hasOthers = false) =>
        Moments.SizeBytes(variables, responses) * (folds + MergedAtOnce(folds, threads, hasOthers));

    /// <summary>The same with what the moments are made of, from so many rows.</summary>
    /// <remarks>
    /// The sums of each fold go back to the pool when its moments are there. Where both borrow arrays of one length, merged moments take the
    /// place of sums; otherwise these stay with the pool.
    /// </remarks>
    public static long MadeBytes(int folds, long variables, long responses, int threads, long rows, bool hasOthers = false)
    {
        long sums = MomentAccumulator.TargetBytes(variables, responses);
        long takenAgain = sums == ScratchMatrix.SizeBytes(variables, variables)
            ? Math.Min(folds, MergedAtOnce(folds, threads, hasOthers)) * sums
            : 0;
        return SizeBytes(folds, variables, responses, threads, hasOthers)
            + MomentAccumulator.SizeBytes(folds, variables, responses, rows) - takenAgain;
    }

    /// <summary>Moments of each fold. Time n(p + q)².</summary>
    public static FoldMoments Of(SharedSpectra data, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var sums = new MomentAccumulator(data.Folds.Count, data.X.Columns, data.Y.Columns, data.Runner);
        sums.Add(data.Folds.FoldOfSample, data.X.View, data.Y.View);
        cancellation.ThrowIfCancellationRequested();
        return new FoldMoments(sums.Complete());
    }

    /// <summary>The moments of one fold's samples.</summary>
    public Moments Fold(int k) => _folds[k];

    /// <summary>The moments of some variables, ascending, of every fold.</summary>
    public FoldMoments Columns(int[] variables) => new([.. _folds.Select(fold => fold.Columns(variables))]);

    /// <summary>Shows, fold by fold, the moments of all samples outside the fold.</summary>
    public void VisitCalibrations(Action<int, Moments> visit) =>
        VisitCalibrations(
            [.. Enumerable.Range(0, _folds.Length).Select(k => new FoldSplit(k))],
            Pieces.InOrder,
            (split, calibration) => visit(split.HeldOut, calibration));

    /// <summary>Shows the moments of the calibration samples of some splits; visits of different splits may run at once.</summary>
    /// <param name="splits">Plain splits, splits with a second fold left out, or both.</param>
    /// <param name="runner">Who runs the visits.</param>
    /// <param name="visit">Keeps nothing of the moments beyond the call.</param>
    /// <param name="others">Moments of further samples that all splits calibrate on.</param>
    /// <exception cref="ArgumentException">A split has no calibration samples.</exception>
    public void VisitCalibrations(
        IReadOnlyCollection<FoldSplit> splits, PieceRunner runner, Action<FoldSplit, Moments> visit, Moments? others = null)
    {
        // What holds out k and leaves out l has the calibration set of what holds out l and leaves out k.
        ILookup<(int Low, int High), FoldSplit> byPair = splits.ToLookup(PairOf);
        foreach (IGrouping<int, (int Low, int High)> outer in byPair.Select(pair => pair.Key).GroupBy(pair => pair.Low))
        {
            int[] folds = [.. Enumerable.Range(0, _folds.Length).Where(k => k != outer.Key)];
            int[] asked = [.. outer.Select(pair => Array.IndexOf(folds, pair.High))];
            if (folds.Length < 2 && others is null)
            {
                throw new ArgumentException($"{_folds.Length} folds, less those of the split, leave no calibration samples.", nameof(splits));
            }

            var halving = new Halving([.. folds.Select(k => _folds[k])], others, runner);
            halving.Visit(asked, (i, calibration) =>
            {
                foreach (FoldSplit split in byPair[(outer.Key, folds[i])])
                {
                    visit(split, calibration);
                }
            });
        }
    }

    /// <summary>Gives the memory of all moments back; they must not be read afterwards.</summary>
    public void Dispose() => Array.ForEach(_folds, fold => fold.Release());

    /// <summary>
    /// Halves, which are the K - 2 nodes of the tree of halvings between its root and its leaves; and for each thread what lies outside its
    /// fold, merged once at each level of the tree, but for the first, where it is a half itself.
    /// </summary>
    private static long MergedAtOnce(int folds, int threads, bool hasOthers)
    {
        int levels = BitOperations.Log2((uint)folds) + (BitOperations.IsPow2(folds) ? 0 : 1);
        int merges = hasOthers ? levels : Math.Max(0, levels - 1);
        return Math.Max(0, folds - 2) + (Math.Min(threads, Math.Min(folds, VisitsMax)) * (long)merges);
    }

    private static (int Low, int High) PairOf(FoldSplit split) =>
        split.LeftOut < split.HeldOut ? (split.LeftOut, split.HeldOut) : (split.HeldOut, split.LeftOut);

    /// <summary>Folds that are halved again and again.</summary>
    private sealed class Halving(Moments[] folds, Moments? others, PieceRunner runner)
    {
        private readonly ConcurrentDictionary<(int Start, int End), Moments> _halves = [];
        private readonly ConcurrentBag<Moments> _free = [];

        /// <summary>Shows what lies outside some of the folds.</summary>
        public void Visit(int[] asked, Action<int, Moments> visit)
        {
            bool[] isAsked = new bool[folds.Length];
            Array.ForEach(asked, k => isAsked[k] = true);
            var parts = new List<(int Start, int End, (int Start, int End)[] Outside)>();
            Divide(0, folds.Length, [], parts, isAsked);
            AddHalves([.. parts.SelectMany(part => part.Outside).Distinct()]);
            runner(parts.Count, i =>
            {
                var used = new List<Moments>();
                Moments? outside = others;
                foreach ((int start, int end) in parts[i].Outside)
                {
                    outside = Merge(outside, Half(start, end), used);
                }

                Visit(parts[i].Start, parts[i].End, outside, isAsked, visit);
                used.ForEach(_free.Add);
            });
            Array.ForEach([.. _halves.Values, .. _free], moments => moments.Release());
        }

        private static void Divide(
            int start,
            int end,
            (int Start, int End)[] outside,
            List<(int Start, int End, (int Start, int End)[] Outside)> parts,
            bool[] isAsked)
        {
            if (!isAsked.AsSpan(start, end - start).Contains(true))
            {
                return;
            }

            if (end - start == 1 || outside.Length == PieceDepth)
            {
                parts.Add((start, end, outside));
                return;
            }

            int middle = (start + end) / 2;
            Divide(start, middle, [.. outside, (middle, end)], parts, isAsked);
            Divide(middle, end, [.. outside, (start, middle)], parts, isAsked);
        }

        /// <summary>The large halves, whose own halves are merged at the same time.</summary>
        private void AddHalves((int Start, int End)[] halves)
        {
            foreach (IGrouping<int, (int Start, int End)> level in Descendants(halves).GroupBy(half => half.End - half.Start).OrderBy(level => level.Key))
            {
                (int Start, int End)[] same = [.. level];
                runner(same.Length, i => Half(same[i].Start, same[i].End));
            }
        }

        private static IEnumerable<(int Start, int End)> Descendants(IEnumerable<(int Start, int End)> halves)
        {
            foreach ((int start, int end) in halves.Where(half => half.End - half.Start > 1).SelectMany(WithinEach).Distinct())
            {
                yield return (start, end);
            }

            static IEnumerable<(int Start, int End)> WithinEach((int Start, int End) half)
            {
                if (half.End - half.Start < 2)
                {
                    return [];
                }

                int middle = (half.Start + half.End) / 2;
                return [half, .. WithinEach((half.Start, middle)), .. WithinEach((middle, half.End))];
            }
        }

        private void Visit(int start, int end, Moments? outside, bool[] isAsked, Action<int, Moments> visit)
        {
            if (!isAsked.AsSpan(start, end - start).Contains(true))
            {
                return;
            }

            if (end - start == 1)
            {
                visit(start, outside!);
                return;
            }

            int middle = (start + end) / 2;
            Descend(start, middle, middle, end);
            Descend(middle, end, start, middle);

            void Descend(int partStart, int partEnd, int otherStart, int otherEnd)
            {
                if (isAsked.AsSpan(partStart, partEnd - partStart).Contains(true))
                {
                    var used = new List<Moments>();
                    Visit(partStart, partEnd, Merge(outside, Half(otherStart, otherEnd), used), isAsked, visit);
                    used.ForEach(_free.Add);
                }
            }
        }

        /// <summary>The sum of neighbouring folds, made once.</summary>
        private Moments Half(int start, int end)
        {
            if (end - start == 1)
            {
                return folds[start];
            }

            int middle = (start + end) / 2;
            return _halves.GetOrAdd((start, end), _ => Moments.Merge(Half(start, middle), Half(middle, end)));
        }

        private Moments Merge(Moments? outside, Moments half, List<Moments> used)
        {
            if (outside is null)
            {
                return half;
            }

            Moments target = _free.TryTake(out Moments? free) ? free : new Moments(half.XMeans.Length, half.YMeans.Length);
            target.SetToMerge(outside, half);
            used.Add(target);
            return target;
        }
    }
}
