using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;
using Xunit;

namespace Pipeline.Host.Tests.Http;

/// <summary>The listener against clients that mean no good, and against wrong settings.</summary>
public class HttpServerTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task StartAsync_Off_ListensNowhere()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        Assert.Null(await HttpServer.StartAsync(HttpOptions.Off, world.Daemon.Sight, TimeProvider.System, world.Log));
    }

    [Fact]
    public async Task StartAsync_AddressInUse_SaysWhichAndWhatToSet()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        int port = world.Server.Address.Port;
        HttpOptions same = HttpWorld.Options with { Listen = new ListenAddress(IPAddress.Loopback, port, IsTls: false) };
        StageException refused = await Assert.ThrowsAsync<StageException>(() => HttpWorld.OpenAsync(same));
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        Assert.Contains($"'http://127.0.0.1:{port}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("in use", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Pipeline:Http:Listen", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_OfTheListener_FreesTheAddress()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        HttpOptions same = HttpWorld.Options with { Listen = new ListenAddress(IPAddress.Loopback, world.Server.Address.Port, IsTls: false) };
        await world.Server.DisposeAsync();
        await using HttpServer? again = await HttpServer.StartAsync(same, world.Daemon.Sight, TimeProvider.System, world.Log);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task Answer_ToAnybody_HidesTheServerAndForbidsBrowsersEverything()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/live");
        request.Headers.Add("Origin", "http://evil.example");
        using HttpResponseMessage answer = await world.Client.SendAsync(request);
        Assert.Empty(answer.Headers.Server);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Token_IsAskedForByEverythingButLive()
    {
        await using HttpWorld world = await WithTokenAsync();
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
        foreach (string path in world.Server.Routes.Where(route => !route.IsOpen).Select(route => Filled(route.Pattern)).Append("/nothing"))
        {
            using HttpResponseMessage refused = await world.Client.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
            Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.Single().Scheme);
            Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        }

        world.Client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/v1/datasets")).StatusCode);
    }

    [Fact]
    public async Task Token_Exchanged_EndsStreamsOfEventsThatWereBegunUnderTheFormer()
    {
        await using HttpWorld world = await WithTokenAsync();
        world.Client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
        await using Stream events = await world.Client.GetStreamAsync("/v1/events");
        Task<string> all = new StreamReader(events).ReadToEndAsync();
        HttpOptions options = HttpWorld.Options with { TokenPath = TokenFile(world) };
        world.Server.Take(HttpSecrets.Read(options));
        await Task.Delay(100);
        Assert.False(all.IsCompleted, "It is the same token.");
        await File.AppendAllTextAsync(options.TokenPath, "0");
        world.Server.Take(HttpSecrets.Read(options));
        await all.WaitAsync(HttpWorld.Patience);
    }

    [Theory]
    [InlineData("Bearer 0123456789abcdef0123456789abcdeF")]
    [InlineData("Bearer 0123456789abcdef0123456789abcde")]
    [InlineData("Bearer ")]
    [InlineData("Basic 0123456789abcdef0123456789abcdef")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public async Task Token_Wrong_IsRefusedAndLoggedOnceWithoutTheToken(string authorization)
    {
        await using HttpWorld world = await WithTokenAsync();
        world.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await world.Client.GetAsync("/v1/datasets")).StatusCode);
        }

        string said = Assert.Single(world.Log.Lines, line => line.StartsWith("1201 ", StringComparison.Ordinal));
        Assert.Contains("127.0.0.1", said, StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/datasets/..")]
    [InlineData("/v1/datasets/../../etc/passwd")]
    [InlineData("/v1/datasets/%2e%2e")]
    [InlineData("/v1/datasets/%2E%2E%2Fstate.db")]
    [InlineData("/v1/datasets/..%2f..%2fstate.db")]
    [InlineData("/v1/datasets/..%5c..%5cstate.db")]
    [InlineData("/v1/datasets/..\\state.db")]
    [InlineData("/v1/datasets/%252e%252e")]
    [InlineData("/v1/datasets/whe%00at")]
    [InlineData("/v1/datasets/%c0%ae%c0%ae")]
    [InlineData("/v1/datasets/./wheat")]
    [InlineData("//v1/datasets")]
    [InlineData("/v1//datasets")]
    [InlineData("/v1/datasets/")]
    [InlineData("/v1/datasets/wh%65at")]
    [InlineData("/v1/datasets/;a=b")]
    [InlineData("http://evil.example/v1/datasets")]
    public async Task Path_ThatNoHonestClientSends_IsRefused(string target)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        string answer = await world.AskTargetAsync(target);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/datasets/.hidden")]
    [InlineData("/v1/datasets/state.db")]
    [InlineData("/v1/datasets/-wheat")]
    [InlineData("/v1/studies/protein.csv/leaderboard")]
    [InlineData("/v1/quarantine/0123")]
    [InlineData("/v1/quarantine/0123/bytes")]
    [InlineData("/v1/datasets/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Name_ThatCannotBe_IsNotFoundAndTheRuleIsSaid(string target)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        string answer = await world.AskTargetAsync(target);
        Assert.StartsWith("HTTP/1.1 404 ", answer, StringComparison.Ordinal);
        Assert.Contains("expected as", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:5190", true)]
    [InlineData("127.0.0.1:1", true)]
    [InlineData("[::1]:5190", true)]
    [InlineData("lab.example", true)]
    public async Task Host_OtherThanThisMachine_IsRefused(string host, bool isAnswered)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { Name = "lab.example" });
        string answer = await world.AskRawAsync($"GET /live HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith(isAnswered ? "HTTP/1.1 200 " : "HTTP/1.1 421 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_MissingOrTwice_IsRefused()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        Assert.StartsWith("HTTP/1.1 400 ", await world.AskRawAsync("GET /live HTTP/1.1\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith(
            "HTTP/1.1 400 ", await world.AskRawAsync(
                "GET /live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("headers", "431")]
    [InlineData("count", "431")]
    [InlineData("line", "414")]
    public async Task Headers_TooLarge_AreRefused(string what, string status)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        string query = what == "line" ? "?after=" + new string('a', 5000) : "";
        string headers = what switch
        {
            "headers" => $"X-Large: {new string('a', 20_000)}\r\n",
            "count" => string.Concat(Enumerable.Range(0, 70).Select(i => $"X-{i}: a\r\n")),
            _ => "",
        };
        string answer = await world.AskRawAsync($"GET /live{query} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task Headers_ThatComeTooSlowly_EndTheConnection()
    {
        HttpLimits limits = HttpLimits.Default with { HeadersWithin = TimeSpan.FromSeconds(1) };
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { Limits = limits });
        string answer = await world.AskRawAsync("GET /live HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_ThatAsksAndNeverReads_LosesItsConnection()
    {
        HttpLimits limits = HttpLimits.Default with { BytesPerSecondMin = 1e6, SlowFor = TimeSpan.FromSeconds(2) };
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { Limits = limits });
        using TcpClient client = await world.ConnectAsync();
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        byte[] ask = "GET /v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray();
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            while (true)
            {
                await client.GetStream().WriteAsync(ask, patience.Token);
            }
        });
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task Connection_ThatIdlesBetweenRequests_IsClosed()
    {
        HttpLimits limits = HttpLimits.Default with { KeepAliveMax = TimeSpan.FromSeconds(1) };
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { Limits = limits });
        string answer = await world.AskRawAsync("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_TooMany_TheLastIsClosedAndTheOthersAreAnswered()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { ConnectionsMax = 2 });
        const string Ask = "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        using TcpClient first = await world.ConnectAsync();
        using TcpClient second = await world.ConnectAsync();
        await first.GetStream().WriteAsync("GET /live HTTP/1.1\r\n"u8.ToArray());
        await second.GetStream().WriteAsync("GET /live HTTP/1.1\r\n"u8.ToArray());
        Assert.Equal("", await world.AskRawAsync(Ask));
        await first.GetStream().WriteAsync("Host: localhost\r\nConnection: close\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 200 ", await HttpWorld.ReadToEndAsync(first), StringComparison.Ordinal);
        first.Close();
        string again = "";
        for (int i = 0; i < 200 && again.Length == 0; i++)
        {
            // The place is free once the listener has seen the end of the first.
            again = await world.AskRawAsync(Ask);
        }

        Assert.StartsWith("HTTP/1.1 200 ", again, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://elsewhere.example", "localhost", "403 ")]
    [InlineData("https://lab.example.evil", "lab.example", "403 ")]
    [InlineData("null", "localhost", "403 ")]
    [InlineData("http://localhost", "localhost", "405 ")]
    [InlineData("https://lab.example", "lab.example", "405 ")]
    public async Task Change_ByAPage_IsTakenFromTheDaemonsOwnOnly(string origin, string host, string expected)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { Name = "lab.example" });
        string answer = await world.AskRawAsync($"POST /v1/datasets HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 " + expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_LongerThanAllowed_IsRefused()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { BodyBytesMax = 1024 });
        string answer = await world.AskRawAsync("GET /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1025\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("Pipeline:Http:Body", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /live HTTP/9.9\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /live HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("GET /live HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n")]
    public async Task Request_ThatIsNone_IsRefusedAndTheNextIsAnswered(string request)
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        Assert.Matches("^HTTP/1.1 (4[0-9][0-9]|505) ", await world.AskRawAsync(request));
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task AllAddresses_WithCertificateAndToken_ServesOverTls()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        (string certificate, string key) = Certificate(world);
        HttpOptions options = HttpWorld.Options with
        {
            Listen = new ListenAddress(null, 0, IsTls: true),
            CertificatePath = certificate,
            CertificateKeyPath = key,
            TokenPath = TokenFile(world),
        };
        await using HttpServer server = (await HttpServer.StartAsync(options, world.Daemon.Sight, TimeProvider.System, world.Log))!;
        string shown = "";
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, found, _, _) => (shown = found!.Subject).Length > 0,
        };
        using var client = new HttpClient(handler) { BaseAddress = server.Address };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/ready")).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/datasets")).StatusCode);
        Assert.Equal("CN=lab.example", shown);
        using TcpClient plain = new();
        await plain.ConnectAsync(IPAddress.Loopback, server.Address.Port);
        await plain.GetStream().WriteAsync("GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        Assert.DoesNotContain("200 OK", await HttpWorld.ReadToEndAsync(plain), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_ThatDoesNotFitItsKey_StopsTheStart()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        (string certificate, _) = Certificate(world);
        string other = world.Write("other.pem", RSA.Create(2048).ExportRSAPrivateKeyPem());
        HttpOptions options = HttpWorld.Options with
        {
            Listen = new ListenAddress(IPAddress.Loopback, 0, IsTls: true),
            CertificatePath = certificate,
            CertificateKeyPath = other,
        };
        StageException refused = await Assert.ThrowsAsync<StageException>(
            () => HttpServer.StartAsync(options, world.Daemon.Sight, TimeProvider.System, world.Log));
        Assert.Contains("Pipeline:Http:Certificate", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_FromStartToStop_SaysWhereTheDaemonStands()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "starting"), await ReadyAsync(world));
        _ = world.Run();
        await world.Daemon.Ready.WaitAsync(HttpWorld.Patience);
        Assert.Equal((HttpStatusCode.OK, ""), await ReadyAsync(world));
        await world.StopAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "draining"), await ReadyAsync(world));
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task Ready_DiskFull_IsSaidWhileEverythingStaysReachable()
    {
        // A reserve that no disk has makes every disk a full one.
        await using HttpWorld world = await HttpWorld.OpenAsync(process: PipelineOptions.Default with { DiskReserveBytes = long.MaxValue / 4 });
        _ = world.Run();
        await world.Daemon.Ready.WaitAsync(HttpWorld.Patience);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "diskFull"), await ReadyAsync(world));
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/v1/datasets")).StatusCode);
        Assert.Contains("pipeline_disk_paused 1\n", await world.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_LoopThatFailed_IsSaidAndTheDaemonGoesOn()
    {
        int struck = 0;
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { RequestsPerSecondMax = 100_000 }, happened: _ =>
        {
            if (Interlocked.Increment(ref struck) == 1)
            {
                throw new InvalidOperationException("a defect of whoever looks on");
            }
        });
        Task running = world.Run();
        world.Laboratory.DropArrow("first.arrow", world.Demo.Measured(0, 30));
        (HttpStatusCode Status, string Reasons) found = default;
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        while (found.Reasons != "loopRebuilt")
        {
            patience.Token.ThrowIfCancellationRequested();
            found = await ReadyAsync(world);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, found.Status);
        Assert.Contains("pipeline_rebuilds_total{loop=\"folder instrument\"} 1\n", await world.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.False(running.IsCompleted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Request_OfAnyBytes_IsNeverADefect(int seed)
    {
        // Aim: nothing that a client can write reaches a defect. Method: mutations of honest requests, by a seed that stands above.
        await using HttpWorld world = await HttpWorld.OpenAsync();

        // Streams of events, whose answers have no end, are left out.
        string[] honest =
        [
            .. world.Server.Routes.Where(route => !route.Pattern.EndsWith("/events", StringComparison.Ordinal)).Select(route => Filled(route.Pattern)),
            "/v1/datasets?limit=2&after=a",
            "/v1/studies/protein/leaderboard",
        ];
        string[] pieces =
            ["%2e", "..", "/", "\\", "%00", "?", "&", "=", "limit", "after=", "\u00ff", "{name}", "'", "\"", ";", "#", "%", "*", "\t", " ", "<script>"];
        var random = new Random(seed);
        string[] accepts = ["*/*", "text/csv", "application/json;q=x", ",,,", ";;", "text/csv;q=0.1,*/*;q=2", "\"", "a/b/c"];
        for (int i = 0; i < 150; i++)
        {
            string target = honest[random.Next(honest.Length)];
            for (int edits = random.Next(4); edits > 0; edits--)
            {
                target = target.Insert(random.Next(1, target.Length + 1), pieces[random.Next(pieces.Length)]);
            }

            string answer = await world.AskRawAsync(
                $"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: {accepts[random.Next(accepts.Length)]}\r\nAuthorization: Bearer "
                    + $"{target}\r\nConnection: close\r\n\r\n");
            Assert.True(Regex.IsMatch(answer, "^HTTP/1.1 ([24][0-9][0-9]|503) "), $"'{target}': {answer}");
        }

        Assert.DoesNotContain(world.Log.Lines, line => line.StartsWith("1202 ", StringComparison.Ordinal));
    }

    private static async Task<(HttpStatusCode Status, string Reasons)> ReadyAsync(HttpWorld world)
    {
        using HttpResponseMessage answer = await world.Client.GetAsync("/ready");
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (
            answer.StatusCode,
            string.Join(' ', document.RootElement.GetProperty("reasons").EnumerateArray().Select(one => one.GetProperty("code").GetString())));
    }

    private static string Filled(string pattern) => pattern
        .Replace("{name}", "wheat", StringComparison.Ordinal)
        .Replace("{id}", "1", StringComparison.Ordinal)
        .Replace("{digest}", new string('0', 64), StringComparison.Ordinal);

    private static async Task<HttpWorld> WithTokenAsync()
    {
        string file = Path.GetTempFileName();

        // The token is read at the start, so the file may go afterwards.
        try
        {
            await File.WriteAllTextAsync(file, Secret + "\n");
            AccessTokenTests.Close(file);
            return await HttpWorld.OpenAsync(HttpWorld.Options with { TokenPath = file });
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string TokenFile(HttpWorld world)
    {
        string file = world.Write("token", Secret);
        AccessTokenTests.Close(file);
        return file;
    }

    internal static (string Certificate, string Key) Certificate(HttpWorld world, string subject = "CN=lab.example")
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (world.Write("certificate.pem", made.ExportCertificatePem()), world.Write("key.pem", key.ExportPkcs8PrivateKeyPem()));
    }
}
