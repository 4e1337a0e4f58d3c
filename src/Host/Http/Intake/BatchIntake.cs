using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Service;

namespace Pipeline.Host.Http.Intake;

/// <summary>Takes streams of record batches.</summary>
/// <remarks>Safe for all threads; each request reads and takes one batch at a time.</remarks>
internal sealed class BatchIntake(DaemonSight sight, HttpLimits limits)
{
    /// <summary>The media type of the body.</summary>
    public const string MediaType = "application/vnd.apache.arrow.stream";

    /// <summary>The content type of acknowledgements line by line.</summary>
    public const string LinesType = "application/x-ndjson";

    /// <summary>The header with the sender's key.</summary>
    public const string KeyName = "Idempotency-Key";

    private const string ReplayedName = "Idempotency-Replayed";

    private readonly KeysInHand _keys = new();

    /// <summary>Answers a request.</summary>
    public async ValueTask<ApiAnswer> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        string dataset = request["name"];
        if (!sight.Stores.ContainsKey(dataset))
        {
            return ApiAnswer.NotFound(Names.Missing("dataset", dataset, sight.Stores.Keys));
        }

        string? key = request.Find(KeyName);
        if (key is not null && !_keys.TryTake(dataset, key))
        {
            return new ApiAnswer.Refused(
                Problem.Of(StatusCodes.Status409Conflict, $"A delivery under this {KeyName} is under way. Wait for its end, then send again."));
        }

        var delivery = new BatchDelivery(sight, dataset, key, request.Body, limits.BatchesMax, () =>
        {
            if (key is not null)
            {
                _keys.Give(dataset, key);
            }
        });
        bool isHandedOn = false;
        try
        {
            if (request.Offer.MediaType != LinesType)
            {
                return await AllAsync(delivery, dataset, cancellation);
            }

            // Before the first acknowledgement a refusal is a status; behind it, a last line.
            (BatchAckView? first, Problem? refused) = await delivery.NextAsync(cancellation);
            if (refused is not null)
            {
                return new ApiAnswer.Refused(refused);
            }

            isHandedOn = true;
            return new ApiAnswer.Streamed(LinesType, (target, gone) => WriteLinesAsync(delivery, first, target, gone)) { Headers = HeadersOf(delivery) };
        }
        finally
        {
            if (!isHandedOn)
            {
                delivery.Dispose();
            }
        }
    }

    private static async Task<ApiAnswer> AllAsync(BatchDelivery delivery, string dataset, CancellationToken cancellation)
    {
        List<BatchAckView> acknowledged = [];
        while (true)
        {
            (BatchAckView? ack, Problem? refused) = await delivery.NextAsync(cancellation);
            if (refused is not null)
            {
                return new ApiAnswer.Refused(refused with { Acknowledged = acknowledged }) { Headers = HeadersOf(delivery) };
            }

            if (ack is null)
            {
                return new ApiAnswer.Json(new BatchesView(dataset, acknowledged)) { Headers = HeadersOf(delivery) };
            }

            acknowledged.Add(ack);
        }
    }

    private static async Task WriteLinesAsync(BatchDelivery delivery, BatchAckView? first, Stream target, CancellationToken cancellation)
    {
        using (delivery)
        {
            BatchAckView? ack = first;
            Problem? refused = null;
            while (ack is not null)
            {
                await WriteLineAsync(target, ack, cancellation);
                (ack, refused) = await delivery.NextAsync(cancellation);
            }

            if (refused is not null)
            {
                await WriteLineAsync(target, new RefusedLineView(refused), cancellation);
            }
        }
    }

    private static async Task WriteLineAsync<T>(Stream target, T value, CancellationToken cancellation)
    {
        await target.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(value, ApiJson.Options), (byte)'\n'], cancellation);
        await target.FlushAsync(cancellation);
    }

    private static ImmutableArray<(string Name, string Value)> HeadersOf(BatchDelivery delivery) => delivery.IsReplayed ? [(ReplayedName, "true")] : [];
}
