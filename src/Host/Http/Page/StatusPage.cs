using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Pipeline.Host.Http.Api;

namespace Pipeline.Host.Http.Page;

/// <summary>The status page at <c>/</c>: files of this program, shown to anybody; what they show asks for the token.</summary>
internal static class StatusPage
{
    // Everything from here, nothing inline, nobody's frame.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The routes of the page's files.</summary>
    public static IEnumerable<ApiRoute> Routes { get; } =
    [
        Route("/", "getPage", "The status page, for people.", "status.html", "text/html; charset=utf-8"),
        Route("/status.css", "getPageStyle", "The style of the page.", "status.css", "text/css; charset=utf-8"),
        Route("/status.js", "getPageScript", "The script of the page.", "status.js", "text/javascript; charset=utf-8"),
        Route("/icon.svg", "getPageIcon", "The icon of the page.", "icon.svg", "image/svg+xml"),
    ];

    private static ApiRoute Route(string pattern, string id, string summary, string file, string contentType)
    {
        ImmutableArray<byte> content = Read(file);
        return new ApiRoute
        {
            Pattern = pattern,
            Id = id,
            Summary = summary,
            IsOpen = true,
            Offers = [new ApiOffer(contentType, null, summary)],
            Answer = ApiRoute.Now(_ => new Page(content, contentType)),
        };
    }

    private static ImmutableArray<byte> Read(string file)
    {
        using Stream stream = typeof(StatusPage).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The program lacks its file '{file}'.");
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return [.. content];
    }

    private sealed record Page(ImmutableArray<byte> Content, string ContentType) : ApiAnswer
    {
        public override async Task WriteAsync(HttpContext context)
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.ContentType = ContentType;
            context.Response.ContentLength = Content.Length;
            await context.Response.Body.WriteAsync(Content.AsMemory(), context.RequestAborted);
        }
    }
}
