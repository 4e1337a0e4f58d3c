using System.Threading.Tasks.Dataflow;

namespace Pipeline.Engine.Dataflow;

public sealed partial class BoundedPipeline<TTicket>
{
    private const string SourceName = "source";
    private const string MemoryName = "memory";

    /// <summary>What takes tickets from the source, reserves their memory, and sends them into the first block.</summary>
    /// <remarks>
    /// One for each run, on one thread at a time. Whatever it waits for ends with the run: places and memory when it
    /// stops, the first block when it is given up. If the source hangs, the feeder is left behind like any body.
    /// </remarks>
    private sealed class Feeder(
        PipelineRun<TTicket> run,
        ITargetBlock<Envelope<TTicket>> head,
        MemoryBudget budget,
        IAsyncEnumerable<TTicket> tickets,
        Func<TTicket, long> bytesOf,
        Func<TTicket, TimeSpan> patienceOf)
    {
        /// <summary>Feeds until the source or the run ends; throws nothing.</summary>
        public async Task FeedAsync()
        {
            IAsyncEnumerator<TTicket>? source = null;
            try
            {
                source = Open();
                while (source is not null && await NextAsync(source) is { } envelope)
                {
                    if (await ReserveAsync(envelope) && !await head.SendAsync(envelope, run.Abandoned))
                    {
                        run.Finish(envelope);
                        throw new InvalidOperationException("A block refused a ticket.");
                    }
                }
            }
            catch (OperationCanceledException) when (run.Stopping.IsCancellationRequested)
            {
                // The run was stopped while waiting for a place or for the source: every ticket taken has been sent,
                // or the run is given up, which finishes what was not sent.
            }
            catch (Exception exception)
            {
                run.Stop(ReasonOf(exception), SourceName, null, exception);
            }

            if (source is not null)
            {
                await DisposeAsync(source);
            }
        }

        private IAsyncEnumerator<TTicket>? Open()
        {
            if (run.Begin(SourceName, null) is not { } look)
            {
                return null;
            }

            try
            {
                return tickets.GetAsyncEnumerator(run.Stopping);
            }
            finally
            {
                run.End(look);
            }
        }

        private async Task<Envelope<TTicket>?> NextAsync(IAsyncEnumerator<TTicket> source)
        {
            await run.PlaceAsync();
            if (run.Begin(SourceName, null) is not { } look)
            {
                return null;
            }

            TTicket? ticket = null;
            try
            {
                if (await source.MoveNextAsync())
                {
                    ticket = source.Current
                        ?? throw new InvalidOperationException("The source yielded no ticket but null.");
                }
            }
            finally
            {
                run.End(look);
            }

            if (ticket is null)
            {
                // A source that ends because it was told to stop is not at its end.
                run.IsSourceAtEnd = !run.Stopping.IsCancellationRequested;
                return null;
            }

            Envelope<TTicket>? envelope = run.Take(ticket, budget.EmptyLease());
            if (envelope is null)
            {
                // Yielded after the run was given up: nobody else will dispose it.
                (ticket as IDisposable)?.Dispose();
            }

            return envelope;
        }

        /// <summary>Reserves a ticket's bytes, or gives it the failure; false if the run was given up meanwhile.</summary>
        private async ValueTask<bool> ReserveAsync(Envelope<TTicket> envelope)
        {
            if (run.Begin(SourceName, envelope) is not { } look)
            {
                return false;
            }

            long bytes = 0;
            try
            {
                envelope.Patience = patienceOf(envelope.Ticket);
                bytes = bytesOf(envelope.Ticket);
            }
            catch (Exception exception)
            {
                envelope.Failure = run.FailureOf(exception, SourceName, envelope.Ticket);
            }

            if (!run.End(look)
                || run.Begin(MemoryName, envelope, ActivityKind.WaitsForMemory, bytes) is not { } wait)
            {
                return false;
            }

            try
            {
                if (envelope.Failure is null)
                {
                    envelope.Lease = await budget.ReserveAsync(bytes, run.Stopping);
                }
            }
            catch (Exception exception)
            {
                envelope.Failure = run.FailureOf(exception, MemoryName, envelope.Ticket);
            }

            return run.End(wait);
        }

        private async Task DisposeAsync(IAsyncEnumerator<TTicket> source)
        {
            if (run.Begin(SourceName, null) is not { } look)
            {
                // Given up already: this thread is nobody's any more and may take its time.
                await source.DisposeAsync().AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            try
            {
                await source.DisposeAsync();
            }
            catch (Exception exception)
            {
                run.Stop(ReasonOf(exception), SourceName, null, exception);
            }

            run.End(look);
        }

        private static StopReason ReasonOf(Exception exception) =>
            exception is OperationCanceledException ? StopReason.SpuriousCancellation : StopReason.Defect;
    }
}
