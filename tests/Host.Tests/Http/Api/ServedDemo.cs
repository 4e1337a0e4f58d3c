using System.Text.Json.Nodes;
using Pipeline.Host.Datasets;
using Pipeline.Host.Service;
using Xunit;

namespace Pipeline.Host.Tests.Http.Api;

/// <summary>A daemon that has taken everything a small laboratory gave, shared by tests that only look.</summary>
public sealed class ServedDemo : IAsyncLifetime
{
    private HttpWorld? _world;

    internal HttpWorld World => _world!;

    public HttpClient Client => World.Client;

    /// <summary>The OpenAPI document as it is served.</summary>
    public JsonNode Document { get; private set; } = new JsonObject();

    /// <summary>Where the results of the study lie.</summary>
    public string Results { get; private set; } = "";

    /// <summary>Digests of what is in quarantine.</summary>
    public IReadOnlyList<string> Quarantined { get; private set; } = [];

    public async Task InitializeAsync()
    {
        _world = await HttpWorld.OpenAsync();
        Task running = _world.Run();
        _world.Laboratory.DropArrow("first.arrow", _world.Demo.Measured(0, 30));
        _world.Laboratory.DropText("second.csv", _world.Demo.Measured(30, 30));
        for (int i = 0; i < 3; i++)
        {
            string bad = _world.Laboratory.PathOf($"bad-{i}.csv");
            await File.WriteAllTextAsync(bad, $"id,1100 nm,1110 nm,1120 nm\nA{i},1,2\n");
            await _world.Laboratory.WaitAsync<DaemonEvent.SourceIngested>(
                one => one.Outcome.Kind == IngestKind.Quarantined && one.Outcome.Path == bad, running, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        }

        _world.Laboratory.DropReferences("references.csv");
        var completed = await _world.Laboratory.WaitAsync<DaemonEvent.StudyCompleted>(_ => true, running, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        _world.Laboratory.DropArrow("third.arrow", _world.Demo.Measured(60, 30));
        await _world.Laboratory.WaitAsync<DaemonEvent.SpectraPredicted>(_ => true, running, CancellationToken.None).WaitAsync(HttpWorld.Patience);
        Results = completed.Folder;
        Quarantined = [.. _world.Daemon.Sight.Stores["wheat"].Quarantine.List().Select(one => one.Digest)];
        Document = JsonNode.Parse(await Client.GetStringAsync("/v1/openapi.json"))!;
    }

    public async Task DisposeAsync() => await World.DisposeAsync();

    /// <summary>A path of a route, with names of things that exist.</summary>
    public string Filled(string pattern) => pattern
        .Replace(
            "{name}",
            pattern.StartsWith("/v1/studies", StringComparison.Ordinal) || pattern.StartsWith("/v1/predictions", StringComparison.Ordinal)
                ? "protein" : "wheat",
            StringComparison.Ordinal)
        .Replace("{id}", "1", StringComparison.Ordinal)
        .Replace("{digest}", Quarantined[0], StringComparison.Ordinal);
}
