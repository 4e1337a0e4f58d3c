using System.Collections.Immutable;
using System.Net;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

public sealed class SettingsDifferenceTests : IDisposable
{
    private static readonly FolderOptions A = new("a", "/in/a", "wheat", "*", IsRecursive: false, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(10), "leave");
    private static readonly FolderOptions B = A with { Name = "b", Path = "/in/b" };
    private static readonly HttpOptions Open = new() { Listen = new ListenAddress(IPAddress.Loopback, 5190, IsTls: false) };

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Of_TheSame_IsNothing() => Assert.True(SettingsDifference.Of(Of([A, B]), Of([B, A])).IsNothing);

    [Fact]
    public void Of_Folders_TellsWhichEndAndBegin()
    {
        SettingsDifference change = SettingsDifference.Of(Of([A, B]), Of([B, A with { Name = "c" }]));
        Assert.Equal((A, A with { Name = "c" }), (Assert.Single(change.Ending), Assert.Single(change.Beginning)));
        change = SettingsDifference.Of(Of([A, B]), Of([A, B with { QuietPeriod = TimeSpan.FromSeconds(3) }]));
        Assert.Equal((B, B with { QuietPeriod = TimeSpan.FromSeconds(3) }), (Assert.Single(change.Ending), Assert.Single(change.Beginning)));
        Assert.Empty(change.Applied);
        Assert.Empty(change.Waiting);
    }

    [Fact]
    public void Of_EverythingElse_TellsWhatIsAppliedAndWhatWaits()
    {
        Settings before = Of([A]);
        Settings after = before with
        {
            Process = before.Process with { MemoryBytes = 2, Threads = 2000, DiskReserveBytes = 2 },
            Daemon = before.Daemon with { DataPath = "/other", LogsPath = "/logs", DrainLimit = TimeSpan.FromSeconds(1), Http = Open with { Name = "n", ConnectionsMax = 1, BodyBytesMax = 1, UploadBytesMax = 1, RequestsPerSecondMax = 1 }, Datasets = ["d"], RunsAtOnce = 2 },
            Studies = [(new BoundStudyOptions("s", "wheat", null, "protein", null, 20), "{}")],
        };
        SettingsDifference change = SettingsDifference.Of(before, after);
        Assert.Equal<string>(["Pipeline:Studies", "Pipeline:Datasets", "Pipeline:Drain"], change.Applied);
        Assert.Equal<string>(
            [
                "Pipeline:Data", "Pipeline:Memory", "Pipeline:Threads", "Pipeline:DiskReserve", "Pipeline:Logs", "Pipeline:Runs:AtOnce", "Pipeline:Http:Name",
                "Pipeline:Http:Connections", "Pipeline:Http:Body", "Pipeline:Http:Upload", "Pipeline:Http:Requests",
            ],
            change.Waiting);
    }

    [Fact]
    public void Of_StudyFileThatSaysSomethingElse_IsApplied()
    {
        var study = new BoundStudyOptions("s", "wheat", "/s.json", "protein", null, 20);
        Settings before = Of([A]) with { Studies = [(study, "one")] };
        Assert.Equal<string>(["Pipeline:Studies"], SettingsDifference.Of(before, before with { Studies = [(study, "other")] }).Applied);
        Assert.True(SettingsDifference.Of(before, before with { Studies = [(study, "one")] }).IsNothing);
    }

    [Fact]
    public void Of_Token_IsAppliedWhereTheAddressIsTheSameAndWaitsOtherwise()
    {
        using var first = new HttpSecrets(AccessToken.Read(Token("a")), null);
        using var second = new HttpSecrets(AccessToken.Read(Token("b")), null);
        Settings before = Of([A]) with { Secrets = first };
        Assert.Equal<string>(["Pipeline:Http:Token"], SettingsDifference.Of(before, before with { Secrets = second }).Applied);
        Settings elsewhere =
            before with { Daemon = before.Daemon with { Http = Open with { Listen = new ListenAddress(IPAddress.Loopback, 1, IsTls: false) } }, Secrets = null };
        SettingsDifference change = SettingsDifference.Of(before, elsewhere);
        Assert.Empty(change.Applied);
        Assert.Equal<string>(["Pipeline:Http:Listen", "Pipeline:Http:Token"], change.Waiting);
    }

    private string Token(string letter)
    {
        string path = _shell.Write("token", string.Concat(Enumerable.Repeat(letter, 40)));
        Http.AccessTokenTests.Close(path);
        return path;
    }

    private static Settings Of(ImmutableArray<FolderOptions> folders) =>
        new(PipelineOptions.Default, new DaemonOptions("/data", folders, []) { Http = Open }, [], null);
}
