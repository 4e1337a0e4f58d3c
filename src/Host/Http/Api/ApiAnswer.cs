using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Pipeline.Host.Http.Api;

/// <summary>What a route answers.</summary>
internal abstract record ApiAnswer
{
    /// <summary>Headers beside those that its form needs.</summary>
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Writes the answer; called once.</summary>
    public abstract Task WriteAsync(HttpContext context);

    /// <summary>Nothing that bears this name.</summary>
    public static ApiAnswer NotFound(string detail) => new Refused(Problem.Of(StatusCodes.Status404NotFound, detail));

    private static async Task WriteAsync(HttpContext context, int status, string contentType, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>A value as JSON.</summary>
    public sealed record Json(object Value, int Status = StatusCodes.Status200OK) : ApiAnswer
    {
        /// <summary>Where what has been made is to be found.</summary>
        public string? Location { get; init; }

        /// <inheritdoc/>
        public override Task WriteAsync(HttpContext context)
        {
            if (Location is { } location)
            {
                context.Response.Headers.Location = location;
            }

            return WriteAsync(context, Status, ApiOffer.Json, JsonSerializer.SerializeToUtf8Bytes(Value, Value.GetType(), ApiJson.Options));
        }
    }

    /// <summary>What is written as it comes, each part flushed by the one who writes it; of no known length.</summary>
    /// <param name="ContentType">The content type.</param>
    /// <param name="Write">Writes all of it; what it throws ends the connection, lest half an answer look like a whole one.</param>
    public sealed record Streamed(string ContentType, Func<Stream, CancellationToken, Task> Write) : ApiAnswer
    {
        /// <inheritdoc/>
        public override async Task WriteAsync(HttpContext context)
        {
            context.Response.ContentType = ContentType;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await Write(context.Response.Body, context.RequestAborted);
            }
        }
    }

    /// <summary>A text that is at hand.</summary>
    public sealed record Text(string Content, string ContentType) : ApiAnswer
    {
        /// <inheritdoc/>
        public override Task WriteAsync(HttpContext context) =>
            WriteAsync(context, StatusCodes.Status200OK, ContentType, Encoding.UTF8.GetBytes(Content));
    }

    /// <summary>A file, streamed; where a name is given, to be kept and not shown.</summary>
    public sealed record Bytes(Stream Content, string ContentType, string? DownloadName) : ApiAnswer
    {
        /// <inheritdoc/>
        public override async Task WriteAsync(HttpContext context)
        {
            await using (Content)
            {
                context.Response.ContentType = ContentType;
                context.Response.ContentLength = Content.Length;
                if (DownloadName is { } name)
                {
                    context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
                    context.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
                }

                if (!HttpMethods.IsHead(context.Request.Method))
                {
                    await Content.CopyToAsync(context.Response.Body, context.RequestAborted);
                }
            }
        }
    }

    /// <summary>A problem.</summary>
    public sealed record Refused(Problem Problem) : ApiAnswer
    {
        /// <summary>The methods that exist in place of one that does not.</summary>
        public string? Allow { get; init; }

        /// <inheritdoc/>
        public override Task WriteAsync(HttpContext context)
        {
            if (Allow is { } allow)
            {
                context.Response.Headers.Allow = allow;
            }

            if (Problem.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
            {
                context.Response.Headers.RetryAfter = 5.ToString(CultureInfo.InvariantCulture);
            }

            return WriteAsync(context, Problem.Status, Problem.MediaType, JsonSerializer.SerializeToUtf8Bytes(Problem, ApiJson.Options));
        }
    }
}
