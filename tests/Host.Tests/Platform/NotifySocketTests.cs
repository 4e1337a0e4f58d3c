using Pipeline.Host.Platform;
using Xunit;

namespace Pipeline.Host.Tests.Platform;

public sealed class NotifySocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [LinuxFact]
    public async Task Send_PathOrAbstractName_Arrives()
    {
        foreach (string address in new[] { Path.Combine(Path.GetTempPath(), $"notify-{Guid.NewGuid():N}"), $"@notify-{Guid.NewGuid():N}" })
        {
            using var manager = new ManagerSocket(address);
            using NotifySocket? socket = NotifySocket.Open(address);
            Assert.True(socket!.Send("READY=1\nSTATUS=größer"));
            Assert.Equal("STATUS=größer", await manager.WaitForAsync(line => line.StartsWith("STATUS", StringComparison.Ordinal), Patience));
            Assert.Equal("READY=1", manager.Lines[0]);
        }
    }

    [LinuxFact]
    public void Send_NobodyListens_IsFalseAndNotAnError()
    {
        using NotifySocket? socket = NotifySocket.Open($"@nobody-{Guid.NewGuid():N}");
        Assert.False(socket!.Send("READY=1"));
    }

    [LinuxFact]
    public async Task Send_ManagerDoesNotRead_DoesNotWait()
    {
        using var manager = new ManagerSocket($"@deaf-{Guid.NewGuid():N}");
        using NotifySocket? socket = NotifySocket.Open(manager.Address);
        bool isFull = await Task.Run(() => Enumerable.Range(0, 100_000).Any(_ => !socket!.Send("WATCHDOG=1"))).WaitAsync(Patience);
        Assert.True(isFull);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("relative/path")]
    [InlineData("vsock:2:9999")]
    public void Open_NoAddressOfOurs_IsNull(string? address) => Assert.Null(NotifySocket.Open(address));

    [Fact]
    public void Open_NameThatIsTooLong_IsNull() => Assert.Null(NotifySocket.Open("/" + new string('x', 200)));
}
