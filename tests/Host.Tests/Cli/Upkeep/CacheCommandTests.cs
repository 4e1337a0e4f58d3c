using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Pipeline.Host.Cli;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Upkeep;

public class CacheCommandTests
{
    [Fact]
    public async Task Cache_NoDataFolder_SaysWhatToName()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("cache", "--data", shell.PathOf("nowhere"));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("--data DIR", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_Empty_SaysSo()
    {
        using var shell = new CommandHarness();
        CommandResult result = await shell.RunAsync("cache", "--data", shell.Folder);
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.StartsWith("The cache is empty", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cache_SomeKinds_ShowsFilesBytesAndSeconds()
    {
        using var shell = new CommandHarness();
        await FillAsync(shell);
        CommandResult result = await shell.RunAsync("cache", "--data", shell.Folder);
        Assert.Equal(ExitCode.Done, result.Code);
        string[] lines = result.Output.Split('\n');
        Assert.StartsWith("kind", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^moments\s+2\s+320 bytes\s+\d{4}-\d\d-\d\d \d\d:\d\d UTC\s+4\.000 s$", lines[2]);
        Assert.Matches(@"^pretreated\s+1\s+160 bytes\s.*2\.000 s$", lines[3]);
        Assert.StartsWith("3 files, 480 bytes, in ", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clear_OneKind_LeavesTheOthers()
    {
        using var shell = new CommandHarness();
        await FillAsync(shell);
        CommandResult result = await shell.RunAsync("cache", "clear", "--kind", "moments", "--data", shell.Folder);
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.StartsWith("Deleted 2 files, 320 bytes", result.Output, StringComparison.Ordinal);
        Assert.Single(Files(shell));

        CommandResult wrong = await shell.RunAsync("cache", "clear", "--kind", "momentum", "--data", shell.Folder);
        Assert.Equal(ExitCode.Usage, wrong.Code);
        Assert.Contains("There is pretreated.", wrong.Error, StringComparison.Ordinal);

        await shell.RunAsync("cache", "clear", "--data", shell.Folder);
        Assert.Empty(Files(shell));
    }

    [Fact]
    public async Task Verify_OneDamagedFile_RemovesItAndSaysSo()
    {
        using var shell = new CommandHarness();
        await FillAsync(shell);
        CommandResult whole = await shell.RunAsync("cache", "verify", "--data", shell.Folder);
        Assert.Equal(ExitCode.Done, whole.Code);
        Assert.Contains("Read 3 files, 480 bytes", whole.Output, StringComparison.Ordinal);
        Assert.Contains("Every checksum holds.", whole.Output, StringComparison.Ordinal);

        string damaged = Files(shell)[0];
        byte[] bytes = await File.ReadAllBytesAsync(damaged);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes);
        CommandResult result = await shell.RunAsync("cache", "verify", "--data", shell.Folder);
        Assert.Equal(ExitCode.Done, result.Code);
        Assert.Contains("Damaged and deleted: 1 file;", result.Output, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(damaged), result.Output, StringComparison.Ordinal);
        Assert.Equal(2, Files(shell).Length);
    }

    // The tier goes on after the command has deleted what it knows of.
    [Fact]
    public async Task Clear_WhileADaemonUsesIt_CostsTimeOnly()
    {
        using var shell = new CommandHarness();
        await FillAsync(shell);
        await using var disk = new DiskTier(shell.PathOf("cache"), Limits.Tiny, TimeProvider.System);
        while (!disk.Statistics.IsListed)
        {
            await Task.Yield();
        }

        await shell.RunAsync("cache", "clear", "--data", shell.Folder);
        await using var cache = new ArtifactCache(Limits.Tiny, TimeProvider.System, disk);
        using ArtifactLease<Eight> lease = await cache.GetOrComputeAsync(
            Key(0), "moments", _ => ValueTask.FromResult(new Eight()), new EightCodec(), default);
        Assert.False(lease.WasHit);
    }

    private static Fingerprint Key(int id) => new FingerprintBuilder("test", 1).Add("id", id).ToFingerprint();

    private static string[] Files(CommandHarness shell) =>
        Directory.GetFiles(shell.PathOf("cache"), "*.artifact", SearchOption.AllDirectories);

    private static async Task FillAsync(CommandHarness shell)
    {
        var clock = new ManualTimeProvider();
        await using var disk = new DiskTier(shell.PathOf("cache"), Limits.Tiny, clock);
        await using var cache = new ArtifactCache(Limits.Tiny, clock, disk);
        foreach ((int id, string kind) in new[] { (0, "moments"), (1, "moments"), (2, "pretreated") })
        {
            using ArtifactLease<Eight> lease = await cache.GetOrComputeAsync(
                Key(id),
                kind,
                _ =>
                {
                    clock.Advance(TimeSpan.FromSeconds(2));
                    return ValueTask.FromResult(new Eight());
                },
                new EightCodec(),
                default);
            await cache.FlushAsync(default);
        }
    }

    private sealed record Eight : IArtifact
    {
        public long SizeBytes => 8;
    }

    private sealed class EightCodec : IArtifactCodec<Eight>
    {
        public void Write(Eight value, Stream target) => target.Write(new byte[8]);

        public Eight? Read(Stream source)
        {
            source.ReadExactly(new byte[8]);
            return new Eight();
        }
    }
}
