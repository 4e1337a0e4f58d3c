using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine;
using Pipeline.Engine.Identity;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Inbox;
using Pipeline.Host.Service;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Http.Intake;

/// <summary>Tries bytes in quarantine again.</summary>
/// <remarks>Safe for all threads. Bytes that cannot join this time either stay, with the new reason and its time.</remarks>
internal sealed class QuarantineRetry(DaemonSight sight)
{
    private static readonly JsonSerializerOptions Strict = new(ApiJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Answers a request.</summary>
    public async ValueTask<ApiAnswer> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        List<QuarantineRow> rows = Fingerprint.TryParse(request["digest"], out Fingerprint digest)
            ? [.. QuarantineRow.Find(sight.State, digest).Where(row => sight.Stores.ContainsKey(row.Dataset))]
            : [];
        if (rows.Count == 0)
        {
            return ApiAnswer.NotFound($"There is nothing with the digest '{request["digest"]}' in quarantine; '/v1/quarantine' lists what there is.");
        }

        using IntakeRoom room = sight.Intake.NewRoom();

        // What is expected to go wrong becomes a problem; defects go to the door of HTTP.
        try
        {
            RetryRequest wish = await ReadAsync(request.Body, cancellation);
            string[] datasets = [.. rows.Select(row => row.Dataset)];
            if (wish.Dataset is { } asked && !datasets.Contains(asked))
            {
                return Refused(
                    $"These bytes are not in the quarantine of '{Short(asked)}'.{Spelling.Suggest(Short(asked), datasets)} They are in that "
                        + $"of {string.Join(", ", datasets)}.");
            }

            if (wish.Dataset is null && rows.Count > 1)
            {
                return Refused($"These bytes are in quarantine of {string.Join(", ", datasets)}. Say which: {{ \"dataset\": \"{datasets[0]}\" }}.");
            }

            QuarantineRow row = rows.First(one => wish.Dataset is null || one.Dataset == wish.Dataset);
            string[] readers = [.. SpectraFormatsReaders.Every.All.Select(reader => reader.Name)];
            if (wish.Reader is { } named && !readers.Contains(named))
            {
                return Refused($"There is no reader '{Short(named)}'.{Spelling.Suggest(Short(named), readers)} There are: {string.Join(", ", readers)}.");
            }

            await room.GrowAsync(row.LengthBytes, cancellation);
            IngestOutcome outcome = await sight.Intake.RetryAsync(row.Dataset, digest, row.Path, wish.Reader);
            return IntakeProblems.Of(outcome) is { } refused ? new ApiAnswer.Refused(refused) : new ApiAnswer.Json(SourceOutcomeView.Of(outcome));
        }
        catch (Exception failure) when (IntakeProblems.Of(failure) is { } problem)
        {
            return new ApiAnswer.Refused(problem);
        }
    }

    private static async Task<RetryRequest> ReadAsync(Stream body, CancellationToken cancellation)
    {
        // The listener bounds the body.
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, cancellation);
        if (bytes.Length == 0)
        {
            return new RetryRequest();
        }

        try
        {
            return JsonSerializer.Deserialize<RetryRequest>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), Strict) ?? new RetryRequest();
        }
        catch (JsonException wrong)
        {
            throw new StageException(
                FailureKind.InvalidRequest, $"The body cannot be understood: {wrong.Message.Split(" Path:")[0]} Expected such as {{ "
                    + $"\"reader\": \"wide-csv\" }}, or nothing.", wrong);
        }
    }

    /// <summary>A client's text, short and without control characters.</summary>
    private static string Short(string text) => string.Concat(text.Take(80).Where(letter => !char.IsControl(letter)));

    private static ApiAnswer.Refused Refused(string detail) => new ApiAnswer.Refused(Problem.Of(StatusCodes.Status422UnprocessableEntity, detail));
}
