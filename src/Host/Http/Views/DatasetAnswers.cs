using System.Runtime.CompilerServices;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Service;
using Pipeline.Stages.Spectra;

namespace Pipeline.Host.Http.Views;

/// <summary>Answers about datasets.</summary>
/// <remarks>What a manifest comes to is computed once for each, however often it is asked for. Safe for all threads.</remarks>
internal sealed class DatasetAnswers(DaemonSight sight)
{
    private readonly ConditionalWeakTable<DatasetManifest, DatasetView> _known = [];

    // A large dataset is joined by one request at a time; the others wait for what it finds.
    private readonly Lock _joining = new();

    /// <summary>All datasets.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        Page<DatasetStore> stores = request.PageOf(sight.Stores.Values, store => store.Manifest.Name);
        return new ApiAnswer.Json(new Page<DatasetView>([.. stores.Items.Select(View)], stores.Next));
    }

    /// <summary>One dataset.</summary>
    public ApiAnswer One(ApiRequest request) =>
        sight.Stores.TryGetValue(request["name"], out DatasetStore? store) ? new ApiAnswer.Json(View(store)) : Missing(request["name"]);

    /// <summary>The sources of a dataset.</summary>
    public ApiAnswer Sources(ApiRequest request)
    {
        if (!sight.Stores.TryGetValue(request["name"], out DatasetStore? store))
        {
            return Missing(request["name"]);
        }

        DatasetManifest manifest = store.Manifest;
        IEnumerable<(DatasetSource Source, string Kind, int Samples)> sources =
            manifest.Chunks.Select(chunk => (chunk.Source, "spectra", chunk.Ids.Length))
                .Concat(manifest.References.Select(table => (table.Source, "references", table.Ids.Length)));
        Page<(DatasetSource Source, string Kind, int Samples)> page = request.PageOf(sources, one => one.Source.Digest.ToString());
        return new ApiAnswer.Json(new Page<SourceView>(
            [
                .. page.Items.Select(one => new SourceView(
                    one.Source.Digest.ToString(), one.Kind, one.Source.Path, one.Source.Aliases, one.Source.Reader, one.Source.LengthBytes, one.Samples)),
            ],
            page.Next));
    }

    /// <summary>One dataset as clients see it.</summary>
    public DatasetView View(DatasetStore store)
    {
        lock (_joining)
        {
            return _known.GetValue(store.Manifest, Of) with { Quarantined = store.Quarantine.Count };
        }
    }

    private static DatasetView Of(DatasetManifest manifest)
    {
        DatasetJoin join = Dataset.Join(manifest);
        return new DatasetView(
            manifest.Name,
            manifest.Axis is { } axis ? new AxisView(axis.UnitSymbol, axis.Positions[0], axis.Positions[^1], axis.Count) : null,
            join.Ids.Length,
            join.KnownCount,
            [.. join.Responses.Select(response => new ResponseView(response.Name, response.Values.Count(value => !double.IsNaN(value))))],
            manifest.Labels,
            manifest.Chunks.Length + manifest.References.Length,
            Quarantined: 0);
    }

    private ApiAnswer Missing(string name) => ApiAnswer.NotFound(Names.Missing("dataset", name, sight.Stores.Keys));
}
