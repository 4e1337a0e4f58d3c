using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Host.Http;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Data over HTTP from clients that mean no good: nothing of theirs stays, and all else goes on.</summary>
public sealed class HostileIntakeTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Body_WithoutEnd_EndsAtTheLimitOfTheRoute()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { UploadBytesMax = 1 << 20 });
        using TcpClient client = await world.ConnectAsync();
        NetworkStream wire = client.GetStream();
        byte[] body = ArrowBody.Of(BatchIntakeTests.Chunks(world, 1));
        await wire.WriteAsync(Encoding.Latin1.GetBytes(ArrowBody.Head("Transfer-Encoding: chunked")));
        byte[] piece = [.. Encoding.Latin1.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n"u8];

        // The same stream again and again: the first end is the end, and what follows is refused at once.
        Task<string> answer = HttpWorld.ReadToEndAsync(client);
        await SendUntilRefusedAsync(wire, piece);
        Assert.Matches("^HTTP/1.1 (413|422) ", await answer);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
    }

    [Fact]
    public async Task Metadata_WithoutEnd_EndsAtTheLongestBatch()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(process: Host.Configuration.PipelineOptions.Default with { MemoryBytes = 64 << 20 });
        using TcpClient client = await world.ConnectAsync();
        NetworkStream wire = client.GetStream();
        await wire.WriteAsync(Encoding.Latin1.GetBytes(ArrowBody.Head("Content-Length: 2000000000")));
        byte[] announced = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(announced.AsSpan(4), int.MaxValue);
        await wire.WriteAsync(announced);
        Task<string> answer = HttpWorld.ReadToEndAsync(client);
        await SendUntilRefusedAsync(wire, new byte[64 << 10]);
        Assert.StartsWith("HTTP/1.1 413 ", await answer, StringComparison.Ordinal);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
    }

    [Fact]
    public async Task Body_ThatIsTooSlow_EndsTheRequest()
    {
        HttpLimits limits = HttpLimits.Default with { BytesPerSecondMin = 1e6, SlowFor = TimeSpan.FromSeconds(2) };
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { Limits = limits });
        byte[] body = ArrowBody.Of(BatchIntakeTests.Chunks(world, 1));
        string answer = await world.AskRawAsync(ArrowBody.Head($"Content-Length: {body.Length}") + Encoding.Latin1.GetString(body.AsSpan(0, 100)));
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        BatchIntakeTests.AssertNothingLeft(world);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
    }

    [Fact]
    public async Task Stream_CutAnywhere_IsRefusedOrTakenWholeBatchByBatch()
    {
        // Aim: no end of a stream harms. Method: every length of a small one; whole batches count, and nothing else is kept.
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { RequestsPerSecondMax = 100_000 });
        byte[] body = Small(world);
        for (int length = 0; length < body.Length; length++)
        {
            using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(body[..length]));
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.UnprocessableEntity, $"{length}: {answer.StatusCode}");
            Assert.True(BatchIntakeTests.Manifest(world).Chunks.Length <= 2);
        }

        AssertUnharmed(world);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Stream_WithWrongBytes_IsNeverADefect(int seed)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { RequestsPerSecondMax = 100_000 });
        byte[] body = Small(world);
        var random = new Random(seed);
        for (int i = 0; i < 100; i++)
        {
            byte[] wrong = [.. body];
            for (int edits = random.Next(1, 4); edits > 0; edits--)
            {
                // Metadata stand in front; half of the edits shall meet them.
                int at = random.Next(random.Next(2) == 0 ? Math.Min(1200, wrong.Length) : wrong.Length);
                wrong[at] = (byte)random.Next(256);
            }

            using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(wrong, isLines: i % 2 == 0));
            string text = await answer.Content.ReadAsStringAsync();
            Assert.True((int)answer.StatusCode is 200 or 413 or 422 or 429, $"{i}: {answer.StatusCode} {text}");
        }

        AssertUnharmed(world);
    }

    [Theory]
    [InlineData("gzip", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("identity", HttpStatusCode.OK)]
    public async Task ContentEncoding_IsNotTaken(string encoding, HttpStatusCode status)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        using HttpRequestMessage request = ArrowBody.Request(ArrowBody.Of(BatchIntakeTests.Chunks(world, 1)));
        request.Content!.Headers.ContentEncoding.Add(encoding);
        Assert.Equal(status, (await world.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task MediaType_OfSomethingElse_IsRefusedWithTheRightOne()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        using HttpRequestMessage request = ArrowBody.Request([]);
        request.Content!.Headers.ContentType = new("application/json");
        using HttpResponseMessage answer = await world.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains(ArrowBody.MediaType, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_Wrong_TakesNothing()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Secret);
        AccessTokenTests.Close(file);
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { TokenPath = file });
        File.Delete(file);
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(BatchIntakeTests.Chunks(world, 1))));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Empty(BatchIntakeTests.Manifest(world).Chunks);
    }

    [Theory]
    [InlineData("..%2Fstate.db")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a%5Cb")]
    [InlineData("a%00b")]
    [InlineData("a%0Ab")]
    [InlineData("")]
    public async Task Name_ThatIsAPath_IsRefused(string name)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string answer = await world.AskRawAsync(
            $"POST /v1/datasets/wheat/sources?name={name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nConnection: close\r\n\r\na,b\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        BatchIntakeTests.AssertNothingLeft(world);
    }

    [Theory]
    [InlineData("/v1/datasets/../wheat/batches")]
    [InlineData("/v1/datasets/%2e%2e/batches")]
    [InlineData("/v1/datasets/..%2fwheat/sources")]
    public async Task Path_ThatClimbs_IsRefused(string path)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string answer = await world.AskRawAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_OfALinkInTheDataFolder_IsANameAndNothingElse()
    {
        // Aim: what a client calls its file never becomes a path. Method: a link of that name lies wherever a file could be written.
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string target = world.Write("secret", "secret");
        string folder = world.Daemon.Sight.Stores["wheat"].Folder;
        foreach (string place in new[] { "", "sources", "chunks", "quarantine" })
        {
            File.CreateSymbolicLink(Path.Combine(folder, place, "link.csv"), target);
        }

        using HttpResponseMessage answer = await world.Client.PostAsync("/v1/datasets/wheat/sources?name=link.csv", new StringContent(CommandHarness.Table()));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("secret", await File.ReadAllTextAsync(target));
        Assert.Equal("http:link.csv", BatchIntakeTests.Manifest(world).Chunks.Single().Source.Path);
    }

    [Fact]
    public async Task Client_ThatVanishes_LeavesWholeBatchesAndNothingElse()
    {
        // Method: the connection is cut at every sixteenth of a stream of three batches, by a reset.
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(HttpWorld.Options with { RequestsPerSecondMax = 100_000 });
        byte[] body = ArrowBody.Of(BatchIntakeTests.Chunks(world, 3));
        for (int part = 1; part < 16; part++)
        {
            using TcpClient client = await world.ConnectAsync();
            client.LingerState = new LingerOption(true, 0);
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(ArrowBody.Head($"Content-Length: {body.Length}")));
            await client.GetStream().WriteAsync(body.AsMemory(0, body.Length * part / 16));
            client.Close();
        }

        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(body));
        Assert.Equal(3, (await BatchIntakeTests.AcksAsync(answer)).Length);
        Assert.Equal(3, BatchIntakeTests.Manifest(world).Chunks.Length);
        await UntilAsync(() => world.Daemon.Sight.Arrivals.ReservedBytes == 0);
        AssertUnharmed(world);
    }

    [Fact]
    public async Task Client_ThatAsksTooOften_IsRefusedAndMayAskLater()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { RequestsPerSecondMax = 5 });
        HttpResponseMessage answer = await world.Client.GetAsync("/v1/datasets");
        for (int i = 0; i < 100 && answer.StatusCode == HttpStatusCode.OK; i++)
        {
            answer = await world.Client.GetAsync("/v1/datasets");
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.GetAsync("/live")).StatusCode);
    }

    [Fact]
    public async Task Connections_AThousandAtOnce_AreRefusedByTheLimitAndAFileJoinsMeanwhile()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { ConnectionsMax = 64, RequestsPerSecondMax = 100_000 });
        Task running = world.Run();
        await FloodAsync(world, running, 1000);
    }

    [Fact]
    [Trait("speed", "slow")]
    public async Task Connections_TenThousandAtOnce_AreRefusedByTheLimitAndAFileJoinsMeanwhile()
    {
        await using HttpWorld world = await HttpWorld.OpenAsync(HttpWorld.Options with { ConnectionsMax = 256, RequestsPerSecondMax = 100_000 });
        Task running = world.Run();
        await FloodAsync(world, running, 10_000);
    }

    private static async Task FloodAsync(HttpWorld world, Task running, int count)
    {
        // Both ends lie in this process; where it may not open as many files, as many as it may.
        count = Math.Min(count, FilesMax() * 2 / 5);
        await (await world.ConnectAsync()).GetStream().DisposeAsync();
        long memoryBefore = GC.GetTotalMemory(forceFullCollection: true);
        int filesBefore = OpenFiles();
        List<TcpClient> clients = [];
        byte[] half = Encoding.Latin1.GetBytes(ArrowBody.Head("Content-Length: 1000000"));
        for (int i = 0; i < count; i++)
        {
            // A connection that is refused at once is what is wanted.
            try
            {
                TcpClient client = await world.ConnectAsync();
                clients.Add(client);
                await client.GetStream().WriteAsync(half);
            }
            catch (Exception refused) when (refused is SocketException or IOException)
            {
            }
        }

        world.Laboratory.DropArrow("first.arrow", world.Demo.Measured(0, 30));
        await world.Laboratory.WaitAsync<DaemonEvent.SourceIngested>(_ => true, running, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        Assert.True(world.Log.Lines.Count <= 2, string.Join('\n', world.Log.Lines));
        clients.ForEach(client => client.Dispose());
        await UntilAsync(() => world.Daemon.Sight.Arrivals.ReservedBytes == 0);
        await UntilAsync(() => OpenFiles() <= filesBefore + 16);
        HttpStatusCode status = default;
        await UntilAsync(() => (status = Try(world)) == HttpStatusCode.OK);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - memoryBefore;
        Assert.True(grown < 64 << 20, $"{grown} bytes are still held.");
    }

    private static HttpStatusCode Try(HttpWorld world)
    {
        try
        {
            return world.Client.GetAsync("/live").GetAwaiter().GetResult().StatusCode;
        }
        catch (HttpRequestException)
        {
            return default;
        }
    }

    private static int OpenFiles() => Directory.Exists("/proc/self/fd") ? Directory.GetFileSystemEntries("/proc/self/fd").Length : 0;

    private static int FilesMax()
    {
        if (!File.Exists("/proc/self/limits"))
        {
            return 1024;
        }

        string line = File.ReadLines("/proc/self/limits").First(one => one.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(Regex.Match(line, "[0-9]+").Value, NumberStyles.None, CultureInfo.InvariantCulture, out int most) ? most : 1_000_000;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        while (!holds())
        {
            await Task.Delay(20, patience.Token);
        }
    }

    /// <summary>Sends until the other side has heard enough.</summary>
    private static async Task SendUntilRefusedAsync(NetworkStream wire, byte[] piece)
    {
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        try
        {
            while (true)
            {
                await wire.WriteAsync(piece, patience.Token);
            }
        }
        catch (IOException)
        {
        }
    }

    private static byte[] Small(HttpWorld world)
    {
        Stages.Spectra.SpectralChunk chunk = world.Demo.Measured(0, 2);
        var axis = new Stages.Spectra.SpectralAxis([.. chunk.Axis.Positions.Take(6)], chunk.Axis.Unit);
        return ArrowBody.Of(Cut(0), Cut(2));

        Stages.Spectra.SpectralChunk Cut(int start)
        {
            Stages.Spectra.SpectralChunk part = world.Demo.Measured(start, 2);
            var x = new Stages.Numerics.Matrix(2, 6);
            for (int i = 0; i < 2; i++)
            {
                for (int j = 0; j < 6; j++)
                {
                    x[i, j] = part.X[i, j];
                }
            }

            return new Stages.Spectra.SpectralChunk(part.Ids, axis, x, part.Responses, part.Labels);
        }
    }

    private static void AssertUnharmed(HttpWorld world)
    {
        BatchIntakeTests.AssertNothingLeft(world);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
        Assert.DoesNotContain(world.Log.Lines, line => line.StartsWith("1202 ", StringComparison.Ordinal));
        Assert.False(world.Daemon.Sight.Disk.IsFull);
    }
}
