using Pipeline.Host.Cli;
using Pipeline.Host.Tests.Http;
using Pipeline.Host.Tests.Http.Intake;
using Xunit;

namespace Pipeline.Host.Tests.Cli.Upkeep;

/// <summary>The quarantine of a running daemon from the command line.</summary>
public sealed class QuarantineCommandTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task List_Show_Retry_TellAndMend()
    {
        string token = _shell.Write("token", "0123456789abcdef0123456789abcdef");
        AccessTokenTests.Close(token);
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { TokenPath = token });
        string settings = Settings(world.Server.Address.ToString().TrimEnd('/'), token);
        Assert.Equal("Nothing is in quarantine.\n", (await _shell.RunAsync("quarantine", "list", "--settings", settings)).Output);
        string digest = await QuarantineRetryTests.QuarantinedByReaderAsync(world, CommandHarness.Table());

        CommandResult list = await _shell.RunAsync("quarantine", "list", "--settings", settings);
        Assert.Equal(ExitCode.Done, list.Code);
        Assert.Contains(digest[..12], list.Output, StringComparison.Ordinal);
        Assert.Contains("/in/table.csv", list.Output, StringComparison.Ordinal);
        CommandResult show = await _shell.RunAsync("quarantine", "show", digest[..6], "--settings", settings);
        Assert.Contains($"digest   {digest}", show.Output, StringComparison.Ordinal);
        Assert.Contains("reader arrow", show.Output, StringComparison.Ordinal);

        CommandResult wrong = await _shell.RunAsync("quarantine", "retry", digest[..6], "--reader", "arow", "--settings", settings);
        Assert.NotEqual(ExitCode.Done, wrong.Code);
        Assert.Contains("Did you mean 'arrow'?", wrong.Error, StringComparison.Ordinal);
        CommandResult retry = await _shell.RunAsync("quarantine", "retry", digest[..6], "--settings", settings);
        Assert.Equal((ExitCode.Done, ""), (retry.Code, retry.Error));
        Assert.Contains("/in/table.csv has joined wheat (spectra): 24 new samples, 24 new references.", retry.Output, StringComparison.Ordinal);
        Assert.Contains("begins with", (await _shell.RunAsync("quarantine", "retry", digest[..6], "--settings", settings)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("off", "Pipeline:Http:Listen")]
    [InlineData("http://127.0.0.1:1", "No daemon answers")]
    public async Task List_NoDaemon_SaysWhatToDo(string listen, string mention)
    {
        CommandResult result = await _shell.RunAsync("quarantine", "list", "--settings", Settings(listen, null));
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(mention, result.Error, StringComparison.Ordinal);
    }

    private string Settings(string listen, string? token) => _shell.Write(
        "settings.json",
        $$"""{ "Pipeline": { "Http": { "Listen": "{{listen}}"{{(token is null ? "" : $", \"Token\": \"{token}\"")}} } } }""");
}
