using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Http.Tables;
using Pipeline.Host.Service;
using Pipeline.Host.State;
using Pipeline.Host.Tests.Http.Api;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Host.Tests.Http.Tables;

/// <summary>Tables of results in all their forms, and spectra that are sent to be predicted.</summary>
public class PredictionRoutesTests(ServedDemo demo) : IClassFixture<ServedDemo>
{
    [Fact]
    public void Rows_QuotesCommasAndLineEnds_AreCells()
    {
        string[][] expected = [["a", "b"], ["1,2", "say \"x\"\nthen"], ["", ""]];
        Assert.Equal(expected, [.. ResultTable.Rows(new StringReader("a,b\r\n\"1,2\",\"say \"\"x\"\"\nthen\"\n,\n"))]);
    }

    [Fact]
    public async Task Leaderboard_AsArrow_HasTheTextsCellsWithTypes()
    {
        string[][] rows = [.. ResultTable.Rows(new StringReader(await File.ReadAllTextAsync(Path.Combine(demo.Results, "leaderboard.csv"))))];
        foreach (string path in (string[])["/v1/studies/protein/leaderboard", "/v1/runs/1/leaderboard"])
        {
            RecordBatch batch = await ArrowAsync(path);
            Assert.Equal(rows[0], batch.Schema.FieldsList.Select(field => field.Name));
            Assert.Equal(rows.Length - 1, batch.Length);
            var rank = (Int32Array)batch.Column("rank");
            var rmsecv = (DoubleArray)batch.Column("rmsecv");
            var within = (BooleanArray)batch.Column("within_one_se");
            var key = (StringArray)batch.Column("key");
            for (int i = 0; i < batch.Length; i++)
            {
                string Cell(string name) => rows[i + 1][System.Array.IndexOf(rows[0], name)];
                Assert.Equal(Cell("rank"), $"{rank.GetValue(i)}");
                Assert.Equal(ResultTable.Number(Cell("rmsecv")), rmsecv.GetValue(i));
                Assert.Equal(Cell("within_one_se") == "true", within.GetValue(i));
                Assert.Equal(Cell("key"), key.GetString(i));
            }
        }
    }

    [Theory]
    [InlineData("/v1/runs/1/predictions", "text/csv", "predictions.csv")]
    [InlineData("/v1/runs/1/predictions", ResultTable.FileMediaType, "predictions.arrow")]
    [InlineData("/v1/runs/1/leaderboard", ResultTable.FileMediaType, "leaderboard.arrow")]
    [InlineData("/v1/studies/protein/leaderboard", ResultTable.FileMediaType, "leaderboard.arrow")]
    [InlineData("/v1/runs/1/provenance", "application/json", "provenance.json")]
    public async Task Files_OfARun_ComeAsTheyLieThere(string path, string mediaType, string file)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(mediaType);
        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(mediaType, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(demo.Results, file)), await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task RunPredictions_AsArrowStream_HaveTheFilesBatchesAndNotes()
    {
        RecordBatch batch = await ArrowAsync("/v1/runs/1/predictions");
        using var reader = new ArrowFileReader(new MemoryStream(await File.ReadAllBytesAsync(Path.Combine(demo.Results, "predictions.arrow"))));
        RecordBatch file = (await reader.ReadNextRecordBatchAsync())!;
        Assert.Equal(file.Schema.FieldsList.Select(field => field.Name), batch.Schema.FieldsList.Select(field => field.Name));
        Assert.Equal("protein", batch.Schema.Metadata!["pipeline.response"]);
        Assert.Equal(((DoubleArray)file.Column("rank_1")).Values.ToArray(), ((DoubleArray)batch.Column("rank_1")).Values.ToArray());
    }

