using System.Collections.Immutable;
using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Results;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Tables;

/// <summary>Sends documents of provenance from the folders of runs, as they lie there.</summary>
internal static class ProvenanceAnswers
{
    /// <summary>The form of a document.</summary>
    public static ImmutableArray<ApiOffer> Offers { get; } = [new ApiOffer(ApiOffer.Json, null, "The document, as it lies beside the results.")];

    /// <summary>The document in a folder below the data folder.</summary>
    /// <param name="sight">The daemon.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="whose">Whose it is, for messages.</param>
    public static ApiAnswer Of(DaemonSight sight, string folder, string whose)
    {
        string path = Path.Combine(sight.DataPath, folder, ResultFiles.ProvenanceName);

        // Somebody may have removed the file, which is not the disk's fault; runs of earlier versions have none.
        try
        {
            return new ApiAnswer.Bytes(sight.Storage.OpenRead(path), ApiOffer.Json, DownloadName: null);
        }
        catch (StageException) when (sight.Storage.Stamp(path) is null)
        {
            return ApiAnswer.NotFound($"There is no provenance of {whose} at '{path}'. The next run writes it.");
        }
    }
}
