using System.Diagnostics;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Xunit;

namespace Pipeline.Host.Tests.Http;

public sealed class AccessTokenTests : IDisposable
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    /// <summary>Closes a file to all but its owner.</summary>
    internal static void Close(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public void IsShownBy_ItsText_AndNothingElse()
    {
        var token = AccessToken.Read(Written($"  {Secret}\n"));
        Assert.True(token.IsShownBy($"Bearer {Secret}"));
        Assert.True(token.IsShownBy($"bearer {Secret}"));
        Assert.False(token.IsShownBy(null));
        Assert.False(token.IsShownBy(Secret));
        Assert.False(token.IsShownBy($"Bearer {Secret}0"));
        Assert.False(token.IsShownBy($"Bearer {Secret[..^1]}"));
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcde", "32")]
    [InlineData("", "found 0")]
    [InlineData("0123456789abcdef 0123456789abcdef", "without blanks")]
    public void Read_NoToken_SaysWhatIsExpected(string text, string mention)
    {
        StageException refused = Assert.Throws<StageException>(() => AccessToken.Read(Written(text)));
        Assert.Contains("Pipeline:Http:Token", refused.Message, StringComparison.Ordinal);
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
        Assert.True(text.Length == 0 || !refused.Message.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_TooLong_IsRefused() =>
        Assert.Contains("4096", Assert.Throws<StageException>(() => AccessToken.Read(Written(new string('a', 5000)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_NoFile_SaysWhich() =>
        Assert.Contains("missing", Assert.Throws<StageException>(() => AccessToken.Read(_shell.PathOf("missing"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Read_OpenToOthers_SaysHowToClose(UnixFileMode more)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string path = Written(Secret);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        Assert.Contains("chmod 600", Assert.Throws<StageException>(() => AccessToken.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_Pipe_IsRefusedAndNotWaitedFor()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string path = _shell.PathOf("pipe");
        using (Process made = Process.Start("mkfifo", ["-m", "600", path]))
        {
            await made.WaitForExitAsync();
        }

        StageException refused = await Assert.ThrowsAsync<StageException>(() => Task.Run(() => AccessToken.Read(path)).WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Contains("pipe", refused.Message, StringComparison.Ordinal);
        using var watch = await Task.Run(() => new SettingsWatch(path, TimeProvider.System)).WaitAsync(TimeSpan.FromSeconds(20));
    }

    private string Written(string text)
    {
        string path = _shell.Write("token", text);
        Close(path);
        return path;
    }
}
