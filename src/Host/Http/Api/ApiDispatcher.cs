using System.Collections.Immutable;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pipeline.Engine;

namespace Pipeline.Host.Http.Api;

/// <summary>Finds the route of a request, checks what was given, and has it answered.</summary>
/// <remarks>Safe for all threads.</remarks>
/// <param name="routes">What can be asked for.</param>
/// <param name="gate">What every request must pass.</param>
/// <param name="rates">How often each client may ask.</param>
/// <param name="bodyBytesMax">The longest body where a route says nothing else.</param>
internal sealed class ApiDispatcher(ImmutableArray<ApiRoute> routes, Gate gate, ClientRates rates, long bodyBytesMax)
{
    private const string OpenPath = "/live";


    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        Gate.Mark(context.Response);
        ApiAnswer answer = await AnswerOfAsync(context);
        foreach ((string name, string value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await answer.WriteAsync(context);
    }

    private async ValueTask<ApiAnswer> AnswerOfAsync(HttpContext context)
    {
        // Whether the process lives is asked by managers that kill it where no answer comes.
        if (context.Request.Path != OpenPath && !rates.MayAsk(context.Connection.RemoteIpAddress))
        {
            return Refused(
                StatusCodes.Status429TooManyRequests,
                $"More than {rates.PerSecond} requests per second come from your address. Ask less often; raise Pipeline:Http:Requests if "
                    + "this is as it should be.");
        }

        if (gate.Look(context, out string[] path) is { } refused)
        {
            return new ApiAnswer.Refused(refused);
        }

        (ApiRoute Route, Dictionary<string, string> Values)[] here =
            [.. from one in routes let values = one.Match(path) where values is not null select (one, values)];
        if (!here.Any(one => one.Route.IsOpen) && !gate.Admits(context))
        {
            return Refused(
                StatusCodes.Status401Unauthorized,
                "This daemon wants its token: send the header 'Authorization: Bearer TOKEN', with what stands in the file of Pipeline:Http:Token.");
        }

        if (here.Length == 0)
        {
            string asked = "/" + string.Join('/', path);
            string[] patterns = [.. routes.Select(route => route.Pattern).Distinct()];
            return ApiAnswer.NotFound($"There is nothing at '{asked}'.{Spelling.Suggest(asked, patterns)} There are: {string.Join(", ", patterns)}.");
        }

        string method = HttpMethods.IsHead(context.Request.Method) ? HttpMethods.Get : context.Request.Method;
        (ApiRoute route, Dictionary<string, string> found) = here.FirstOrDefault(one => one.Route.Method == method);
        if (route is null)
        {
            string allow = string.Join(
                ", ",
                here.SelectMany(one => one.Route.Method == HttpMethods.Get ? [HttpMethods.Get, HttpMethods.Head] : new[] { one.Route.Method }));
            return new ApiAnswer.Refused(Problem.Of(StatusCodes.Status405MethodNotAllowed, $"'{here[0].Route.Pattern}' takes {allow}."))
            {
                Allow = allow,
            };
        }

        RequestCounts.Note(context, route.Pattern);
        if (Take(route, found, context.Request, out Dictionary<string, string> given) is { } wrong)
        {
            return wrong;
        }

        if (Negotiation.Choose(route.Offers, context.Request.Headers) is not { } offer)
        {
            return Refused(
                StatusCodes.Status406NotAcceptable,
                $"'{route.Pattern}' is to be had as {string.Join(" or ", route.Offers.Select(one => one.MediaType))}; say so in the header Accept.");
        }

        string mediaType = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type) ? type.MediaType.Value ?? "" : "";
        return Open(route, context, mediaType) ?? await route.Answer(
            new ApiRequest(found, given, offer, route.Body is null ? Stream.Null : context.Request.Body, mediaType), context.RequestAborted);
    }

