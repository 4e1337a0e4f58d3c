using System.ComponentModel;
using System.Reflection;
using Pipeline.Stages.Calibration;
using Xunit;

namespace Pipeline.Stages.Tests;

public sealed class CatalogTests
{
    [Fact]
    public void Entries_AllKinds_HaveLowerCaseUniqueNamesAndReadableExamples()
    {
        AssertEntries(Catalog.Pretreatments, "pretreatment");
        AssertEntries(Catalog.Splitters, "fold scheme");
        AssertEntries(Catalog.HoldOuts, "choice of test samples");
        AssertEntries(Catalog.Subsets, "choice of variables");
        AssertEntries(Catalog.Families, "model");
    }

    [Fact]
    public void Schema_Pretreatments_NamesEveryOne()
    {
        string description = typeof(Study).GetProperty(nameof(Study.Pretreatments))!.GetCustomAttribute<DescriptionAttribute>()!.Description;
        string names = string.Join(", ", Catalog.Pretreatments.Select(entry => entry.Name));
        Assert.Contains($" Names: {names};", description, StringComparison.Ordinal);
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
