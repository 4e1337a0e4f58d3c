using System.Collections.Immutable;

namespace Pipeline.Stages.Splitting.Ordered;

/// <summary>Ordered fold schemes as people write them: a number of folds, then the column whose order counts, such as <c>venetian(10; by fat)</c>.</summary>
internal static class OrderNotation
{
    private const string By = "by ";

    /// <summary>Catalogue entries in the order in which help lists them.</summary>
    public static ImmutableArray<CatalogEntry<ISplitter>> Entries { get; } =
    [
        new(
            "venetian",
            "venetian(10; by protein)",
            "Venetian blinds: in the order of a column, every tenth group is held out together; 'by response' is the study's own, without 'by' "
            + "the order is that of ids; 'by file order' as the file has them.",
            term => Read(term, (count, by) => new VenetianFolds(count, by))),
        new(
            "contiguous",
            "contiguous(10; by day)",
            "Contiguous blocks: the order of a column is cut into runs, and each is held out once; the order as for venetian.",
            term => Read(term, (count, by) => new ContiguousFolds(count, by))),
        new(
            "time",
            "time(5; by day)",
            "Time-ordered: blocks in the order of a column, each but the first predicted from those before it alone; for numbers.",
            term => Read(term, (count, by) => new TimeOrderedFolds(
                count, by ?? throw term.Error("expected 'by' and the column of times (or 'by file order') after the number of blocks")))),
    ];

    private static ISplitter Read(NotationTerm term, Func<int, string?, ISplitter> make)
    {
        if (term.Arguments.IsEmpty)
        {
            term.RequireArguments(1, 2);
        }

        int count = term.WholeNumber(0, "the number of folds");
        int cut = term.Inner.IndexOfAny([',', ';']);
        if (cut < 0)
        {
            return make(count, null);
        }

        // A column's name may hold commas.
        string order = term.Inner[(cut + 1)..].Trim();
        return order.StartsWith(By, StringComparison.OrdinalIgnoreCase) && order[By.Length..].Trim() is { Length: > 0 } column
            ? make(count, column)
            : throw term.Error($"expected 'by' and the name of a column after the number of folds, found '{order}'");
    }
}
