using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;

namespace Pipeline.Host.Cli.Explain;

/// <summary>How two keys differ.</summary>
/// <param name="IsEqual">Whether they are one key.</param>
/// <param name="Fields">The fields of the keys that differ.</param>
/// <param name="Notes">What differs inside a field that is shown by its length.</param>
/// <param name="Inputs">What differs between the runs: why samples or folds have other keys.</param>
internal sealed record KeyDifference(
    bool IsEqual, ImmutableArray<FingerprintDifference> Fields, ImmutableArray<string> Notes, ImmutableArray<FingerprintDifference> Inputs)
{
    /// <summary>Compares two keys.</summary>
    /// <exception cref="StageException">They are not of one sort, or one of them is not described.</exception>
    public static KeyDifference Between(FoundKey first, FoundKey second, StateView view)
    {
        bool isEqual = first.Key == second.Key;
        if ((first.Kind == KeyKind.Run) != (second.Kind == KeyKind.Run))
        {
            throw Refusal("One key names a run, the other does not: they have nothing in common to compare. Name two runs, or two units or candidates.");
        }

        ImmutableArray<FingerprintDifference> inputs = first.About is { } one && second.About is { } other
            ? FingerprintDiff.Between(one.Fields(), other.Fields())
            : [];
        if (first.Kind == KeyKind.Run)
        {
            return new KeyDifference(isEqual, [], isEqual ? [] : [Units(first, second, view)], inputs);
        }

        if (first.Fields is not { } firstFields || second.Fields is not { } secondFields)
        {
            throw Refusal("A unit that has not ended, or that another version of the program computed, has no description to compare.");
        }

        FingerprintDiff difference = FingerprintDiff.Between(firstFields, secondFields);
        return new KeyDifference(isEqual, difference.Differences, isEqual ? [] : Candidates(first, second), inputs);
    }

    private static string Units(FoundKey first, FoundKey second, StateView view)
    {
        HashSet<Fingerprint> one = view.UnitsOf(first.Uses[^1].Run.Id);
        HashSet<Fingerprint> other = view.UnitsOf(second.Uses[^1].Run.Id);
        int shared = one.Count(other.Contains);
        return $"units begun: {shared} in both, {one.Count - shared} in one alone, {other.Count - shared} in the other alone";
    }

    /// <summary>The variables and settings that only one of two units tries: the key has them as a list of keys.</summary>
    private static ImmutableArray<string> Candidates(FoundKey first, FoundKey second)
    {
        if (first.Kind != KeyKind.Unit || second.Kind != KeyKind.Unit)
        {
            return [];
        }

        HashSet<string> one = [.. Names(first)];
        HashSet<string> other = [.. Names(second)];
        string[] onlyOne = [.. one.Except(other)];
        string[] onlyOther = [.. other.Except(one)];
        return [.. Note(onlyOne, "one"), .. Note(onlyOther, "the other")];

        static IEnumerable<string> Names(FoundKey key) => key.Description!.Candidates
            .Select(place => $"{key.Description.Subsets[place.Subset].Notation}, {key.Description.Settings[place.Setting].Text}");

        static string[] Note(string[] names, string where) =>
            names.Length == 0 ? [] : [$"candidates in {where} alone: {names.Length}, such as {names[0]}"];
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
