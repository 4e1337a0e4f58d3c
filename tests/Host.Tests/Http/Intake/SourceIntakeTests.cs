using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Datasets;
using Pipeline.Host.Service;
using Pipeline.Host.Tests.Http.Api;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Xunit;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Whole files over HTTP.</summary>
public sealed class SourceIntakeTests
{
    [Fact]
    public async Task Files_OfEveryForm_JoinAndAreKnownTheNextTime()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        SpectralChunk[] chunks = BatchIntakeTests.Chunks(world, 2);
        byte[] arrow = Bytes(stream => ArrowSpectraWriter.Write(chunks[0], stream));
        byte[] text = Bytes(stream => WideCsvWriter.Write(chunks[1], stream));
        byte[] references = Encoding.UTF8.GetBytes(world.Demo.References());
        foreach ((byte[] bytes, string name, string outcome) in
            new[] { (arrow, "a.arrow", "spectra"), (text, "b%20(2).csv", "spectra"), (references, "r.csv", "references") })
        {
            JsonNode first = await SendAsync(world, bytes, name, HttpStatusCode.Created);
            Assert.Equal(outcome, first["outcome"]!.GetValue<string>());
            Assert.Equal("known", (await SendAsync(world, bytes, name, HttpStatusCode.OK))["outcome"]!.GetValue<string>());
            Assert.Equal("alias", (await SendAsync(world, bytes, "other-" + name, HttpStatusCode.OK))["outcome"]!.GetValue<string>());
        }

        Assert.Equal(20 * world.Demo.Spectra.Chunk.Responses.Length, Dataset.Join(BatchIntakeTests.Manifest(world)).KnownCount);
        Assert.Equal(["http:a.arrow", "http:b (2).csv"], BatchIntakeTests.Manifest(world).Chunks.Select(chunk => chunk.Source.Path));
    }

    [Fact]
    public async Task File_WithoutName_IsNamedByItsDigest()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        using HttpResponseMessage answer = await world.Client.PostAsync("/v1/datasets/wheat/sources", new StringContent(CommandHarness.Table()));
        JsonNode outcome = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal($"http:{outcome["digest"]!.GetValue<string>()}", outcome["path"]!.GetValue<string>());
        JsonNode document = JsonNode.Parse(await world.Client.GetStringAsync("/v1/openapi.json"))!;
        JsonNode? schema = document["paths"]!["/v1/datasets/{name}/sources"]!["post"]!["responses"]!["201"]!["content"]!["application/json"]!["schema"];
        Assert.Equal([], SchemaCheck.Findings(document, schema, outcome));
    }

    [Fact]
    public async Task File_CorrectedUnderItsName_TakesThePlaceOfTheEarlier()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        JsonNode first = await SendAsync(world, Encoding.UTF8.GetBytes(CommandHarness.Table()), "t.csv", HttpStatusCode.Created);
        JsonNode second = await SendAsync(
            world, Encoding.UTF8.GetBytes(CommandHarness.Table(response: i => i == 0 ? "99" : null)), "t.csv", HttpStatusCode.Created);
        Assert.Equal(first["digest"]!.GetValue<string>(), second["superseded"]!.GetValue<string>());
    }

    [Fact]
    public async Task BadFile_GoesToQuarantineAndIsToldThenToo()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        byte[] bad = Encoding.UTF8.GetBytes(CommandHarness.Table(cell: (i, j) => (i, j) == (4, 3) ? "n.d." : null));
        using HttpResponseMessage answer = await world.Client.PostAsync("/v1/datasets/wheat/sources?name=bad.csv", new ByteArrayContent(bad));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        JsonNode problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal((5, "1130"), (problem["row"]!.GetValue<int>(), problem["column"]!.GetValue<string>()));
        QuarantineReason kept = Assert.Single(world.Daemon.Sight.Stores["wheat"].Quarantine.List());
        Assert.Equal("http:bad.csv", kept.Path);
        using HttpResponseMessage again = await world.Client.PostAsync("/v1/datasets/wheat/sources?name=bad.csv", new ByteArrayContent(bad));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.StatusCode);
        Assert.Contains(kept.Digest, await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_LongerThanAWatchedOne_IsRefused(bool isChunked)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync(process: Host.Configuration.PipelineOptions.Default with { MemoryBytes = 64 << 20 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/datasets/wheat/sources")
        {
            Content = new ByteArrayContent(new byte[world.Daemon.Sight.Intake.BytesMax + 1]),
        };
        request.Headers.TransferEncodingChunked = isChunked;

        // A client that is still sending when it is refused may see a broken pipe before it sees why.
        request.Headers.ExpectContinue = !isChunked;
        using HttpResponseMessage answer = await world.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(0, world.Daemon.Sight.Arrivals.ReservedBytes);
    }

    [Fact]
    public async Task Memory_UsedUp_IsRefusedWithATime()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        MemoryBudget arrivals = world.Daemon.Sight.Arrivals;
        using MemoryLease all = await arrivals.ReserveAsync(arrivals.CapacityBytes, CancellationToken.None);
        using HttpResponseMessage answer = await world.Client.PostAsync("/v1/datasets/wheat/sources", new StringContent("a,b\n"));
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task BatchesAndReferences_OverHttp_GiveTheLeaderboardOfTheSameDataByFolder()
    {
        // Aim: the way in leaves no trace in the results. Method: the same batches and references, once dropped and once sent.
        await using HttpWorld folder = await HttpWorld.OpenAsync();
        Task watching = folder.Run();
        for (int i = 0; i < 3; i++)
        {
            folder.Laboratory.DropArrow($"{i}.arrow", folder.Demo.Measured(20 * i, 20));
        }

        folder.Laboratory.DropReferences("references.csv");
        var byFolder = await folder.Laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, watching, CancellationToken.None).WaitAsync(HttpWorld.Patience);

        await using HttpWorld sent = await BatchIntakeTests.OpenAsync();
        Task serving = sent.Run();
        (await sent.Client.SendAsync(ArrowBody.Request(ArrowBody.Of([.. Enumerable.Range(0, 3).Select(i => sent.Demo.Measured(20 * i, 20))]))))
            .EnsureSuccessStatusCode();
        await SendAsync(sent, Encoding.UTF8.GetBytes(sent.Demo.References()), "references.csv", HttpStatusCode.Created);
        var byHttp = await sent.Laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, serving, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        Assert.Equal(Path.GetFileName(byFolder.Folder), Path.GetFileName(byHttp.Folder));
        foreach (string file in new[] { "leaderboard.csv", "leaderboard.arrow", "leaderboard.json", "predictions.csv", "predictions.arrow", "report.html" })
        {
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(byFolder.Folder, file)), await File.ReadAllBytesAsync(Path.Combine(byHttp.Folder, file)));
        }
    }

    internal static async Task<JsonNode> SendAsync(HttpWorld world, byte[] bytes, string name, HttpStatusCode expected)
    {
        using HttpResponseMessage answer = await world.Client.PostAsync($"/v1/datasets/wheat/sources?name={name}", new ByteArrayContent(bytes));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static byte[] Bytes(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }
}
