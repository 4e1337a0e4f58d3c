using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Engine.Identity;
using Pipeline.Host.Datasets;
using Xunit;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Bytes in quarantine, tried again over HTTP.</summary>
public sealed class QuarantineRetryTests
{
    private const string References = "sample_id,protein\nS000,8\nS001,9\n";

    [Fact]
    public async Task Retry_RefusedAgain_KeepsTheBytesAndTheNewReasonWithItsTime()
    {
        // Method: a column that is a label in the dataset holds numbers; then a reader that does not fit.
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string labels = CommandHarness.Table(response: i => i % 2 == 0 ? "high" : "low");
        await SourceIntakeTests.SendAsync(world, Encoding.UTF8.GetBytes(labels), "t.csv", HttpStatusCode.Created);
        string digest = await QuarantinedAsync(world, References);
        using HttpResponseMessage still = await world.Client.PostAsync($"/v1/quarantine/{digest}/retry", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, still.StatusCode);
        DateTimeOffset before = Entry(world).Time;

        // Another reader gives another reason, which is kept with its time.
        using HttpResponseMessage other = await world.Client.PostAsJsonAsync($"/v1/quarantine/{digest}/retry", new { reader = "arrow" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("arrow", Entry(world).Reader);
        Assert.True(Entry(world).Time >= before);
        Assert.Contains("Arrow", Entry(world).Message, StringComparison.Ordinal);
        Assert.Equal(References, await world.Client.GetStringAsync($"/v1/quarantine/{digest}/bytes"));
    }

    [Fact]
    public async Task Retry_OfBytesThatJoinNow_EmptiesTheListAndKeepsThemAsASource()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string table = CommandHarness.Table();
        string digest = await QuarantinedByReaderAsync(world, table);
        using HttpResponseMessage answer = await world.Client.PostAsJsonAsync($"/v1/quarantine/{digest}/retry", new { dataset = "wheat", reader = "wide-csv" });
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("spectra", JsonNode.Parse(text)!["outcome"]!.GetValue<string>());
        Assert.Empty(world.Daemon.Sight.Stores["wheat"].Quarantine.List());
        Assert.Equal(0, world.Daemon.Sight.Stores["wheat"].Quarantine.Count);
        Assert.Equal(table, await File.ReadAllTextAsync(Path.Combine(world.Daemon.Sight.Stores["wheat"].Folder, "sources", digest)));
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.PostAsync($"/v1/quarantine/{digest}/retry", null)).StatusCode);
    }

    [Theory]
    [InlineData("""{ "reader": "wide-cvs" }""", "Did you mean 'wide-csv'?")]
    [InlineData("""{ "dataset": "weat" }""", "Did you mean 'wheat'?")]
    [InlineData("""{ "readr": "arrow" }""", "readr")]
    [InlineData("""{ "reader": """, "cannot be understood")]
    public async Task Retry_OfSomethingThatIsNot_IsRefusedWithTheNearest(string body, string mention)
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        string digest = await QuarantinedByReaderAsync(world, CommandHarness.Table());
        using HttpResponseMessage answer =
            await world.Client.PostAsync($"/v1/quarantine/{digest}/retry", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(mention, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_OfUnknownBytes_IsNotFound()
    {
        await using HttpWorld world = await BatchIntakeTests.OpenAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await world.Client.PostAsync($"/v1/quarantine/{new string('0', 64)}/retry", null)).StatusCode);
    }

    /// <summary>Puts a table away as one that an earlier program could not read.</summary>
    internal static async Task<string> QuarantinedByReaderAsync(HttpWorld world, string text)
    {
        DatasetStore store = world.Daemon.Sight.Stores["wheat"];
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        StagedSource staged = store.Stage(new MemoryStream(bytes), "/in/table.csv", bytes.Length) with { Reader = "arrow" };
        Assert.Equal(IngestKind.Quarantined, (await store.IngestAsync(staged, mayLose: false, DateTimeOffset.UnixEpoch)).Kind);
        return Fingerprint.OfBytes(bytes).ToString();
    }

    private static async Task<string> QuarantinedAsync(HttpWorld world, string text)
    {
        using HttpResponseMessage answer = await world.Client.PostAsync("/v1/datasets/wheat/sources?name=r.csv", new StringContent(text));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        return Entry(world).Digest;
    }

    private static QuarantineReason Entry(HttpWorld world) => Assert.Single(world.Daemon.Sight.Stores["wheat"].Quarantine.List());
}
