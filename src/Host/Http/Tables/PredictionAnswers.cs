using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine;
using Pipeline.Engine.Dataflow;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Prediction;
using Pipeline.Host.Service;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Http.Tables;

/// <summary>Answers about predictions, and predictions of spectra that are sent.</summary>
/// <remarks>Spectra that are sent are held in memory reserved from the share of what arrives; nothing of them is kept.</remarks>
internal sealed class PredictionAnswers(DaemonSight sight)
{
    private const long BodyBytesCeiling = 16L << 20;

    // As bytes, as Arrow and as doubles; twice where the file has single precision.
    private const int CopiesBesideBytes = DaemonMemory.CopiesPerFile - 1;

    /// <summary>The longest body of spectra.</summary>
    public long BodyBytesMax => Math.Min(BodyBytesCeiling, sight.Arrivals.CapacityBytes / DaemonMemory.CopiesPerFile);

    /// <summary>All studies with what they predict.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        Page<BoundStudyRunner> studies = request.PageOf(sight.Studies, study => study.Name);
        return new ApiAnswer.Json(new Page<StudyPredictionsView>(
            [
                .. studies.Items.Select(study => new StudyPredictionsView(
                    study.Name, study.DatasetName, study.Row.ModelFolder.Length > 0, study.Row.ModelFolder.Length > 0 && sight.Storage.Stamp(PathOf(study.Name)) is not null)),
            ],
            studies.Next));
    }

    /// <summary>The present predictions of a study.</summary>
    public ApiAnswer One(ApiRequest request)
    {
        if (sight.StudySet.Find(request["name"]) is not { } study)
        {
            return Missing(request);
        }

        string path = PathOf(study.Name);
        return study.Row.ModelFolder.Length == 0 || sight.Storage.Stamp(path) is null
            ? ApiAnswer.NotFound($"Study '{study.Name}' has no predictions: it has no model yet, or every sample has its reference.")
            : Table(request, study.Name, () => sight.Storage.OpenRead(path));
    }

    /// <summary>Predicts spectra at once.</summary>
    public async ValueTask<ApiAnswer> PredictAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (sight.StudySet.Find(request["name"]) is not { } study)
        {
            return Missing(request);
        }

        if (study.Row.ModelFolder.Length == 0)
        {
            return NoModel(study);
        }

        if (!sight.Arrivals.TryReserve(BodyBytesMax, out MemoryLease? room))
        {
            return NoMemory();
        }

        using (room)
        {
            using var bytes = new MemoryStream();
            await request.Body.CopyToAsync(bytes, cancellation);
            room.ShrinkTo(bytes.Length);
            if (!sight.Arrivals.TryReserve(CopiesBesideBytes * bytes.Length, out MemoryLease? more))
            {
                return NoMemory();
            }

            using (more)
            {
                (SavedModel Model, string Run)? found;

                // What is wrong with the model is not.
                try
                {
                    found = await study.ModelAsync(cancellation);
                }
                catch (StageException unreadable)
                {
                    return Refused(StatusCodes.Status503ServiceUnavailable, unreadable.Message);
                }

                if (found is not { } model)
                {
                    return NoModel(study);
                }

                // What is wrong with the spectra is the client's to mend.
                try
                {
                    bytes.Position = 0;
                    byte[] text = Encoding.UTF8.GetBytes(Predict(model.Model, model.Run, bytes));
                    return Table(request, study.Name, () => new MemoryStream(text));
                }
                catch (StageException refused) when (refused.Kind is not FailureKind.Storage)
                {
                    return Refused(StatusCodes.Status422UnprocessableEntity, refused.Message);
                }
            }
        }
    }

    private static string Predict(SavedModel model, string run, Stream bytes)
    {
        SpectralChunk chunk = ArrowSpectraReader.Read(bytes).Chunk;
        return PredictedText.Csv(
            model.Predict(chunk.Ids, AxisMatch.Spectra(model.Axis, chunk).View, ConformalInterval.AlphaDefault), run);
    }

    private static ApiAnswer Table(ApiRequest request, string study, Func<Stream> open)
    {
        if (request.Offer.MediaType == ResultTable.MediaType)
        {
            return new ApiAnswer.Streamed(request.Offer.ContentType, async (target, cancellation) =>
            {
                using var text = new StreamReader(open(), Encoding.UTF8);
                await ResultTable.WriteArrowAsync(text, target, cancellation);
            });
        }

        if (request.Offer.MediaType != ApiOffer.Json)
        {
            return new ApiAnswer.Bytes(open(), request.Offer.ContentType, DownloadName: null);
        }

        using var rows = new StreamReader(open(), Encoding.UTF8);
        return new ApiAnswer.Json(new PredictionsView(
            study,
            [
                .. ResultTable.Rows(rows).Skip(1).Select(row => new PredictedView(
                    row[0], ResultTable.Number(row[1]), ResultTable.Number(row[2]), ResultTable.Number(row[3]), ResultTable.Number(row[4]),
                    ResultTable.Number(row[5]), ResultTable.Number(row[6]), row[7], row[8], row[9])),
            ]));
    }

    private string PathOf(string study) => Path.Combine(sight.DataPath, "studies", study, "predictions.csv");

    private ApiAnswer Missing(ApiRequest request) => ApiAnswer.NotFound(Names.Missing("study", request["name"], sight.Studies.Select(study => study.Name)));

    private static ApiAnswer.Refused NoModel(BoundStudyRunner study) =>
        Refused(StatusCodes.Status409Conflict, $"Study '{study.Name}' has no model yet. It has one after its first run; see '/v1/studies/{study.Name}'.");

    private static ApiAnswer.Refused NoMemory() =>
        Refused(StatusCodes.Status429TooManyRequests, "The memory for what arrives is used up now. Try again in some seconds.");

    private static ApiAnswer.Refused Refused(int status, string detail) => new ApiAnswer.Refused(Problem.Of(status, detail));
}
