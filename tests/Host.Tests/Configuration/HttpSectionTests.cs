using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

public class HttpSectionTests
{
    [Fact]
    public void Read_NothingSaid_ListensOnThisMachineAlone()
    {
        HttpOptions options = Read();
        Assert.Equal("http://127.0.0.1:5190", options.Listen!.ToString());
        Assert.True(options.Listen.IsLoopback);
        Assert.Equal((256, 1L << 20), (options.ConnectionsMax, options.BodyBytesMax));
        Assert.Null(options.TokenPath);
    }

    [Theory]
    [InlineData("off", null)]
    [InlineData("OFF", null)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:0")]
    [InlineData("http://localhost:80", "http://127.0.0.1:80")]
    [InlineData("http://127.0.0.1/", "http://127.0.0.1:5190")]
    [InlineData("http://[::1]:5190", "http://[::1]:5190")]
    public void Read_Listen_IsUnderstood(string text, string? expected) => Assert.Equal(expected, Read(("Listen", text)).Listen?.ToString());

    [Fact]
    public void Read_EverythingForOtherMachines_IsTaken()
    {
        HttpOptions options = Read(
            ("Listen", "https://*:443"), ("Token", "/t"), ("Certificate", "/c.pem"), ("CertificateKey", "/k.pem"), ("Connections", "10"),
            ("Body", "2 MiB"), ("Name", "lab.example"));
        Assert.Equal("https://*:443", options.Listen!.ToString());
        Assert.Equal(("/t", "/c.pem", "/k.pem", "lab.example"), (options.TokenPath, options.CertificatePath, options.CertificateKeyPath, options.Name));
        Assert.Equal((10, 2L << 20), (options.ConnectionsMax, options.BodyBytesMax));
    }

    [Theory]
    [InlineData("Lisen", "off", "Did you mean 'Listen'?")]
    [InlineData("Listen", "of", "Did you mean 'off'?")]
    [InlineData("Listen", "127.0.0.1:5190", "'127.0.0.1:5190'")]
    [InlineData("Listen", "ftp://127.0.0.1", "'ftp://127.0.0.1'")]
    [InlineData("Listen", "http://127.0.0.1:99999", "99999")]
    [InlineData("Listen", "http://127.0.0.1:5190/api", "/api")]
    [InlineData("Listen", "http://300.0.0.1:5190", "300.0.0.1")]
    [InlineData("Listen", "http://lab.example:5190", "lab.example")]
    [InlineData("Listen", "http://*:5190", "TLS and a token")]
    [InlineData("Listen", "http://0.0.0.0:5190", "TLS and a token")]
    [InlineData("Listen", "https://192.0.2.7:5190", "without a token")]
    [InlineData("Listen", "https://[::]:5190", "without a token")]
    [InlineData("Listen", "https://127.0.0.1:5190", "without Certificate")]
    [InlineData("Certificate", "/c.pem", "Write https://")]
    [InlineData("CertificateKey", "/k.pem", "without Certificate")]
    [InlineData("Connections", "0", "'0'")]
    [InlineData("Connections", "many", "'many'")]
    [InlineData("Body", "1 B", "'1 B'")]
    [InlineData("Body", "big", "'big'")]
    [InlineData("Upload", "2 TiB", "'16 GiB'")]
    [InlineData("Requests", "0", "'0'")]
    [InlineData("Token", " ", "drop the key")]
    [InlineData("Name", "a/b", "'a/b'")]
    public void Read_WrongValue_NamesKeyValueAndRemedy(string key, string value, string mention)
    {
        StageException refused = Assert.Throws<StageException>(() => Read((key, value)));
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        Assert.Contains($"Pipeline:Http:{key}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ListenBeyondThisMachine_SaysHowToMendIt()
    {
        string message = Assert.Throws<StageException>(() => Read(("Listen", "http://*:5190"))).Message;
        foreach (string mention in new[] { "https://", "Certificate", "Token", "0600", "openssl rand", "http://127.0.0.1:5190" })
        {
            Assert.Contains(mention, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_TextInPlaceOfKeys_SaysSo() =>
        Assert.Contains("'off'", Assert.Throws<StageException>(
            () => HttpSection.Read(
                new ConfigurationBuilder().AddInMemoryCollection([new("Pipeline:Http", "off")]).Build()
                    .GetSection("Pipeline"))).Message, StringComparison.Ordinal);

    private static HttpOptions Read(params (string Key, string Value)[] settings) => HttpSection.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(one => new KeyValuePair<string, string?>($"Pipeline:Http:{one.Key}", one.Value)))
            .Build()
            .GetSection("Pipeline"));
}
