using System.Runtime.ExceptionServices;
using Pipeline.Engine.Dataflow;

namespace Pipeline.Engine.Supervision;

public static partial class Supervisor
{
    /// <summary>Runs a flow until every item of it has its outcome, and again whenever it stops before that.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="run">Runs the flow over the items that have no outcome yet, without those charged too often.</param>
    /// <param name="chargeAsync">Notes that a ticket stopped the flow; the others in flight are not to blame.</param>
    /// <param name="limits">How often.</param>
    /// <param name="clock">Time.</param>
    /// <param name="onRebuild">Told of every rebuild before it begins; must return at once.</param>
    /// <param name="cancellation">Stops the flow.</param>
    /// <returns>The counts of the run that came to its end.</returns>
    /// <remarks>
    /// Stops that are charged to a ticket are bounded by its attempts. All others count as rebuilds, and so does every
    /// stop that left a body behind: each costs a thread and memory, which only a new process gets back.
    /// </remarks>
    /// <exception cref="StageException">The world made the flow stop (such as a full disk), too often.</exception>
    /// <exception cref="OutOfMemoryException">There was not enough memory, too often.</exception>
    /// <exception cref="FlowStoppedException">The flow stopped too often.</exception>
    public static async Task<PipelineSummary> RunFlowAsync(
        string name,
        Func<CancellationToken, Task<PipelineSummary>> run,
        Func<FlowStoppedException, ValueTask> chargeAsync,
        Limits limits,
        TimeProvider clock,
        Action<Rebuild>? onRebuild,
        CancellationToken cancellation)
    {
        PipelineSummary? summary = null;
        RebuildPolicy policy = RebuildPolicy.Of(limits) with { Judge = Judge };
        try
        {
            await RunAsync(name, RunOnceAsync, policy, clock, onRebuild, cancellation);
        }
        catch (FlowStoppedException stopped) when (IsCallers(stopped))
        {
            throw new OperationCanceledException(stopped.Message, stopped, cancellation);
        }
        catch (FlowStoppedException stopped) when (stopped.InnerException is StageException or OutOfMemoryException)
        {
            ExceptionDispatchInfo.Throw(stopped.InnerException);
        }

        return summary!;

        // A step may see the caller's cancellation a moment before it has come down to the run.
        bool IsCallers(FlowStoppedException stopped) =>
            stopped.Reason == StopReason.SpuriousCancellation && cancellation.IsCancellationRequested;

        async Task RunOnceAsync(Heartbeat heartbeat, CancellationToken stop)
        {
            // No heartbeat: the pipeline has watches of its own.
            try
            {
                summary = await run(stop);
            }
            catch (FlowStoppedException stopped) when (stopped.IsTicketToBlame && !IsCallers(stopped))
            {
                // Safe: thrown on, once the blame is noted.
                await chargeAsync(stopped);
                throw;
            }
        }
    }

    private static RebuildVerdict Judge(Exception failure) => failure switch
    {
        FlowStoppedException { IsTicketToBlame: true, AbandonedBodies: 0 } => RebuildVerdict.Uncounted,
        FlowStoppedException => RebuildVerdict.Counted,
        _ => RebuildVerdict.GiveUp,
    };
}