    [Fact]
    public async Task Provenance_OfADaemonsRun_NamesEverySource()
    {
        JsonNode found = JsonNode.Parse(await AskAsync("/v1/runs/1/provenance", "application/json"))!;
        JsonNode run = JsonNode.Parse(await AskAsync("/v1/runs/1", "application/json"))!;
        Assert.Equal("/v1/runs/1/provenance", run["provenanceDocument"]!.GetValue<string>());
        Assert.Equal(run["provenance"]!["key"]!.GetValue<string>(), found["run"]!.GetValue<string>());
        JsonArray files = found["inputs"]!["files"]!.AsArray();
        Assert.Equal(3, files.Count);
        Assert.All(files, file => Assert.Equal("source", file!["role"]!.GetValue<string>()));
        Assert.Contains(files, file => file!["path"]!.GetValue<string>().EndsWith("references.csv", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Predictions_InEveryForm_AreThoseOfTheFile()
    {
        string text = await AskAsync("/v1/predictions/protein", "text/csv");
        string[][] rows = [.. ResultTable.Rows(new StringReader(text))];
        Assert.Equal(31, rows.Length);
        JsonArray samples = JsonNode.Parse(await AskAsync("/v1/predictions/protein", "application/json"))!["samples"]!.AsArray();
        RecordBatch batch = await ArrowAsync("/v1/predictions/protein");
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(rows[i + 1][0], samples[i]!["sampleId"]!.GetValue<string>());
            Assert.Equal(ResultTable.Number(rows[i + 1][1]), samples[i]!["value"]!.GetValue<double>());
            Assert.Equal(ResultTable.Number(rows[i + 1][1]), ((DoubleArray)batch.Column("value")).GetValue(i));
        }

        using HttpResponseMessage none = await demo.Client.GetAsync("/v1/predictions/protien");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Predict_SpectraThatAreSent_AreAsTheDaemonPredictsThem()
    {
        using var bytes = new MemoryStream();
        ArrowSpectraWriter.Write(demo.World.Demo.Measured(60, 30), bytes);
        using HttpResponseMessage answer = await SendAsync(bytes.ToArray());
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string[] expected = (await AskAsync("/v1/predictions/protein", "text/csv")).Split('\n');
        string[] found = (await answer.Content.ReadAsStringAsync()).Split('\n');
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        Assert.All(demo.World.Daemon.Sight.Shares, share => Assert.Equal((share.Name, 0), (share.Name, share.Budget.ReservedBytes)));
    }

    [Theory]
    [InlineData("no Arrow at all", 422)]
    [InlineData("", 422)]
    public async Task Predict_WhatIsNoSpectra_IsRefused(string body, int status)
    {
        using HttpResponseMessage answer = await SendAsync(System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Predict_AxisThatIsNotTheModels_SaysWhatIsMissing()
    {
        using var bytes = new MemoryStream();
        ArrowSpectraWriter.Write(TestChunks.Make(3, 5, seed: 1), bytes);
        using HttpResponseMessage answer = await SendAsync(bytes.ToArray());
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("The model ", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Predictions_AsJson_ComeAsTheyAreRead()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/predictions/protein");
        request.Headers.Accept.ParseAdd("application/json");
        using HttpResponseMessage answer = await demo.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Null(answer.Content.Headers.ContentLength);
        Assert.Equal(30, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["samples"]!.AsArray().Count);
    }

    [Fact]
    public async Task Predict_SenderThatIsSlow_HoldsLittleMemory()
    {
        MemoryBudget arrivals = demo.World.Daemon.Sight.Arrivals;
        using (TcpClient slow = await demo.World.ConnectAsync())
        {
            await slow.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(
                $"POST /v1/predictions/protein HTTP/1.1\r\nHost: {demo.World.Server.Address.Authority}\r\nContent-Type: {ResultTable.MediaType}\r\n"
                + "Content-Length: 1000000\r\n\r\nsome"));
            await UntilAsync(() => arrivals.ReservedBytes > 0);
            Assert.InRange(arrivals.ReservedBytes, 1, DaemonMemory.CopiesPerFile * (256 << 10));
        }

        await UntilAsync(() => arrivals.ReservedBytes == 0);
    }

    [Fact]
    public async Task Predict_ModelThatCannotBeRead_IsNotTheClientsFault()
    {
        string folder = Path.Combine(
            demo.World.Daemon.Sight.DataPath, "studies", "protein", StudyRow.Read(demo.World.Daemon.Sight.State, "protein").ModelFolder);
        Directory.Move(folder, folder + ".away");
        try
        {
            using HttpResponseMessage answer = await SendAsync([]);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }
        finally
        {
            Directory.Move(folder + ".away", folder);
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(HttpWorld.Patience);
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(byte[] bytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/predictions/protein") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(ResultTable.MediaType);
        request.Headers.Accept.ParseAdd("text/csv");
        return await demo.Client.SendAsync(request);
    }

    private async Task<string> AskAsync(string path, string mediaType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(mediaType);
        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<RecordBatch> ArrowAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(ResultTable.MediaType);
        using HttpResponseMessage answer = await demo.Client.SendAsync(request);
        Assert.Equal(ResultTable.MediaType, answer.Content.Headers.ContentType!.MediaType);
        using var reader = new ArrowStreamReader(new MemoryStream(await answer.Content.ReadAsByteArrayAsync()));
        RecordBatch batch = (await reader.ReadNextRecordBatchAsync())!;
        Assert.Null(await reader.ReadNextRecordBatchAsync());
        return batch;
    }
}