    /// <summary>Lets the body be read up to the route's limit; a problem where it cannot be the route's.</summary>
    private ApiAnswer.Refused? Open(ApiRoute route, HttpContext context, string mediaType)
    {
        long bytesMax = route.Body?.BytesMax ?? bodyBytesMax;
        if (context.Request.ContentLength > bytesMax)
        {
            return Refused(
                StatusCodes.Status413PayloadTooLarge,
                $"The body has {ByteSize.Format(context.Request.ContentLength.Value)}; {ByteSize.Format(bytesMax)} are taken "
                + $"here{(route.Body?.BytesMax is null ? " (Pipeline:Http:Body)" : "")}. Send it in parts.");
        }

        if (route.Body is not { } body)
        {
            return null;
        }

        // JSON may be left out where all of it has defaults; the route says so where it may not.
        bool isLeftOut = body.Content is not null && mediaType.Length == 0
            && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false };
        if (!isLeftOut && !body.MediaTypes.IsEmpty && !body.MediaTypes.Contains(mediaType, StringComparer.OrdinalIgnoreCase))
        {
            return Refused(
                StatusCodes.Status415UnsupportedMediaType,
                $"'{route.Pattern}' takes {string.Join(" or ", body.MediaTypes)}; say so in the header Content-Type, or send the body in that form.");
        }

        if (context.Request.Headers.ContentEncoding is [{ } encoding, ..] && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            return Refused(
                StatusCodes.Status415UnsupportedMediaType,
                "Bodies are taken as they are, without Content-Encoding. Send them plainly; Arrow batches may be compressed inside the "
                    + "stream (LZ4, Zstandard).");
        }

        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = bytesMax;
        return null;
    }

    /// <summary>Checks the parameters of the path, and takes those of query and headers; a problem where one cannot be.</summary>
    private static ApiAnswer? Take(ApiRoute route, Dictionary<string, string> values, HttpRequest request, out Dictionary<string, string> given)
    {
        given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (ApiParameter parameter in route.Parameters.Where(one => one.IsInPath))
        {
            if (!parameter.Takes(values[parameter.Name]))
            {
                return ApiAnswer.NotFound($"'{values[parameter.Name]}' cannot be: expected as {parameter.Name} {parameter.Rule}.");
            }
        }

        foreach (ApiParameter parameter in route.Parameters.Where(one => one.Place == ApiPlace.Header && request.Headers.ContainsKey(one.Name)))
        {
            if (request.Headers[parameter.Name] is not [{ } text] || !parameter.Takes(text) || !IsWithin(parameter, text))
            {
                return Refused(StatusCodes.Status400BadRequest, $"The header '{parameter.Name}' must stand there once, as {parameter.Rule}.");
            }

            given[parameter.Name] = text;
        }

        string[] names = [.. route.Parameters.Where(one => one.Place == ApiPlace.Query).Select(one => one.Name)];
        foreach ((string name, StringValues texts) in request.Query)
        {
            ApiParameter? parameter = route.Parameters.FirstOrDefault(one => one.Place == ApiPlace.Query && one.Name == name);
            if (parameter is null)
            {
                string valid = names.Length == 0 ? "There are none here." : $"There are: {string.Join(", ", names)}.";
                return Refused(StatusCodes.Status400BadRequest, $"The query has a parameter that nobody knows.{Spelling.Suggest(name, names)} {valid}");
            }

            if (texts is not [{ } text] || !parameter.Takes(text) || !IsWithin(parameter, text))
            {
                return Refused(StatusCodes.Status400BadRequest, $"The parameter '{name}' of the query must stand there once, as {parameter.Rule}.");
            }

            given[name] = text;
        }

        return null;
    }

    private static bool IsWithin(ApiParameter parameter, string text) =>
        parameter.WholeNumbers is not { } range
        || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= range.Min && number <= range.Max);

    private static ApiAnswer.Refused Refused(int status, string detail) => new ApiAnswer.Refused(Problem.Of(status, detail));
}
