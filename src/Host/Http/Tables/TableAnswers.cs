using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Results;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Tables;

/// <summary>Sends tables from the folders of runs as they lie there; as an Arrow stream, batch by batch from the Arrow file.</summary>
internal static class TableAnswers
{
    /// <summary>A table in a folder below the data folder.</summary>
    /// <param name="sight">The daemon.</param>
    /// <param name="request">Which form is wanted.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="table">The table's name, without ending.</param>
    /// <param name="whose">Whose it is, for messages.</param>
    public static ApiAnswer Of(DaemonSight sight, ApiRequest request, string folder, string table, string whose)
    {
        string ending = request.Offer.MediaType switch
        {
            ApiOffer.Json => ResultFiles.JsonEnding,
            ResultTable.MediaType or ResultTable.FileMediaType => ResultFiles.ArrowEnding,
            _ => ResultFiles.TextEnding,
        };
        string path = Path.Combine(sight.DataPath, folder, table + ending);

        // Somebody may have removed the file, which is not the disk's fault; runs of earlier versions lack some.
        try
        {
            if (request.Offer.MediaType != ResultTable.MediaType)
            {
                return new ApiAnswer.Bytes(sight.Storage.OpenRead(path), request.Offer.ContentType, DownloadName: null);
            }

            return sight.Storage.Stamp(path) is null ? Gone() : new ApiAnswer.Streamed(request.Offer.ContentType, async (target, cancellation) =>
            {
                using Stream file = sight.Storage.OpenRead(path);
                await ResultTable.CopyArrowAsync(file, target, cancellation);
            });
        }
        catch (StageException) when (sight.Storage.Stamp(path) is null)
        {
            return Gone();
        }

        ApiAnswer Gone() => ApiAnswer.NotFound($"There is no table '{table}' of {whose} at '{path}'. The next run writes it.");
    }
}
