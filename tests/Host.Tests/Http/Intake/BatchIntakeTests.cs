using System.Net;
using System.Text.Json.Nodes;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Configuration;
using Pipeline.Host.Service;
using Pipeline.Host.State;
using Pipeline.Host.Tests.Http.Api;
using Pipeline.Stages.Spectra;
using Xunit;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Record batches over HTTP, from honest clients.</summary>
public sealed class BatchIntakeTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Batches_InEveryForm_AreAcknowledgedOnceTheyAreIn(bool isLines, bool isChunked)
    {
        await using HttpWorld world = await OpenAsync();
        SpectralChunk[] chunks = Chunks(world, 3);
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks), isLines: isLines, isChunked: isChunked));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonNode[] acks = await AcksAsync(answer);
        Assert.Equal([1, 2, 3], acks.Select(ack => ack["batch"]!.GetValue<int>()));
        Assert.All(acks, ack => Assert.Equal(("spectra", 10), (ack["outcome"]!.GetValue<string>(), ack["newSamples"]!.GetValue<int>())));
        DatasetManifest manifest = Manifest(world);
        Assert.Equal(acks.Select(ack => ack["digest"]!.GetValue<string>()), manifest.Chunks.Select(chunk => chunk.Source.Digest.ToString()));
        Assert.Equal(chunks.SelectMany(chunk => chunk.Ids), manifest.Chunks.SelectMany(chunk => chunk.Ids));
        Assert.Equal(chunks.Select(DatasetDigests.Of), manifest.Chunks.Select(chunk => chunk.Digest));
        AssertNothingLeft(world);
    }

    [Fact]
    public async Task Batches_AnswerIsAsTheDocumentSays()
    {
        await using HttpWorld world = await OpenAsync();
        JsonNode document = JsonNode.Parse(await world.Client.GetStringAsync("/v1/openapi.json"))!;
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(Chunks(world, 2))));
        JsonNode? schema = document["paths"]!["/v1/datasets/{name}/batches"]!["post"]!["responses"]!["200"]!["content"]!["application/json"]!["schema"];
        Assert.Equal([], SchemaCheck.Findings(document, schema, JsonNode.Parse(await answer.Content.ReadAsStringAsync())));
        using HttpResponseMessage refused = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(Chunks(world, 1)[0], Spoilt(world))));
        Assert.Equal(
            [],
            SchemaCheck.Findings(document, document["components"]!["schemas"]!["Problem"], JsonNode.Parse(await refused.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task SameContent_HoweverItComes_IsOneSource()
    {
        // Aim: the digest names the content. Method: the same batches in one stream and in two, plain and compressed.
        await using HttpWorld world = await OpenAsync();
        SpectralChunk[] chunks = Chunks(world, 2);
        string[] digests = await DigestsAsync(world, ArrowBody.Of(chunks));
        string[] again = [.. await DigestsAsync(world, ArrowBody.Of(chunks[0])), .. await DigestsAsync(world, ArrowBody.Of(chunks[1]))];
        Assert.Equal(digests, again);
        Assert.Equal(digests, await DigestsAsync(world, ArrowBody.Of(ArrowBody.Compressed, chunks)));
        Assert.Equal(digests, await DigestsAsync(world, ArrowBody.Of(new() { WriteLegacyIpcFormat = true }, chunks)));
        Assert.Equal(2, Manifest(world).Chunks.Length);
        using HttpResponseMessage known = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks)));
        Assert.All(await AcksAsync(known), ack => Assert.Equal("known", ack["outcome"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RefusedBatch_NamesBatchRowAndColumn_AndThoseBeforeItAreIn(bool isLines)
    {
        await using HttpWorld world = await OpenAsync();
        SpectralChunk first = Chunks(world, 1)[0];
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(first, Spoilt(world)), isLines: isLines));
        JsonNode problem;
        if (isLines)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            JsonNode[] lines =
            [
                .. (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!),
            ];
            Assert.Equal(2, lines.Length);
            Assert.Equal("spectra", lines[0]["outcome"]!.GetValue<string>());
            problem = lines[1]["problem"]!;
        }
        else
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            Assert.Equal(1, Assert.Single(problem["acknowledged"]!.AsArray())!["batch"]!.GetValue<int>());
        }

        Assert.Equal((422, 2, 4), (problem["status"]!.GetValue<int>(), problem["batch"]!.GetValue<int>(), problem["row"]!.GetValue<int>()));
        Assert.Equal(SpectralAxis.Format(first.Axis.Positions[7]), problem["column"]!.GetValue<string>());
        Assert.Contains(
            "expected a finite number, found null",
            problem["detail"]!.GetValue<string>().Replace("NaN", "null", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Single(Manifest(world).Chunks);
        Assert.Equal(0, world.Daemon.Sight.Stores["wheat"].Quarantine.Count);
        AssertNothingLeft(world);
    }

    [Fact]
    public async Task RefusedBatch_BeforeAnyIsIn_IsAStatusAlsoForLines()
    {
        await using HttpWorld world = await OpenAsync();
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(Spoilt(world)), isLines: true));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(Manifest(world).Chunks);
    }

    [Fact]
    public async Task Sample_WithAnotherSpectrum_IsRefusedWithItsRow()
    {
        await using HttpWorld world = await OpenAsync();
        SpectralChunk chunk = Chunks(world, 1)[0];
        (await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunk)))).EnsureSuccessStatusCode();
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(ArrowBody.With(chunk, 2, 0, 9))));
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((422, 1, 3), (problem["status"]!.GetValue<int>(), problem["batch"]!.GetValue<int>(), problem["row"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Key_SameBatchesAgain_GiveTheSameAcknowledgements()
    {
        await using HttpWorld world = await OpenAsync();
        byte[] body = ArrowBody.Of(Chunks(world, 2));
        using HttpResponseMessage first = await world.Client.SendAsync(ArrowBody.Request(body, key: "delivery-1"));
        using HttpResponseMessage again = await world.Client.SendAsync(ArrowBody.Request(body, key: "delivery-1"));
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        using HttpResponseMessage lines = await world.Client.SendAsync(ArrowBody.Request(body, key: "delivery-1", isLines: true));
        Assert.Equal("true", lines.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.All(await AcksAsync(lines), ack => Assert.Equal("spectra", ack["outcome"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Key_OtherBatches_AreRefusedWithTheFirstThatDiffers()
    {
        await using HttpWorld world = await OpenAsync();
        SpectralChunk[] chunks = Chunks(world, 3);
        (await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks[0], chunks[1]), key: "k"))).EnsureSuccessStatusCode();
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks[0], chunks[2]), key: "k"));
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((422, 2), (problem["status"]!.GetValue<int>(), problem["batch"]!.GetValue<int>()));
        Assert.Equal(2, Manifest(world).Chunks.Length);
    }

    [Fact]
    public async Task Key_DeliveryThatBroke_IsTakenUpWhereItBroke()
    {
        await using HttpWorld world = await OpenAsync();
        SpectralChunk[] chunks = Chunks(world, 3);
        (await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks[..2]), key: "k"))).EnsureSuccessStatusCode();
        using HttpResponseMessage rest = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks), key: "k"));
        Assert.Equal([1, 2, 3], (await AcksAsync(rest)).Select(ack => ack["batch"]!.GetValue<int>()));
        Assert.Equal(3, Manifest(world).Chunks.Length);
    }

    [Fact]
    public async Task Key_TwoRequestsAtTheSameTime_TheSecondIsToldSo()
    {
        await using HttpWorld world = await OpenAsync();
        byte[] body = ArrowBody.Of(Chunks(world, 1));
        using var gate = new GatedContent(body);
        using HttpRequestMessage slow = ArrowBody.Request(body, key: "k");
        slow.Content = gate;
        slow.Content.Headers.ContentType = new(ArrowBody.MediaType);
        Task<HttpResponseMessage> first = world.Client.SendAsync(slow);
        await gate.Begun.WaitAsync(HttpWorld.Patience);
        HttpStatusCode second = HttpStatusCode.OK;
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        while (second != HttpStatusCode.Conflict)
        {
            // The first has been sent; the listener may not have looked at it yet.
            patience.Token.ThrowIfCancellationRequested();
            using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request([], key: "k"));
            second = answer.StatusCode;
        }

        gate.Open();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await world.Client.SendAsync(ArrowBody.Request(body, key: "k"))).StatusCode);
    }

    [Fact]
    public async Task Delivered_BeyondTheCeiling_ForgetsTheOldest()
    {
        await using HttpWorld world = await OpenAsync();
        var row = new DeliveredRow(Engine.Identity.Fingerprint.OfBytes([1]), "{}");
        await row.WriteAsync(world.Daemon.Sight.State, "wheat", "old", 1);
        await world.Daemon.Sight.State.CommitAsync(transaction => transaction.Execute(
            "UPDATE sqlite_sequence SET seq = seq + $1 WHERE name = 'delivered'", (long)DeliveredRow.RowsMax));
        await row.WriteAsync(world.Daemon.Sight.State, "wheat", "new", 1);
        Assert.Null(DeliveredRow.Find(world.Daemon.Sight.State, "wheat", "old", 1));
        Assert.Equal(row, DeliveredRow.Find(world.Daemon.Sight.State, "wheat", "new", 1));
    }

    [Fact]
    public async Task Memory_UsedUp_IsWaitedForAndThenRefusedWithATime()
    {
        await using HttpWorld world = await OpenAsync();
        MemoryBudget arrivals = world.Daemon.Sight.Arrivals;
        using MemoryLease all = await arrivals.ReserveAsync(arrivals.CapacityBytes, CancellationToken.None);
        byte[] body = ArrowBody.Of(Chunks(world, 1));
        using HttpResponseMessage refused = await world.Client.SendAsync(ArrowBody.Request(body));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Task<HttpResponseMessage> waiting = world.Client.SendAsync(ArrowBody.Request(body));
        while (arrivals.WaitingCount == 0)
        {
            await Task.Yield();
        }

        all.Dispose();
        Assert.Equal(HttpStatusCode.OK, (await waiting).StatusCode);
        Assert.Equal(0, arrivals.ReservedBytes);
    }

    [Fact]
    public async Task Batch_LongerThanAFileMayBe_IsRefusedAndItsMemoryComesBack()
    {
        await using HttpWorld world = await OpenAsync(process: PipelineOptions.Default with { MemoryBytes = 64 << 20 });
        long most = world.Daemon.Sight.Intake.BytesMax;
        SpectralChunk chunk = world.Demo.Measured(0, 60);
        int copies = (int)(most / (chunk.X.Values.Length * sizeof(double))) + 1;
        var x = chunk.X.SelectRows([.. Enumerable.Range(0, copies * 60).Select(i => i % 60)]);
        var large = new SpectralChunk([.. Enumerable.Range(0, copies * 60).Select(i => $"L{i}")], chunk.Axis, x, [], []);
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(large)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("smaller batches", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
        Assert.Empty(Manifest(world).Chunks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stream_LongerThanTheRouteTakes_IsRefused(bool isChunked)
    {
        await using HttpWorld world = await OpenAsync(HttpWorld.Options with { UploadBytesMax = 100_000 });
        SpectralChunk[] chunks = Chunks(world, 3);
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(chunks), isChunked: isChunked));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Batches_MoreThanTheLimit_AreRefusedWithWhatWasTaken()
    {
        await using HttpWorld world = await OpenAsync(HttpWorld.Options with { Limits = Host.Http.HttpLimits.Default with { BatchesMax = 2 } });
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(Chunks(world, 3))));
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((413, 3, 2), (problem["status"]!.GetValue<int>(), problem["batch"]!.GetValue<int>(), problem["acknowledged"]!.AsArray().Count));
    }

    [Fact]
    public async Task FileForm_IsRefusedWithAHint()
    {
        await using HttpWorld world = await OpenAsync();
        using var bytes = new MemoryStream();
        Stages.Spectra.Readers.ArrowSpectraWriter.Write(Chunks(world, 1)[0], bytes);
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(bytes.ToArray()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("stream writer", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dataset_ThatIsNot_IsNotFoundWithTheNearest()
    {
        await using HttpWorld world = await OpenAsync();
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request([], dataset: "weat"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("Did you mean 'wheat'?", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DiskFull_IsRefusedWithATime()
    {
        await using HttpWorld world = await OpenAsync(process: PipelineOptions.Default with { DiskReserveBytes = long.MaxValue / 4 });
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(ArrowBody.Of(Chunks(world, 1))));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("disk", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drain_InTheMiddleOfAStream_KeepsWhatWasAcknowledgedAndEndsWithAProblem(bool isLines)
    {
        await using HttpWorld world = await OpenAsync();
        using var drain = new Drain(TimeSpan.FromSeconds(30), TimeProvider.System);
        Task running = world.Run(drain);
        byte[] body = ArrowBody.Of(Chunks(world, 2));
        using var gate = new GatedContent(body);
        using HttpRequestMessage request = ArrowBody.Request(body, isLines: isLines);
        request.Content = gate;
        request.Content.Headers.ContentType = new(ArrowBody.MediaType);
        Task<HttpResponseMessage> sending = world.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        while (Manifest(world).Chunks.IsEmpty)
        {
            await Task.Delay(10);
        }

        drain.Begin();
        await running.WaitAsync(HttpWorld.Patience);
        gate.Open();
        using HttpResponseMessage answer = await sending;
        string text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(isLines ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("stopping", text, StringComparison.Ordinal);
        Assert.Contains(Manifest(world).Chunks[0].Source.Digest.ToString(), text, StringComparison.Ordinal);
        Assert.Single(Manifest(world).Chunks);
        Assert.Empty(drain.CutOff);
    }

    [Fact]
    public async Task Meters_CountRequestsByRouteAndRefusalsByStatus()
    {
        await using HttpWorld world = await OpenAsync();
        byte[] body = ArrowBody.Of(Chunks(world, 1));
        (await world.Client.SendAsync(ArrowBody.Request(body))).EnsureSuccessStatusCode();
        await world.Client.SendAsync(ArrowBody.Request(body, dataset: "weat"));
        await world.Client.GetAsync("/nothing");
        string metrics = await world.Client.GetStringAsync("/metrics");
        Assert.Contains("pipeline_http_requests_total{class=\"2xx\",route=\"/v1/datasets/{name}/batches\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("pipeline_http_requests_total{class=\"4xx\",route=\"none\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("pipeline_http_refused_total{status=\"404\"} 2\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"pipeline_http_bytes_total{{direction=\"in\"}} {body.Length}\n", metrics, StringComparison.Ordinal);
    }

    internal static Task<HttpWorld> OpenAsync(HttpOptions? options = null, PipelineOptions? process = null) =>
        HttpWorld.OpenAsync(options, process, change: all => all with { Folders = [], Datasets = ["wheat"] });

    internal static SpectralChunk[] Chunks(HttpWorld world, int count) => [.. Enumerable.Range(0, count).Select(i => world.Demo.Measured(10 * i, 10))];

    internal static DatasetManifest Manifest(HttpWorld world) => world.Daemon.Sight.Stores["wheat"].Manifest;

    /// <summary>Only what has joined lies on the disk.</summary>
    internal static void AssertNothingLeft(HttpWorld world)
    {
        string folder = world.Daemon.Sight.Stores["wheat"].Folder;
        Assert.Equal(
            Manifest(world).Sources.Select(source => source.Digest.ToString()).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(folder, "sources")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "quarantine")));
        Assert.Empty(Directory.GetFiles(folder, "*.tmp", SearchOption.AllDirectories));
    }

    private static SpectralChunk Spoilt(HttpWorld world) => ArrowBody.With(world.Demo.Measured(10, 10), 3, 7, double.NaN);

    private static async Task<string[]> DigestsAsync(HttpWorld world, byte[] body)
    {
        using HttpResponseMessage answer = await world.Client.SendAsync(ArrowBody.Request(body));
        return [.. (await AcksAsync(answer)).Select(ack => ack["digest"]!.GetValue<string>())];
    }

    internal static async Task<JsonNode[]> AcksAsync(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return answer.Content.Headers.ContentType!.MediaType == "application/json"
            ? [.. JsonNode.Parse(text)!["acknowledged"]!.AsArray().Select(ack => ack!)]
            : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    /// <summary>A body of which all but the last batch is sent at once, and the rest when it is let go.</summary>
    private sealed class GatedContent(byte[] body) : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Open() => _open.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            int half = (body.Length * 3 / 4) + 1;
            await stream.WriteAsync(body.AsMemory(0, half));
            await stream.FlushAsync();
            _begun.TrySetResult();
            await _open.Task;

            // The other side may have heard enough.
            try
            {
                await stream.WriteAsync(body.AsMemory(half));
            }
            catch (IOException)
            {
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
