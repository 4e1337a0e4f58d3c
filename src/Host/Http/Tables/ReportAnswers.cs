using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Results;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Tables;

/// <summary>Sends reports from the folders of runs, as they lie there.</summary>
internal static class ReportAnswers
{
    private const string ContentType = "text/html; charset=utf-8";

    // The page brings its own style and needs nothing else; the names in it were written by anybody.
    private const string Policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

    /// <summary>The form of a report.</summary>
    public static ImmutableArray<ApiOffer> Offers { get; } = [new ApiOffer(ContentType, null, "The report, one page that needs no other file.")];

    /// <summary>The report in a folder below the data folder.</summary>
    /// <param name="sight">The daemon.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="whose">Whose it is, for messages.</param>
    public static ApiAnswer Of(DaemonSight sight, string folder, string whose)
    {
        string path = Path.Combine(sight.DataPath, folder, ResultFiles.ReportName);

        // Somebody may have removed the file, which is not the disk's fault; runs of earlier versions have none.
        try
        {
            return new ApiAnswer.Bytes(sight.Storage.OpenRead(path), ContentType, DownloadName: null)
            {
                Headers = [("Content-Security-Policy", Policy)],
            };
        }
        catch (StageException) when (sight.Storage.Stamp(path) is null)
        {
            return ApiAnswer.NotFound($"There is no report of {whose} at '{path}'. The next run writes one.");
        }
    }
}
