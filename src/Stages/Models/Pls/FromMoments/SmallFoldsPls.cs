using Pipeline.Stages.CrossProducts;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.FromMoments;

/// <summary>PLS of many small folds, up to leaving one sample out, from moments that neighbouring folds share.</summary>
/// <remarks>
/// <para>
/// Moments of every calibration set would be K merges of p² and products of a matrix with a vector. Here neighbouring
/// folds form a block of about 24 fits, the width of a tile. The calibration set of fold k is all that lies outside its
/// block, whose moments C are merged as everywhere, and the block's other rows, which are added: with z = x - x̄ of C, m
/// the number of calibration samples and d = Σ z / m over those rows, XᵀX r = C r + Σ z (zᵀr - dᵀr). So a component of
/// all fits of a block is one product of C with a matrix and two thin ones, and zᵀr - dᵀr of the fold's own rows, which
/// are left out of the sum, are their scores. Nothing is taken off, and nothing held out touches a bit.
/// </para>
/// <para>
/// Blocks are taken in groups of about √(K/24), so memory is 4 √(K/24) + 20 matrices p². Time for q responses
/// 2p² K q A + np², A components each.
/// </para>
/// </remarks>
internal static class SmallFoldsPls
{
    /// <summary>Fits of one block.</summary>
    private const int FitsPerBlock = 24;

    /// <summary>Blocks from which on they are grouped.</summary>
    private const int GroupedMin = 32;

    /// <summary>Samples per fold up to which neighbours share: more would cost as much as moments of their own.</summary>
    private const int FoldSamplesMax = 8;

    /// <summary>Whether a question is answered here: plain splits into many folds of few samples.</summary>
    public static bool Suits(PlsQuestion question) =>
        question.Folds.Count >= 2 * FoldsPerBlock(question.FitsPerSplit)
        && question.Folds.SampleCount <= (long)FoldSamplesMax * question.Folds.Count
        && Array.TrueForAll(question.Splits, split => split.LeftOut < 0);

    /// <summary>Bytes beside spectra and answers, with so many threads.</summary>
    public static long SizeBytes(PlsQuestion question, int p, int threads)
    {
        int q = question.Y.Columns;
        int foldsPerBlock = FoldsPerBlock(question.FitsPerSplit);
        int blocks = (question.Folds.Count + foldsPerBlock - 1) / foldsPerBlock;
        int sums = blocks < GroupedMin ? blocks : (int)Math.Ceiling(Math.Sqrt(blocks));
        int fits = foldsPerBlock * question.FitsPerSplit;
        int n = question.Folds.SampleCount;
        long groups = sums < blocks ? FoldMoments.MadeBytes(sums, p, q, threads: 1, n) : 0;
        return groups + FoldMoments.MadeBytes(sums, p, q, threads, n, hasOthers: sums < blocks)
            + (threads * fits * (MomentsFit.SizeBytes(p, question.ResponsesPerFit, question.Components)
                + (sizeof(double) * (long)p * (4 + FoldSamplesMax))));
    }

    /// <summary>Answers a question that suits.</summary>
    /// <returns>For each fit whether it needs the direct form.</returns>
    public static bool[] Answer(Matrix x, PlsQuestion question, PlsAnswers answers, CancellationToken cancellation)
    {
        int foldsPerBlock = FoldsPerBlock(question.FitsPerSplit);
        int blocks = (question.Folds.Count + foldsPerBlock - 1) / foldsPerBlock;
        int blocksPerGroup = blocks < GroupedMin ? blocks : (int)Math.Ceiling(Math.Sqrt(blocks));
        var responses = new SplitResponses(question);
        bool[] needsDirect = new bool[question.FitCount];
        ILookup<int, int> splitsOfBlock = Enumerable.Range(0, question.Splits.Length)
            .ToLookup(i => question.Splits[i].HeldOut / foldsPerBlock);
        int[] blockOfRow = [.. question.Folds.FoldOfSample.ToArray().Select(fold => fold / foldsPerBlock)];
        if (blocks == blocksPerGroup)
        {
            VisitBlocks(0, blocks, null);
            return needsDirect;
        }

        int groups = (blocks + blocksPerGroup - 1) / blocksPerGroup;
        FoldSplit[] asked = [.. splitsOfBlock.Select(block => new FoldSplit(block.Key / blocksPerGroup)).Distinct()];
        using FoldMoments all = Sum(x, question, groups, [.. blockOfRow.Select(block => block / blocksPerGroup)]);
        all.VisitCalibrations(
            asked,
            Pieces.InOrder,
            (split, outside) =>
            {
                int first = split.HeldOut * blocksPerGroup;
                VisitBlocks(first, Math.Min(blocksPerGroup, blocks - first), outside);
            });
        return needsDirect;

        void VisitBlocks(int first, int count, Moments? outside)
        {
            int[] ofGroup = [.. blockOfRow.Select(block => block >= first && block < first + count ? block - first : -1)];
            FoldSplit[] inGroup = [.. Enumerable.Range(0, count).Where(block => splitsOfBlock.Contains(first + block)).Select(block => new FoldSplit(block))];
            using FoldMoments group = Sum(x, question, count, ofGroup);
            group.VisitCalibrations(
                inGroup,
                question.Runner,
                (split, calibration) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    int[] rows = [.. Enumerable.Range(0, x.Rows).Where(i => blockOfRow[i] == first + split.HeldOut)];
                    using var block = new SmallFoldsBlock(x, question, answers, responses, calibration, rows, [.. splitsOfBlock[first + split.HeldOut]]);
                    block.Run(needsDirect);
                },
                outside);
        }
    }

    private static int FoldsPerBlock(int fitsPerSplit) => Math.Max(2, FitsPerBlock / fitsPerSplit);

    private static FoldMoments Sum(Matrix x, PlsQuestion question, int count, int[] groupOfRow)
    {
        var sums = new MomentAccumulator(count, x.Columns, question.Y.Columns, question.Runner);
        sums.Add(groupOfRow, x.View, question.Y.View);
        return new FoldMoments(sums.Complete());
    }
}
