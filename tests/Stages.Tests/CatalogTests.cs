using Xunit;

namespace Pipeline.Stages.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void Entries_AllKinds_HaveLowerCaseUniqueNamesAndReadableExamples()
    {
        AssertEntries(Catalog.Pretreatments, "pretreatment");
        AssertEntries(Catalog.Splitters, "fold scheme");
        AssertEntries(Catalog.Subsets, "choice of variables");
        AssertEntries(Catalog.Families, "model");
    }

    private static void AssertEntries<T>(IReadOnlyCollection<CatalogEntry<T>> entries, string what)
    {
        Assert.Equal(entries.Count, entries.Select(entry => entry.Name).Distinct().Count());
        foreach (CatalogEntry<T> entry in entries)
        {
            Assert.Equal(entry.Name.ToLowerInvariant(), entry.Name);
            Assert.EndsWith(".", entry.Description, StringComparison.Ordinal);
            Assert.NotNull(Catalog.Read([.. entries], NotationTerm.ParseOne(entry.Example, "a method", entry.Example), what));
        }
    }
}
