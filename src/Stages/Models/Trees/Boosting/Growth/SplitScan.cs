using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Vector = System.Runtime.Intrinsics.Vector512<double>;
using Words = System.Runtime.Intrinsics.Vector512<long>;

namespace Pipeline.Stages.Models.Trees.Boosting.Growth;

/// <summary>The search for the best split of a node among the bins of eight variables at once.</summary>
/// <remarks>
/// The score of a split is G_L²/(H_L + λ) + G_R²/(H_R + λ), in whole-number units of <see cref="FixedPoint"/>; H is the
/// number of samples where curvatures are 1. Both sides keep the fewest samples allowed and a curvature of 1e-3.
/// Chen and Guestrin (2016), KDD, 785-794, equation 7 and algorithm 3 for missing values.
/// </remarks>
internal readonly struct SplitScan
{
    private const double CurvatureMin = 1e-3;

    private readonly int _shift;
    private readonly bool _hasCurvatures;
    private readonly long _samplesMin;
    private readonly double _penalty;
    private readonly double _curvatureMin;

    /// <summary>A scan under some rules.</summary>
    public SplitScan(FixedPoint layout, BoostingRules rules, bool hasCurvatures)
    {
        _shift = layout.Shift;
        _hasCurvatures = hasCurvatures;
        _samplesMin = rules.SamplesMin;
        _penalty = rules.Penalty * (hasCurvatures ? layout.CurvatureScale : 1);
        _curvatureMin = CurvatureMin * (hasCurvatures ? layout.CurvatureScale : 1);
    }

    /// <summary>The score of a node that is not split.</summary>
    public double Score(in NodeSums node)
    {
        double curvature = (_hasCurvatures ? node.Curvature : node.Count) + _penalty;
        return curvature <= 0 ? 0 : (double)node.Gradient * node.Gradient / curvature;
    }

    /// <summary>Improves on the best split so far, the lower variable and the lower bin first among equals.</summary>
    /// <param name="sums">Sums of a block.</param>
    /// <param name="bins">Bins used, missing values apart.</param>
    /// <param name="hasMissing">Whether values are missing.</param>
    /// <param name="node">The sums of the whole node.</param>
    /// <param name="firstVariable">The first variable of the block.</param>
    /// <param name="best">The best split so far, replaced by a better one.</param>
    public void Improve(ReadOnlySpan<long> sums, int bins, bool hasMissing, in NodeSums node, int firstVariable, ref SplitChoice best)
    {
        Span<double> scores = stackalloc double[BinnedSpectra.Lanes];
        Span<long> places = stackalloc long[BinnedSpectra.Lanes];
        scores.Fill(best.Score);
        places.Fill(-1);
        Scan(sums, bins, Words.Zero, Words.Zero, lastOfEquals: false, node, scores, places);
        if (!hasMissing)
        {
            for (int lane = 0; lane < scores.Length; lane++)
            {
                best.Improve(scores[lane], firstVariable + lane, (int)places[lane], missingGoLeft: false);
            }

            return;
        }

        // Missing values to the left: variable after variable, each with the better of its two sides. Coming from the right,
        // as the source does, the last of equal bins is the first.
        Span<double> leftScores = stackalloc double[BinnedSpectra.Lanes];
        Span<long> leftPlaces = stackalloc long[BinnedSpectra.Lanes];
        leftScores.Fill(best.Score);
        leftPlaces.Fill(-1);
        ReadOnlySpan<long> missing = sums[(BinnedSpectra.MissingBin * BinnedSpectra.Lanes)..];
        Scan(
            sums,
            bins,
            Vector512.Create(missing),
            _hasCurvatures ? Vector512.Create(missing[BinSums.Plane..]) : Words.Zero,
            lastOfEquals: true,
            node,
            leftScores,
            leftPlaces);
        for (int lane = 0; lane < scores.Length; lane++)
        {
            best.Improve(scores[lane], firstVariable + lane, (int)places[lane], missingGoLeft: false);
            best.Improve(leftScores[lane], firstVariable + lane, (int)leftPlaces[lane], missingGoLeft: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scan(
        ReadOnlySpan<long> sums,
        int bins,
        Words words,
        Words curvatures,
        bool lastOfEquals,
        in NodeSums node,
        Span<double> scores,
        Span<long> places)
    {
        ref long sum = ref MemoryMarshal.GetReference(sums);
        int up = 64 - _shift;
        Words samplesMin = Vector512.Create(_samplesMin);
        Words leftMax = Vector512.Create(node.Count - _samplesMin);
        Vector gradient = Vector512.Create((double)node.Gradient);
        Vector whole = Vector512.Create((_hasCurvatures ? node.Curvature : (double)node.Count) + _penalty + _penalty);
        Vector penalty = Vector512.Create(_penalty);
        Vector least = Vector512.Create(_curvatureMin + _penalty);
        Vector best = Vector512.Create<double>(scores);
        Words place = Vector512.Create<long>(places);
        for (int bin = 0; bin < bins; bin++)
        {
            nuint at = (nuint)bin * BinnedSpectra.Lanes;
            words += Vector512.LoadUnsafe(ref sum, at);
            if (_hasCurvatures)
            {
                curvatures += Vector512.LoadUnsafe(ref sum, at + BinSums.Plane);
            }

            Words gradients = Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(words, up), up);
            Words counts = Vector512.ShiftRightArithmetic(words - gradients, _shift);
            Words allowed = Vector512.GreaterThanOrEqual(counts, samplesMin) & Vector512.LessThanOrEqual(counts, leftMax);
            if (allowed == Words.Zero)
            {
                continue;
            }

            Vector left = Vector512.ConvertToDouble(gradients);
            Vector leftCurvature = Vector512.ConvertToDouble(_hasCurvatures ? curvatures : counts) + penalty;
            Vector right = gradient - left;
            Vector rightCurvature = whole - leftCurvature;
            Vector score = ((left * left * rightCurvature) + (right * right * leftCurvature)) / (leftCurvature * rightCurvature);
            Vector better = lastOfEquals ? Vector512.GreaterThanOrEqual(score, best) : Vector512.GreaterThan(score, best);
            better &= allowed.AsDouble();
            if (_hasCurvatures)
            {
                better &= Vector512.GreaterThanOrEqual(leftCurvature, least) & Vector512.GreaterThanOrEqual(rightCurvature, least);
            }

            best = Vector512.ConditionalSelect(better, score, best);
            place = Vector512.ConditionalSelect(better.AsInt64(), Vector512.Create((long)bin), place);
        }

        best.CopyTo(scores);
        place.CopyTo(places);
    }
}
