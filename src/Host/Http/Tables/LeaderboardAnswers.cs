using System.Text;
using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Tables;

/// <summary>Sends leaderboards from the folders of runs: JSON and text as they lie there, Arrow made of the text.</summary>
internal static class LeaderboardAnswers
{
    /// <summary>The leaderboard in a folder below the data folder.</summary>
    /// <param name="sight">The daemon.</param>
    /// <param name="request">Which form is wanted.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="whose">Whose it is, for messages.</param>
    public static ApiAnswer Of(DaemonSight sight, ApiRequest request, string folder, string whose)
    {
        bool isJson = request.Offer.MediaType == ApiOffer.Json;
        string path = Path.Combine(sight.DataPath, folder, isJson ? "leaderboard.json" : "leaderboard.csv");

        // Somebody may have removed the file, which is not the disk's fault.
        try
        {
            if (request.Offer.MediaType != ResultTable.MediaType)
            {
                return new ApiAnswer.Bytes(sight.Storage.OpenRead(path), request.Offer.ContentType, DownloadName: null);
            }

            return sight.Storage.Stamp(path) is null ? Gone() : new ApiAnswer.Streamed(request.Offer.ContentType, async (target, cancellation) =>
            {
                using var text = new StreamReader(sight.Storage.OpenRead(path), Encoding.UTF8);
                await ResultTable.WriteArrowAsync(text, target, cancellation);
            });
        }
        catch (StageException) when (sight.Storage.Stamp(path) is null)
        {
            return Gone();
        }

        ApiAnswer Gone() => ApiAnswer.NotFound($"The leaderboard of {whose} is gone from '{path}'. The next run writes another.");
    }
}
