using System.Collections.Immutable;

namespace Pipeline.Stages.Calibration.Judging.Permuted;

/// <summary>The part of a search that is repeated on shuffled responses.</summary>
/// <param name="Search">The search, whose settings are shuffles.</param>
/// <param name="Permutations">How many shuffles.</param>
/// <param name="CandidateCount">Candidates of the study that it covers.</param>
/// <param name="AllCount">Candidates of the study.</param>
/// <param name="Coverage">What they are, in words.</param>
/// <param name="Covered">Chain, family and subset of what is covered, by their notations.</param>
public sealed record NullSearch(
    SideSearch Search,
    int Permutations,
    int CandidateCount,
    int AllCount,
    string Coverage,
    ImmutableHashSet<(string Chain, string Family, string Subset)> Covered);
