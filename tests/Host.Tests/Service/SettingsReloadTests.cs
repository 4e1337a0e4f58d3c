using System.Net;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Host.Telemetry;
using Pipeline.Host.Tests.Http;
using Xunit;

namespace Pipeline.Host.Tests.Service;

/// <summary>What a running daemon does when its settings change, and what it leaves alone.</summary>
public sealed class SettingsReloadTests
{
    [Fact]
    public async Task LookAsync_FolderAdded_IsWatchedAndTheOtherGoesOn()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        Heartbeat a = world.LoopOf("a")!;
        world.Drop("a", 1);
        world.Edit("", "a", "b");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        world.Drop("b", 2);
        world.Drop("a", 3);
        await world.WaitForAsync("b", 1);
        await world.WaitForAsync("a", 2);
        Assert.Equal(["a", "b"], world.Datasets);
        Assert.Same(a, world.LoopOf("a"));
        Assert.Equal("1160 Settings applied: folder 'b' is watched.", Assert.Single(world.Said(1160)));
        Assert.Equal("serving; 2 datasets with 3 files of spectra", world.Daemon.Status);
    }

    [Fact]
    public async Task LookAsync_FolderRemoved_EndsItsLoopAndItsDatasetIsNotShown()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a", "b");
        using var readings = new MeterReadings(world.Daemon.Sight.Scope);
        Heartbeat a = world.LoopOf("a")!;
        world.Drop("b", 1);
        await world.WaitForAsync("b", 1);
        Assert.Contains("folder=\"b\"", readings.Text(), StringComparison.Ordinal);
        world.Edit("", "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Null(world.LoopOf("b"));
        Assert.DoesNotContain("folder=\"b\"", readings.Text(), StringComparison.Ordinal);
        Assert.Equal(["a"], world.Datasets);
        Assert.Same(a, world.LoopOf("a"));

        // Back again: what the dataset held is there, and what was dropped meanwhile is taken.
        world.Drop("b", 2);
        world.Edit("", "a", "b");
        await world.LookAsync();
        await world.WaitForAsync("b", 2);
    }

    [Fact]
    public async Task LookAsync_FolderRemoved_IsNotMeasuredAnyMore()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a", "b");
        world.Drop("b", 1);
        await world.WaitForAsync("b", 1);
        using var readings = new MeterReadings(world.Daemon.Sight.Scope);
        Assert.Contains("folder=\"b\"", readings.Text(), StringComparison.Ordinal);
        world.Edit("", "a");
        await world.LookAsync();
        Assert.DoesNotContain("folder=\"b\"", readings.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LookAsync_FolderChanged_IsWatchedAnewUnderTheSameName()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a", "b");
        (Heartbeat a, Heartbeat b) = (world.LoopOf("a")!, world.LoopOf("b")!);
        world.Edit("", world.Folder("b", ", \"Afterwards\": \"delete\""), "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        world.Drop("b", 1);
        await world.WaitForAsync("b", 1);
        Assert.Same(a, world.LoopOf("a"));
        Assert.NotSame(b, world.LoopOf("b"));
        Assert.Equal("1160 Settings applied: folder 'b' is watched anew.", Assert.Single(world.Said(1160)));
    }

    [Fact]
    public async Task LookAsync_FolderThatFillsAnotherDatasetFromNowOn_FillsThatOne()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        world.Edit("", world.Folder("a", dataset: "other"));
        await world.LookAsync();
        world.Drop("a", 1);
        await world.WaitForAsync("other", 1);
        Assert.Equal(["other"], world.Datasets);
    }

    [Fact]
    public async Task LookAsync_FolderRemovedWithAFileInHand_FinishesTheFile()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a", "b");
        using var inHand = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        world.Happened = happened =>
        {
            if (happened is DaemonEvent.SourceIngested { Outcome.Dataset: "b" })
            {
                inHand.Set();
                goOn.Wait(ReloadWorld.Patience);
            }
        };
        world.Drop("b", 1);
        Assert.True(inHand.Wait(ReloadWorld.Patience));
        world.Edit("", "a");
        Task<ReloadResult> looking = world.LookAsync();
        world.Drop("a", 2);
        await world.WaitForAsync("a", 1);
        Assert.False(looking.IsCompleted);
        goOn.Set();
        Assert.Equal(ReloadResult.Applied, await looking);
        Assert.Empty(world.Said(1164));
    }

    [Fact]
    public async Task LookAsync_FileInHandLongerThanADrain_IsCutOffAndTakenByTheNextLoop()
    {
        // A long file in a is held up once it has joined, with the memory it has reserved; one in b waits for that memory.
        await using ReloadWorld world = await ReloadWorld.StartAsync("\"Drain\": \"100 ms\"", "a", "b");
        using var goOn = new ManualResetEventSlim();
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Happened = happened =>
        {
            if (happened is DaemonEvent.SourceIngested { Outcome.Dataset: "a" })
            {
                joined.TrySetResult();
                goOn.Wait(ReloadWorld.Patience);
            }
        };
        world.DropLong("a", 2 << 20);
        await joined.Task.WaitAsync(ReloadWorld.Patience);
        world.DropLong("b", 1 << 19);
        string copies = Path.Combine(world.PathOf("data"), "datasets", "b");
        while (!Directory.EnumerateFiles(copies, "*", SearchOption.AllDirectories).Any())
        {
            await Task.Delay(10);
        }

        world.Edit("\"Drain\": \"100 ms\"", "a", world.Folder("b", ", \"Pattern\": \"*.csv\""));
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.StartsWith($"1164 b: '{world.PathOf("b")}/long.csv' was being taken", Assert.Single(world.Said(1164)), StringComparison.Ordinal);
        Assert.Empty(world.Watched.Stores["b"].Manifest.Chunks);
        goOn.Set();
        await world.WaitForAsync("b", 1);
    }

    [Fact]
    public async Task LookAsync_Invalid_ChangesNothingAndIsSaidOnce()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        WatchedSet before = world.Watched;
        Heartbeat a = world.LoopOf("a")!;
        world.Edit("\"Drain\": \"1 s\"", world.Folder("b"), world.Folder("c", ", \"Patern\": \"*\""));
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        string said = Assert.Single(world.Said(1161));
        Assert.Contains($"{world.SettingsPath}:5:", said, StringComparison.Ordinal);
        Assert.Contains("Pipeline:Folders:1:Patern: the key is unknown. Did you mean 'Pattern'?", said, StringComparison.Ordinal);
        Assert.Same(before, world.Watched);
        Assert.Same(a, world.LoopOf("a"));
        Assert.Equal(TimeSpan.FromSeconds(25), world.Drain.Limit);

        Assert.Equal(ReloadResult.Refused, await world.LookAsync(isAsked: true));
        Assert.Equal(2, world.Said(1161).Length);
        File.Delete(world.SettingsPath);
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Contains("cannot be read", world.Said(1161)[2], StringComparison.Ordinal);
        Assert.Equal(
            ["settings refused", "settings refused", "settings refused"],
            world.Daemon.Sight.State.Read(reader => reader.Query("SELECT kind FROM event WHERE subject = $1", row => row.Text(0), world.SettingsPath)));

        // As it was before: nothing has to be done, and that it is in order again is said.
        world.Edit("", "a");
        Assert.Equal(ReloadResult.Unchanged, await world.LookAsync());
        Assert.Single(world.Said(1162));
        Assert.Equal(ReloadResult.Unchanged, await world.LookAsync());
        Assert.Single(world.Said(1162));
        Assert.Equal(
            [ReloadResult.Refused, ReloadResult.Refused, ReloadResult.Refused, ReloadResult.Unchanged],
            world.Events.OfType<DaemonEvent.SettingsReloaded>().Select(one => one.Result));
    }

    [Fact]
    public async Task LookAsync_Studies_ComeChangeAndGo()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        string Study(string name, string response) => $"{{ \"Name\": \"{name}\", \"Dataset\": \"a\", \"Response\": \"{response}\" }}";
        world.Edit($"\"Studies\": [ {Study("s", "protein")}, {Study("t", "fat")} ]", "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        BoundStudyRunner s = world.Daemon.Sight.Studies[0];

        world.Edit($"\"Studies\": [ {Study("s", "protein")}, {Study("t", "starch")} ]", "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Same(s, world.Daemon.Sight.Studies[0]);
        Assert.Equal("starch", world.Daemon.Sight.Studies[1].Study.Response);

        world.Edit($"\"Studies\": [ {Study("t", "starch")}, {Study("u", "fat").Replace("\"a\"", "\"nowhere\"", StringComparison.Ordinal)} ]", "a");
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Equal(["s", "t"], world.Daemon.Sight.Studies.Select(study => study.Name));

        world.Edit($"\"Studies\": [ {Study("t", "starch")} ]", "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Equal(["t"], world.Daemon.Sight.Studies.Select(study => study.Name));
    }

    [Fact]
    public async Task LookAsync_WhatOnlyAStartCanTakeOver_IsSaidOnceAndTheRestIsApplied()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("\"DiskReserve\": \"1 MiB\"", "a");
        string studies = "\"Studies\": [ { \"Name\": \"s\", \"Dataset\": \"a\", \"Response\": \"protein\" } ]";
        world.Edit($"\"DiskReserve\": \"2 MiB\", \"Drain\": \"7 s\", {studies}", "a", "b");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Equal(TimeSpan.FromSeconds(7), world.Drain.Limit);
        Assert.Equal(["a", "b"], world.Datasets);
        Assert.Equal("protein", Assert.Single(world.Daemon.Sight.Studies).Study.Response);
        string said = Assert.Single(world.Said(1163));
        Assert.Contains("Pipeline:DiskReserve.", said, StringComparison.Ordinal);

        world.Edit($"\"DiskReserve\": \"2 MiB\", \"Drain\": \"8 s\", {studies}", "a", "b");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Single(world.Said(1163));
    }

    [Fact]
    public async Task LookAsync_FolderInTheDataThatAreStillServed_IsRefused()
    {
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        string inside = Directory.CreateDirectory(Path.Combine(world.PathOf("data"), "inside")).FullName;
        world.Edit("", "a");
        string settings = await File.ReadAllTextAsync(world.SettingsPath);
        world.Write("settings.json", settings
            .Replace($"\"{world.PathOf("data")}\"", $"\"{world.PathOf("other")}\"", StringComparison.Ordinal)
            .Replace("\"Folders\": [", $"\"Folders\": [ {{ \"Path\": \"{inside}\", \"Dataset\": \"loop\" }},", StringComparison.Ordinal));
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Contains("its own results", Assert.Single(world.Said(1161)), StringComparison.Ordinal);
        Assert.Equal(["a"], world.Datasets);
    }

    [Fact]
    public async Task LookAsync_TokenFileChanged_CountsAtOnceAndABrokenOneDoesNot()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        (string first, string second) = (new string('a', 40), new string('b', 40));
        string token = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(token, first);
        AccessTokenTests.Close(token);
        string http = $$"""
            "Http": { "Listen": "http://127.0.0.1:0", "Token": "{{token}}" }
            """;
        await using ReloadWorld world = await ReloadWorld.StartAsync(http, "a");
        using var client = new HttpClient { BaseAddress = world.Server!.Address };
        Assert.Equal(HttpStatusCode.OK, await AskAsync(first));

        await File.WriteAllTextAsync(token, second);
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Equal("1160 Settings applied: Pipeline:Http:Token.", Assert.Single(world.Said(1160)));
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await AskAsync(first), await AskAsync(second)));

        await File.WriteAllTextAsync(token, "short");
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Contains("Pipeline:Http:Token: ", Assert.Single(world.Said(1161)), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains(second, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(second));

        // Another address is for the next start, and so is what guards it: the present one stays guarded.
        File.Delete(token);
        world.Edit("\"Http\": { \"Listen\": \"http://127.0.0.1:1\" }", "a");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Contains("Pipeline:Http:Listen, Pipeline:Http:Token.", Assert.Single(world.Said(1163)), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await AskAsync(first), await AskAsync(second)));

        async Task<HttpStatusCode> AskAsync(string shown)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/ready");
            request.Headers.Authorization = new("Bearer", shown);
            using HttpResponseMessage answer = await client.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task LookAsync_CertificateChanged_IsShownToNewConnections()
    {
        await using HttpWorld files = await HttpWorld.OpenAsync();
        (string certificate, string key) = HttpServerTests.Certificate(files, "CN=first");
        string http = $$"""
            "Http": { "Listen": "https://127.0.0.1:0", "Certificate": "{{certificate}}", "CertificateKey": "{{key}}" }
            """;
        await using ReloadWorld world = await ReloadWorld.StartAsync(http, "a");
        Assert.Equal("CN=first", await ShownAsync());

        HttpServerTests.Certificate(files, "CN=second");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        Assert.Equal("1160 Settings applied: Pipeline:Http:Certificate.", Assert.Single(world.Said(1160)));
        Assert.Equal("CN=second", await ShownAsync());

        await File.WriteAllTextAsync(key, "nonsense");
        Assert.Equal(ReloadResult.Refused, await world.LookAsync());
        Assert.Equal("CN=second", await ShownAsync());

        async Task<string> ShownAsync()
        {
            string shown = "";
            using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, found, _, _) => (shown = found!.Subject).Length > 0 };
            using var client = new HttpClient(handler) { BaseAddress = world.Server!.Address };
            using HttpResponseMessage answer = await client.GetAsync("/live");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return shown;
        }
    }
}
