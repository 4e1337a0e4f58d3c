using Pipeline.Host.Cli;
using Pipeline.Host.Tests.Reliability;
using Xunit;

namespace Pipeline.Host.Tests.Platform;

/// <summary>The daemon as a process under a service manager: what it tells, when it is idle and told to stop, and its log files.</summary>
public sealed class ServiceProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [LinuxFact]
    public async Task Serve_UnderAManager_TellsThatItIsReadyLivesAndStops()
    {
        // Both kinds of address; a stop while idle is a full drain.
        foreach (string address in new[] { _shell.PathOf("notify"), $"@serve-{Guid.NewGuid():N}" })
        {
            using var manager = new ManagerSocket(address);
            using ServedProcess daemon = ServedProcess.Serve(
                Settings(), ("NOTIFY_SOCKET", address), ("WATCHDOG_USEC", "1000000"));
            await manager.WaitForAsync(line => line == "READY=1", Patience);
            Assert.True(File.Exists(Path.Combine(_shell.PathOf("data"), "state.db")));
            await manager.WaitForAsync(line => line == "WATCHDOG=1", Patience);
            await manager.WaitForAsync(line => line == "WATCHDOG=1", Patience);
            Assert.Contains("STATUS=serving; 1 dataset with 0 files of spectra", manager.Lines);

            TimeSpan took = await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
            manager.TakeAll();
            Assert.InRange(took.TotalSeconds, 0, 10);
            Assert.Equal(ExitCode.Done, daemon.ExitCode);
            Assert.Contains("STOPPING=1", manager.Lines);
            Assert.Contains("Stopped; nothing was cut off.", daemon.Said, StringComparison.Ordinal);
        }
    }

    [SignalFact]
    public async Task Serve_ManagerThatIsGone_ServesAndSaysSoOnce()
    {
        using ServedProcess daemon = ServedProcess.Serve(Settings(), ("NOTIFY_SOCKET", _shell.PathOf("nobody")));
        Assert.True(await daemon.WaitForAsync(line => line.Contains("does not take messages", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
        await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(ExitCode.Done, daemon.ExitCode);
        Assert.Single(daemon.Lines, line => line.Text.Contains("does not take messages", StringComparison.Ordinal));
    }

    [SignalFact]
    public async Task Serve_Logs_LieBelowDataAndHaveEventIds()
    {
        using ServedProcess daemon = ServedProcess.Serve(Settings());
        Assert.True(await daemon.WaitForAsync(line => line.Contains("Daemon ready", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
        await daemon.TerminateAsync(TimeSpan.FromSeconds(30));
        string log = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(_shell.PathOf("data"), "logs")).Single());
        Assert.Contains("\"Id\":1100", log, StringComparison.Ordinal);
        Assert.Contains("\"Id\":1150", log, StringComparison.Ordinal);
        Assert.Contains("\"Id\":1101", log, StringComparison.Ordinal);
    }

    private string Settings()
    {
        Directory.CreateDirectory(_shell.PathOf("inbox"));
        return _shell.Write(
            "settings.json",
            $$"""
            { "Pipeline": { "Data": "{{_shell.PathOf("data")}}", "Folders": [ { "Path": "{{_shell.PathOf("inbox")}}", "Dataset": "wheat" } ] } }
            """);
    }
}
