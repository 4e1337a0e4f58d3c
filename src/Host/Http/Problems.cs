using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http;

/// <summary>The door at which failures become answers: the one catch site of HTTP.</summary>
/// <remarks>A defect is logged once per path and minute and shown without its stack. Safe for all threads.</remarks>
internal sealed class Problems(ILogger log, TimeProvider clock)
{
    private const int DefectsMax = 64;

    private readonly RepeatGuard _defects = new(DefectsMax, clock);

    /// <summary>Answers a request; what goes wrong becomes a problem, or ends the connection where the answer has begun.</summary>
    public async Task GuardAsync(HttpContext context, Func<HttpContext, Task> answer)
    {
        Problem problem;
        try
        {
            await answer(context);
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; nobody reads an answer.
            return;
        }
        catch (BadHttpRequestException bad)
        {
            problem = Problem.Of(bad.StatusCode, bad.Message);
        }
        catch (StageException failed)
        {
            problem = Problem.Of(
                failed.Kind == FailureKind.Storage ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError, failed.Message);
        }
        catch (IOException disk)
        {
            // What is sent lies on the disk; a client that has gone does not come here.
            problem = Problem.Of(StatusCodes.Status503ServiceUnavailable, $"The disk failed: {disk.Message} Try again, and check the disk.");
        }
        catch (Exception defect)
        {
            if (_defects.MaySay(context.Request.Path))
            {
                log.HttpDefect(defect, context.Request.Method, context.Request.Path);
            }

            problem = Problem.Of(
                StatusCodes.Status500InternalServerError,
                "This is a defect of the program. The daemon's log has more; please report it with that log.");
        }

        if (context.Response.HasStarted)
        {
            // Half of an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.Clear();
        Gate.Mark(context.Response);
        await new ApiAnswer.Refused(problem).WriteAsync(context);
    }
}
