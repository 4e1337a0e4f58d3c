using System.Collections.Immutable;

namespace Pipeline.Engine.Identity;

/// <summary>In which fields two keys differ: why one was found and the other was not.</summary>
/// <remarks>
/// Fields are matched by name, and fields of one name by their order of appearance, so that an inserted step shows as
/// itself and not as a change of everything behind it in other fields. An absent field, an empty one and one with the
/// default value are three different things, as they are in the key. Two keys may differ although the texts of all
/// fields agree: a list of numbers is shown by its length; then <see cref="IsComplete"/> is false.
/// </remarks>
public sealed record FingerprintDiff
{
    private FingerprintDiff(ImmutableArray<FingerprintDifference> differences, bool isComplete)
    {
        Differences = differences;
        IsComplete = isComplete;
    }

    /// <summary>The fields that differ, in the order of the first key, then those that only the second has.</summary>
    public ImmutableArray<FingerprintDifference> Differences { get; }

    /// <summary>Whether the differences shown explain why the keys differ, or the keys are equal.</summary>
    public bool IsComplete { get; }

    /// <summary>Compares two keys with the fields that they were made of.</summary>
    public static FingerprintDiff Between(FingerprintBuilder first, FingerprintBuilder second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ImmutableArray<FingerprintDifference> differences = Between(first.Fields, second.Fields);
        return new FingerprintDiff(differences, !differences.IsEmpty || first.ToFingerprint() == second.ToFingerprint());
    }

    /// <summary>Compares the fields of two keys.</summary>
    public static ImmutableArray<FingerprintDifference> Between(
        IReadOnlyList<FingerprintField> first, IReadOnlyList<FingerprintField> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Dictionary<(string Name, int Number), FingerprintField> others = [];
        foreach ((int number, FingerprintField field) in Numbered(second))
        {
            others.Add((field.Name, number), field);
        }

        var differences = ImmutableArray.CreateBuilder<FingerprintDifference>();
        foreach ((int number, FingerprintField field) in Numbered(first))
        {
            bool isShared = others.Remove((field.Name, number), out FingerprintField other);
            if (!isShared || other != field)
            {
                differences.Add(new FingerprintDifference(field.Name, number, field, isShared ? other : null));
            }
        }

        differences.AddRange(
            from numbered in Numbered(second)
            where others.ContainsKey((numbered.Field.Name, numbered.Number))
            select new FingerprintDifference(numbered.Field.Name, numbered.Number, null, numbered.Field));

        // The same fields in another order make another key.
        if (differences.Count == 0 && !first.SequenceEqual(second))
        {
            differences.Add(new FingerprintDifference("order of fields", 1, Names(first), Names(second)));
        }

        return differences.ToImmutable();
    }

    /// <summary>One line per difference.</summary>
    public override string ToString() =>
        !Differences.IsEmpty
            ? string.Join('\n', Differences)
            : IsComplete ? "The keys are equal." : "All fields read alike; a list of numbers or texts differs inside.";

    private static FingerprintField Names(IReadOnlyList<FingerprintField> fields) =>
        new("order of fields", string.Join(", ", fields.Select(field => field.Name)), "texts");

    private static IEnumerable<(int Number, FingerprintField Field)> Numbered(IReadOnlyList<FingerprintField> fields)
    {
        Dictionary<string, int> seen = [];
        foreach (FingerprintField field in fields)
        {
            int number = seen.GetValueOrDefault(field.Name) + 1;
            seen[field.Name] = number;
            yield return (number, field);
        }
    }
}

/// <summary>One field in which two keys differ.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Number">Which of the fields of this name, from 1.</param>
/// <param name="First">The field in the first key, or null where the first key has none.</param>
/// <param name="Second">The field in the second key, or null where the second key has none.</param>
public readonly record struct FingerprintDifference(string Name, int Number, FingerprintField? First, FingerprintField? Second)
{
    /// <summary>The difference for people.</summary>
    public override string ToString() =>
        $"{Name}{(Number > 1 ? $" ({Number})" : "")}: {Text(First, Second)} in one, {Text(Second, First)} in the other";

    private static string Text(FingerprintField? field, FingerprintField? other) => field switch
    {
        null => "absent",
        { Type: "nothing" } => "nothing",

        // Said only where the values alone would read alike.
        { } shown when shown.Value == other?.Value => $"the {shown.Type} '{shown.Value}'",
        { } shown => $"'{shown.Value}'",
    };
}
