using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

/// <summary>What a study of the daemon may not ask for, though a search by hand may.</summary>
public sealed class ConfiguredStudyTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("""{ "holdout": "random(20 %)" }""", "Study 'grain', field 'holdout'", "")]
    [InlineData("""{ "folds": "time(5; by file order)" }""", "field 'folds': found 'time(5; by file order)'", "Name a column")]
    public void Of_WhatOnlyOneFileKnows_IsRefusedByNameAndField(string study, string place, string remedy)
    {
        string path = _shell.Write("study.json", study);
        StageException refused = Assert.Throws<StageException>(() => ConfiguredStudy.Of(new BoundStudyOptions("grain", "d", path, "protein", null, 10)));
        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }
}
