using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Pipeline.Host.Configuration;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http;

/// <summary>What every request must pass before anything of it is believed.</summary>
/// <remarks>
/// Names here are letters, digits, '-' and '_', so a path with anything encoded, a dot segment or an empty part is nobody's honest
/// request. On the loopback address only its names are answered, lest a page in a browser reach the daemon under a name of its own
/// (DNS rebinding). Safe for all threads.
/// </remarks>
/// <param name="options">Address, name and limits.</param>
/// <param name="token">The token that counts at this moment; null where none is asked for.</param>
/// <param name="log">Told of wrong tokens.</param>
/// <param name="clock">Time.</param>
internal sealed partial class Gate(HttpOptions options, Func<AccessToken?> token, ILogger log, TimeProvider clock)
{
    private readonly HashSet<string> _hosts = new(["localhost", "127.0.0.1", "[::1]"], StringComparer.OrdinalIgnoreCase)
    {
        options.Listen?.Address is { } address ? HostOf(address) : "localhost",
        options.Name ?? "localhost",
    };

    private readonly RepeatGuard _refusals = new(options.Limits.RefusedAddressesMax, clock);

    /// <summary>Writes what every answer says.</summary>
    public static void Mark(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    /// <summary>The parts of the path, or why the request is refused.</summary>
    public Problem? Look(HttpContext context, out string[] path)
    {
        path = [];
        HttpRequest request = context.Request;
        if (options.Listen is { IsLoopback: true } && !_hosts.Contains(request.Host.Host))
        {
            return Problem.Of(
                StatusCodes.Status421MisdirectedRequest,
                $"This daemon answers as {string.Join(", ", _hosts.Order(StringComparer.Ordinal))}, not as '{Shown(request.Host.Host)}'. "
                    + "Behind a proxy, set Pipeline:Http:Name.");
        }

        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        target = target.Split('?', 2)[0];
        if (!Path().IsMatch(target))
        {
            return Problem.Of(
                StatusCodes.Status400BadRequest,
                $"The path '{Shown(target)}' cannot be one of this daemon: expected parts of letters, digits, '.', '-' or '_' between "
                    + "single slashes, nothing encoded.");
        }

        // A page of another origin may send a form to this machine; its browser says where it comes from.
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)
            && request.Headers.Origin is [{ } origin] && !IsOurs(origin, request))
        {
            return Problem.Of(StatusCodes.Status403Forbidden, "A page of another origin may not change anything here.");
        }

        path = target[1..].Split('/');
        return null;
    }

    /// <summary>True where the client may ask for what needs a token; a wrong token is logged once per address and minute.</summary>
    public bool Admits(HttpContext context)
    {
        string? shown = context.Request.Headers.Authorization;
        if (token() is not { } present || present.IsShownBy(shown))
        {
            return true;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        IPAddress? remote = context.Connection.RemoteIpAddress;
        string address = (remote is { IsIPv4MappedToIPv6: true } ? remote.MapToIPv4() : remote)?.ToString() ?? "an unknown address";
        if (_refusals.MaySay(address))
        {
            log.TokenRefused(address, string.IsNullOrEmpty(shown) ? "no token" : "a wrong token");
        }

        return false;
    }

    /// <summary>True for a page of this daemon, also where a proxy that has the name of the settings speaks TLS before it.</summary>
    private bool IsOurs(string origin, HttpRequest request) =>
        origin == $"{request.Scheme}://{request.Host}"
        || (options.Name is { } name && Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && string.Equals(page.Host, name, StringComparison.OrdinalIgnoreCase));

    private static string HostOf(IPAddress address) => new ListenAddress(address, 0, false).ToString()["http://".Length..^2];

    /// <summary>A client's text, short and without control characters.</summary>
    private static string Shown(string text) => string.Concat(text.Take(80).Where(letter => !char.IsControl(letter)));

    [GeneratedRegex(@"^(/\z|(/(?!\.{1,2}(/|\z))[A-Za-z0-9._-]+)+\z)")]
    private static partial Regex Path();
}
