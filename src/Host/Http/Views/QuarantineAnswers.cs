using Pipeline.Engine.Identity;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Service;
using Pipeline.Host.State;

namespace Pipeline.Host.Http.Views;

/// <summary>Answers about quarantine.</summary>
/// <remarks>Only datasets of this daemon are shown, as everywhere.</remarks>
internal sealed class QuarantineAnswers(DaemonSight sight)
{
    /// <summary>What a cursor looks like: dataset and digest of the last item.</summary>
    public const string CursorPattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}[.][0-9a-f]{64}$";

    /// <summary>All entries in the order of dataset and digest.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        string[] after = request.Find(ApiRoutes.AfterName)?.Split('.') ?? ["", ""];
        _ = Fingerprint.TryParse(after[1], out Fingerprint digest);
        string dataset = after[0];
        int limit = request.Limit(ApiRoutes.PageItems);
        List<QuarantineRow> rows = [];
        while (rows.Count <= limit)
        {
            // Rows of datasets that the daemon no longer has are passed over.
            List<QuarantineRow> more = QuarantineRow.Page(sight.State, dataset, digest, limit + 1);
            rows.AddRange(more.Where(row => sight.Stores.ContainsKey(row.Dataset)));
            if (more.Count <= limit)
            {
                break;
            }

            (dataset, digest) = (more[^1].Dataset, more[^1].Digest);
        }

        Page<QuarantineRow> page = Page<QuarantineRow>.Of([.. rows.Take(limit + 1)], limit, row => $"{row.Dataset}.{row.Digest}");
        return new ApiAnswer.Json(new Page<QuarantineView>([.. page.Items.Select(View)], page.Next));
    }

    /// <summary>One entry.</summary>
    public ApiAnswer One(ApiRequest request)
    {
        List<QuarantineRow> rows = Find(request);
        return rows.Count == 0
            ? Missing(request)
            : new ApiAnswer.Json(new QuarantinedBytesView(rows[0].Digest.ToString(), rows[0].LengthBytes, [.. rows.Select(View)]));
    }

    /// <summary>The bytes of an entry, to be kept and not shown: they are anybody's.</summary>
    public ApiAnswer Bytes(ApiRequest request)
    {
        List<QuarantineRow> rows = Find(request);
        return rows.Count == 0
            ? Missing(request)
            : new ApiAnswer.Bytes(sight.Stores[rows[0].Dataset].Quarantine.OpenBytes(rows[0].Digest), request.Offer.ContentType, $"{rows[0].Digest}.bin");
    }

    private List<QuarantineRow> Find(ApiRequest request) =>
        Fingerprint.TryParse(request["digest"], out Fingerprint digest)
            ? [.. QuarantineRow.Find(sight.State, digest).Where(row => sight.Stores.ContainsKey(row.Dataset))]
            : [];

    private ApiAnswer Missing(ApiRequest request)
    {
        int count = sight.Stores.Values.Sum((DatasetStore store) => store.Quarantine.Count);
        return ApiAnswer.NotFound(
            $"There is nothing with the digest '{request["digest"]}' in quarantine; there are {count} entries, listed at '/v1/quarantine'.");
    }

    private static QuarantineView View(QuarantineRow row) =>
        new(row.Digest.ToString(), row.Dataset, row.Path, row.Time, row.Message, row.Reader, row.LengthBytes);
}
