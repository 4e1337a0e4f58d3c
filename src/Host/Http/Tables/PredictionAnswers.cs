using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Intake;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Inbox;
using Pipeline.Host.Prediction;
using Pipeline.Host.Service;
using Pipeline.Host.Service.Studies;
using Pipeline.Stages.Prediction;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Http.Tables;

/// <summary>Answers about predictions, and predictions of spectra that are sent.</summary>
/// <remarks>Spectra that are sent are held in memory taken from the share of what arrives as they come; nothing of them is kept.</remarks>
internal sealed class PredictionAnswers(DaemonSight sight)
{
    private const long BodyBytesCeiling = 16L << 20;

    /// <summary>The longest body of spectra.</summary>
    public long BodyBytesMax => Math.Min(BodyBytesCeiling, sight.Arrivals.CapacityBytes / DaemonMemory.CopiesPerFile);

    /// <summary>All studies with what they predict.</summary>
    public ApiAnswer List(ApiRequest request)
    {
        Page<BoundStudyRunner> studies = request.PageOf(sight.Studies, study => study.Name);
        return new ApiAnswer.Json(new Page<StudyPredictionsView>(
            [
                .. studies.Items.Select(study => new StudyPredictionsView(
                    study.Name, study.DatasetName, study.Row.ModelFolder.Length > 0,
                    study.Row.ModelFolder.Length > 0 && sight.Storage.Stamp(PathOf(study.Name)) is not null)),
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

        using IntakeRoom room = sight.Intake.NewRoom();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, sight.Intake.Stopping);

        // What is expected to go wrong becomes a problem; defects go to the door of HTTP.
        try
        {
            using MemoryStream bytes = await room.ReadAsync(request.Body, either.Token);
            if (await LoadAsync(study, either.Token) is not { } model)
            {
                return NoModel(study);
            }

            byte[] text = Encoding.UTF8.GetBytes(Predict(model.Model, model.Run, bytes));
            return Table(request, study.Name, () => new MemoryStream(text));
        }
        catch (OperationCanceledException) when (sight.Intake.Stopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return Refused(StatusCodes.Status503ServiceUnavailable, "The daemon is stopping. Send the spectra again when it runs.");
        }
        catch (Exception failure) when (IntakeProblems.Of(failure) is { } problem)
        {
            return new ApiAnswer.Refused(problem);
        }
    }

    private static string Predict(SavedModel model, string run, Stream bytes)
    {
        SpectralChunk chunk = ArrowSpectraReader.Read(bytes).Chunk;
        return PredictedText.Csv(
            model.Predict(chunk.Ids, AxisMatch.Spectra(model.Axis, chunk).View, ConformalInterval.AlphaDefault), run, model.Classes);
    }

    private static async Task<(SavedModel Model, string Run)?> LoadAsync(BoundStudyRunner study, CancellationToken cancellation)
    {
        // Whatever is wrong with the model, the client's spectra are not to blame, and the next run writes another.
        try
        {
            return await study.ModelAsync(cancellation);
        }
        catch (StageException unusable)
        {
            throw new StageException(
                FailureKind.Storage,
                $"The study's model cannot be used now: {unusable.Message} Try again; the next run writes another.",
                unusable);
        }
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

        // Row by row: a dataset may have more samples than there is memory for answers.
        return new ApiAnswer.Streamed(request.Offer.ContentType, async (target, cancellation) =>
        {
            using var text = new StreamReader(open(), Encoding.UTF8);
            await JsonSerializer.SerializeAsync(target, new PredictionsView(study, Views(ResultTable.Rows(text))), ApiJson.Options, cancellation);
        });
    }

    /// <summary>Rows of either table: of numbers, or of classes with a probability for each.</summary>
    private static IEnumerable<PredictedView> Views(IEnumerable<string[]> rows)
    {
        string[] head = [];
        foreach (string[] row in rows)
        {
            if (head.Length == 0)
            {
                head = row;
                continue;
            }

            yield return head.Contains("class", StringComparer.Ordinal) ? ClassView(head, row) : NumberView(row);
        }
    }

    private static PredictedView NumberView(string[] row) => new(
        row[0], ResultTable.Number(row[1]), ResultTable.Number(row[2]), ResultTable.Number(row[3]), ResultTable.Number(row[4]),
        ResultTable.Number(row[5]), ResultTable.Number(row[6]), row[7], row[8], row[9], null, null);

    private static PredictedView ClassView(string[] head, string[] row)
    {
        // The class's probabilities lie between it and the distances, in the order of the model's classes.
        int first = 2;
        int end = row.Length - 6;
        PredictedProbabilityView[] probabilities =
        [
            .. Enumerable.Range(first, end - first)
                .Select(j => new PredictedProbabilityView(head[j][PredictedText.ProbabilityPrefix.Length..], ResultTable.Number(row[j]))),
        ];
        return new(
            row[0], null, null, null, ResultTable.Number(row[end]), ResultTable.Number(row[end + 1]), ResultTable.Number(row[end + 2]),
            row[end + 3], row[end + 4], row[end + 5], row[1], probabilities);
    }

    private string PathOf(string study) => Path.Combine(sight.DataPath, "studies", study, "predictions.csv");

    private ApiAnswer Missing(ApiRequest request) => ApiAnswer.NotFound(Names.Missing("study", request["name"], sight.Studies.Select(study => study.Name)));

    private static ApiAnswer.Refused NoModel(BoundStudyRunner study) =>
        Refused(StatusCodes.Status409Conflict, $"Study '{study.Name}' has no model yet. It has one after its first run; see '/v1/studies/{study.Name}'.");

    private static ApiAnswer.Refused Refused(int status, string detail) => new ApiAnswer.Refused(Problem.Of(status, detail));
}
