using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Engine.Identity;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Inbox;
using Pipeline.Host.Service;
using Pipeline.Host.State;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Http.Intake;

/// <summary>One request that sends batches: takes them one by one, and says of each what became of it.</summary>
/// <remarks>
/// A batch is in hand or it is not: from the moment when all of it has arrived, nothing of the client's can cut it in two. For one thread
/// at a time.
/// </remarks>
internal sealed class BatchDelivery : IDisposable
{
    private readonly DaemonSight _sight;
    private readonly string _dataset;
    private readonly string? _key;
    private readonly int _batchesMax;
    private readonly Action _ended;
    private readonly IntakeRoom _room;
    private readonly ArrowBatches _batches;
    private bool _isTaking;

    /// <summary>A delivery.</summary>
    /// <param name="sight">The daemon.</param>
    /// <param name="dataset">The dataset, which exists.</param>
    /// <param name="key">The sender's key, or null.</param>
    /// <param name="body">The stream.</param>
    /// <param name="batchesMax">The most batches.</param>
    /// <param name="ended">Told once when it is disposed.</param>
    public BatchDelivery(DaemonSight sight, string dataset, string? key, Stream body, int batchesMax, Action ended)
    {
        _sight = sight;
        _dataset = dataset;
        _key = key;
        _batchesMax = batchesMax;
        _ended = ended;
        _room = sight.Intake.NewRoom();
        _batches = new ArrowBatches(body, _room);
    }

    /// <summary>Batches that have been read.</summary>
    public int Count { get; private set; }

    /// <summary>True once a batch was answered as it had been before under the same key.</summary>
    public bool IsReplayed { get; private set; }

    /// <summary>The next batch's acknowledgement, or why it has none; neither behind the last.</summary>
    public async Task<(BatchAckView? Ack, Problem? Refused)> NextAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _sight.Intake.Stopping);

        // What is expected to go wrong becomes a problem that names the batch; defects go to the door of HTTP.
        try
        {
            _sight.Intake.RequireOpen();
            using MemoryStream? bytes = await _batches.NextAsync(either.Token);
            if (bytes is null)
            {
                return (null, null);
            }

            Count++;
            return Count > _batchesMax
                ? (
                    null,
                    Problem.Of(
                        StatusCodes.Status413PayloadTooLarge,
                        $"More than {_batchesMax} batches in one request. Send the others in further ones.") with { Batch = Count })
                : await TakeAsync(bytes);
        }
        catch (OperationCanceledException) when (_sight.Intake.Stopping.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return (
                null,
                Problem.Of(StatusCodes.Status503ServiceUnavailable, "The daemon is stopping. Send the rest when it runs again.") with { Batch = Count + 1 });
        }
        catch (Exception failure) when (IntakeProblems.Of(failure) is { } problem)
        {
            // A refusal while a batch is read is the next one's.
            return (null, problem with { Batch = problem.Batch ?? Count + (_isTaking ? 0 : 1) });
        }
        finally
        {
            _isTaking = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _batches.Dispose();
        _room.Dispose();
        _ended();
    }

    private async Task<(BatchAckView? Ack, Problem? Refused)> TakeAsync(MemoryStream bytes)
    {
        _isTaking = true;
        if (_key is { } key && DeliveredRow.Find(_sight.State, _dataset, key, Count) is { } before)
        {
            if (before.Digest != Fingerprint.OfBytes(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)))
            {
                return (null, Problem.Of(
                    StatusCodes.Status422UnprocessableEntity,
                    $"Under this {BatchIntake.KeyName}, batch {Count} was another one. Send the same batches again, or others under a key "
                        + $"of their own.") with { Batch = Count });
            }

            IsReplayed = true;
            return (JsonSerializer.Deserialize<BatchAckView>(before.Answer, ApiJson.Options), null);
        }

        IngestOutcome outcome = await _sight.Intake.TakeAsync(_dataset, bytes, name: null, isKeptWhenRefused: false);
        if (IntakeProblems.Of(outcome) is { } refused)
        {
            return (null, refused with { Batch = Count });
        }

        BatchAckView ack = BatchAckView.Of(Count, outcome);
        if (_key is not null)
        {
            await new DeliveredRow(outcome.Digest, JsonSerializer.Serialize(ack, ApiJson.Options)).WriteAsync(_sight.State, _dataset, _key, Count);
        }

        return (ack, null);
    }
}
