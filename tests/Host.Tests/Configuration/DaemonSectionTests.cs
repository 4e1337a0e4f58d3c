using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

public class DaemonSectionTests
{
    [Fact]
    public void Read_LeastThatIsNeeded_HasDefaults()
    {
        DaemonOptions options = Read(("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat"), ("Studies:0:Name", "protein"), ("Studies:0:Dataset", "wheat"));
        FolderOptions folder = Assert.Single(options.Folders);
        Assert.Equal(("/in", "*", false, "leave"), (folder.Name, folder.Pattern, folder.IsRecursive, folder.Afterwards));
        Assert.Equal(TimeSpan.FromSeconds(2), folder.QuietPeriod);
        Assert.Equal(20, Assert.Single(options.Studies).RunAfterReferences);
        Assert.Equal("pipeline-data", options.DataPath);
        Assert.Equal(TimeSpan.FromSeconds(25), options.DrainLimit);
        Assert.Equal(Path.Combine("pipeline-data", "logs"), options.LogsPath);
    }

    [Fact]
    public void Read_DrainAndLogs_AreAsSet()
    {
        DaemonOptions options = Read(("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat"), ("Drain", "2 min"), ("Logs", "none"));
        Assert.Equal(TimeSpan.FromMinutes(2), options.DrainLimit);
        Assert.Null(options.LogsPath);
        Assert.Equal("/var/log/pipeline", Read(("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat"), ("Logs", "/var/log/pipeline")).LogsPath);
    }

    [Fact]
    public void Read_RunsAndSchedule_AreAsSet()
    {
        DaemonOptions options = Read(
            ("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat"), ("Studies:0:Name", "protein"), ("Studies:0:Dataset", "wheat"),
            ("Studies:0:Schedule", "weekly mon 02:30"), ("Runs:AtOnce", "2"));
        Assert.Equal(2, options.RunsAtOnce);
        Assert.Equal("weekly mon 02:30", Assert.Single(options.Studies).Schedule?.Text);
        Assert.Equal(1, Read(("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat")).RunsAtOnce);
    }

    [Theory]
    [InlineData("Folders:0:Pth", "/x", "Did you mean 'Path'?")]
    [InlineData("Folders:0:QuietPeriod", "soon", "'soon'")]
    [InlineData("Folders:0:ScanEvery", "0 s", "'0 s'")]
    [InlineData("Folders:0:ScanEvery", "60 d", "one day at most")]
    [InlineData("Folders:0:Path", "pipeline-data/inbox", "Keep them apart")]
    [InlineData("Folders:0:Afterwards", "mov", "Did you mean 'move'?")]
    [InlineData("Folders:0:Recursive", "perhaps", "'perhaps'")]
    [InlineData("Folders:0:Dataset", "../secret", "'../secret'")]
    [InlineData("Studies:0:Dataset", "weat", "Did you mean 'wheat'?")]
    [InlineData("Studies:0:RunAfterReferences", "0", "'0'")]
    [InlineData("Studies:0:Name", "a/b", "'a/b'")]
    [InlineData("Studies:0:Schedule", "daily 25:00", "'25:00' is no time")]
    [InlineData("Studies:0:Schedule", "weekly Mo 02:30", "'Mo' is no day")]
    [InlineData("Studies:0:Schedule", "every 5 s", "1 min to 30 d")]
    [InlineData("Studies:0:Schedule", "hourly", "'every 6 h'")]
    [InlineData("Runs:AtOnce", "5", "1 to 4")]
    [InlineData("Runs:AtOnc", "2", "Did you mean 'AtOnce'?")]
    [InlineData("Drain", "long", "'long'")]
    [InlineData("Drain", "1 h", "10 min at most")]
    public void Read_WrongValue_NamesKeyValueAndRemedy(string key, string value, string mention)
    {
        StageException refused = Assert.Throws<StageException>(() => Read(
            ("Folders:0:Path", "/in"), ("Folders:0:Dataset", "wheat"), ("Studies:0:Name", "protein"), ("Studies:0:Dataset", "wheat"), (key, value)));
        Assert.Contains("Pipeline:" + key.Split(':')[0], refused.Message, StringComparison.Ordinal);
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFolder_SaysWhatToAdd() =>
        Assert.Contains("Path", Assert.Throws<StageException>(() => Read()).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DatasetsWithoutFolder_AreEnoughAndStudiesMayBeBoundToThem()
    {
        DaemonOptions options = Read(("Datasets:0:Name", "wheat"), ("Studies:0:Name", "protein"), ("Studies:0:Dataset", "wheat"));
        Assert.Empty(options.Folders);
        Assert.Equal("wheat", Assert.Single(options.Datasets));
        Assert.Equal("wheat", Assert.Single(options.Studies).Dataset);
    }

    [Theory]
    [InlineData("Datasets:0:Nme", "wheat", "Did you mean 'Name'?")]
    [InlineData("Datasets:0:Name", "../secret", "'../secret'")]
    [InlineData("Datasets:1:Name", "wheat", "'wheat'")]
    [InlineData("Studies:0:Dataset", "weat", "Did you mean 'wheat'?")]
    public void Read_WrongDataset_NamesKeyValueAndRemedy(string key, string value, string mention)
    {
        StageException refused = Assert.Throws<StageException>(() => Read(
            ("Datasets:0:Name", "wheat"), ("Studies:0:Name", "protein"), ("Studies:0:Dataset", "wheat"), (key, value)));
        Assert.Contains("Pipeline:" + key.Split(':')[0], refused.Message, StringComparison.Ordinal);
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Reader", "wide-cvs", "Did you mean 'wide-csv'?")]
    [InlineData("Marker", "done", "an ending such as '.done'")]
    [InlineData("Marker", "./../x", "an ending such as '.done'")]
    public void Read_WrongReaderOrMarker_NamesWhatIsValid(string key, string value, string mention) =>
        Assert.Contains(mention, Assert.Throws<StageException>(() => Read(
            ("Folders:0:Path", "/x"), ("Folders:0:Dataset", "d"), ($"Folders:0:{key}", value))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_TwoFoldersOfOneName_IsRefused() =>
        Assert.Contains("'a'", Assert.Throws<StageException>(() => Read(
            ("Folders:0:Path", "/x"), ("Folders:0:Dataset", "d"), ("Folders:0:Name", "a"),
            ("Folders:1:Path", "/y"), ("Folders:1:Dataset", "d"), ("Folders:1:Name", "a"))).Message, StringComparison.Ordinal);

    private static DaemonOptions Read(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>();
        foreach ((string key, string value) in settings)
        {
            values["Pipeline:" + key] = value;
        }

        return DaemonSection.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
    }
}
