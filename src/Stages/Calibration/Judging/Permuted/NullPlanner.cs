using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.Planning;
using Pipeline.Stages.Selection;

namespace Pipeline.Stages.Calibration.Judging.Permuted;

/// <summary>Chooses how much of a search is repeated on shuffled responses, and how often.</summary>
/// <remarks>
/// By the plan's estimates alone, never by the clock: the same study on the same samples has the same null on every machine.
/// What costs least for each of its candidates comes first, up to <see cref="Share"/> of the search's own estimate, or
/// <see cref="SecondsAtLeast"/> where that is less. Fewer
/// permutations are taken where all of them would leave less than <see cref="CoverageMin"/> of the candidates covered.
/// </remarks>
internal static class NullPlanner
{
    /// <summary>The fewest permutations: p can be 1/20.</summary>
    public const int PermutationsMin = 19;

    /// <summary>The estimate of a null over that of the search.</summary>
    private const double Share = 0.5;

    /// <summary>What a null may take however short the search is, in planned seconds.</summary>
    private const double SecondsAtLeast = 0.25;

    /// <summary>The share of candidates for which permutations are given up.</summary>
    private const double CoverageMin = 0.02;

    /// <summary>The share of samples that must have others to exchange responses with.</summary>
    private const double ExchangeableMin = 0.5;

    /// <summary>The null of a study of numbers whose spectra are in memory; null where there can be none.</summary>
    public static NullSearch? Of(Study study, CalibrationSet set, StudyPlan plan, Limits limits, ImmutableArray<string>.Builder notes)
    {
        var orders = new PermutedOrders(plan.Manifest.Groups, plan.FoldsKey);
        if (orders.ExchangeableShare < ExchangeableMin)
        {
            notes.Add("The permutation null is left out: most samples belong to groups of a size that no other group has, so there is nothing to exchange.");
            return null;
        }

        NullSearch? last;
        for (int permutations = study.Permutations; ; permutations = Math.Max(PermutationsMin, permutations / 2))
        {
            Piece[] pieces = Affordable(plan, orders, permutations, limits);
            last = pieces.Length == 0 ? null : Search(pieces, set, plan, orders, permutations, limits);
            if (last?.CandidateCount >= CoverageMin * plan.CandidateCount || permutations == PermutationsMin)
            {
                break;
            }
        }

        if (last is null)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"The permutation null is left out: {PermutationsMin} permutations of the smallest part of this search would cost more than half the search."));
        }

        return last;
    }

    /// <summary>What the null can cover, the cheapest for each of its candidates first.</summary>
    private static Piece[] Affordable(StudyPlan plan, PermutedOrders orders, int permutations, Limits limits)
    {
        double left = Math.Max(SecondsAtLeast, Share * plan.Work.CpuSeconds);
        IEnumerable<Piece> ordered = plan.Units.Values
            .SelectMany(unit => Enumerable.Range(0, unit.Subsets.Length).Select(s => Piece.Of(unit, s, plan, orders, permutations)))
            .Where(piece => piece.Candidates > 0 && piece.Cost.PeakBytes <= limits.BudgetBytesMax)
            .OrderBy(piece => piece.Cost.CpuSeconds / piece.Candidates)
            .ThenBy(piece => piece.Unit.Chain.Notation, StringComparer.Ordinal)
            .ThenBy(piece => piece.Unit.Family.Name, StringComparer.Ordinal)
            .ThenBy(piece => piece.Subset.Notation, StringComparer.Ordinal);
        var taken = new List<Piece>();
        foreach (Piece piece in ordered)
        {
            left -= piece.Cost.CpuSeconds;
            if (left < 0)
            {
                break;
            }

            taken.Add(piece);
        }

        return [.. taken];
    }

    private static NullSearch? Search(
        Piece[] pieces, CalibrationSet set, StudyPlan plan, PermutedOrders orders, int permutations, Limits limits)
    {
        var units = ImmutableDictionary.CreateBuilder<Fingerprint, CalibrationUnit>();
        var covered = new List<Piece>();
        foreach (IGrouping<Fingerprint, Piece> some in pieces.GroupBy(piece => piece.Unit.Work.Key))
        {
            CalibrationUnit of = some.First().Unit;
            ImmutableArray<ISubset> subsets = [.. of.Subsets.Where(subset => some.Any(piece => piece.Subset.Notation == subset.Notation))];
            CalibrationUnit? unit = StudyPlanner.Unit(
                plan.Manifest, of.Chain, new NullFamily(of.Family, orders, permutations), subsets, plan.Folds, plan.FoldsKey, null,
                ImmutableArray.CreateBuilder<string>());
            if (unit is not null && unit.Work.Estimate.PeakBytes <= limits.BudgetBytesMax)
            {
                units.Add(unit.Work.Key, unit);
                covered.AddRange(some);
            }
        }

        if (covered.Count == 0)
        {
            return null;
        }

        var work = Plan.Of(units.Values.Select(unit => unit.Work), limits);
        var search = new SideSearch(
            string.Create(CultureInfo.InvariantCulture, $"on {permutations} shuffles of the response"),
            new StudyPlan(work, units.ToImmutable(), plan.Manifest, plan.FoldScheme, plan.Folds, plan.FoldsKey, []),
            () => set);
        return new NullSearch(
            search,
            permutations,
            covered.Sum(piece => piece.Candidates),
            plan.CandidateCount,
            Coverage(covered),
            [.. covered.Select(piece => (piece.Unit.Chain.Notation, piece.Unit.Family.Name, piece.Subset.Notation))]);
    }

    /// <summary>What is covered, in words: <c>pls on full (20 pretreatments); ridge on top(50) (3)</c>.</summary>
    private static string Coverage(IEnumerable<Piece> pieces) => string.Join(
        "; ",
        pieces.GroupBy(piece => $"{piece.Unit.Family.Name} on {piece.Subset.Notation}")
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({group.Count()} pretreatment{(group.Count() == 1 ? "" : "s")})")));

    /// <summary>One subset of one unit: what is covered or is not.</summary>
    private sealed record Piece(CalibrationUnit Unit, ISubset Subset, int Candidates, Cost Cost)
    {
        public static Piece Of(CalibrationUnit unit, int s, StudyPlan plan, PermutedOrders orders, int permutations)
        {
            var family = new NullFamily(unit.Family, orders, permutations);
            Cost cost = family.Estimate(unit.Chain.OutputAxis(plan.Manifest.Axis), plan.Folds, [unit.Subsets[s]], family.Settings, 1);
            return new Piece(unit, unit.Subsets[s], unit.Candidates.Count(placed => placed.SubsetIndex == s), cost);
        }
    }
}
