using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Pipeline.Host.Http.Api;

/// <summary>One thing that can be asked for: how it is asked, what it answers, and who answers.</summary>
/// <remarks>The table of routes serves requests and writes the OpenAPI document, so that neither can say what the other does not.</remarks>
internal sealed record ApiRoute
{
    /// <summary>The method; HEAD goes with GET.</summary>
    public string Method { get; init; } = HttpMethods.Get;

    /// <summary>The path, with parameters as <c>{name}</c>.</summary>
    public required string Pattern { get; init; }

    /// <summary>A name for generated clients.</summary>
    public required string Id { get; init; }

    /// <summary>What it answers, in a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>True where no token is needed.</summary>
    public bool IsOpen { get; init; }

    /// <summary>What stands in the path and the query.</summary>
    public ImmutableArray<ApiParameter> Parameters { get; init; } = [];

    /// <summary>The forms of the answer; the first is for those who do not choose.</summary>
    public required ImmutableArray<ApiOffer> Offers { get; init; }

    /// <summary>Further statuses with an answer of the same form, and what they mean.</summary>
    public ImmutableArray<(int Status, string Meaning)> Otherwise { get; init; } = [];

    /// <summary>The body that it takes; null where it takes none.</summary>
    public ApiBody? Body { get; init; }

    /// <summary>Answers; any thread, several at once.</summary>
    public required Func<ApiRequest, CancellationToken, ValueTask<ApiAnswer>> Answer { get; init; }

    /// <summary>The parts of the path between slashes.</summary>
    public ImmutableArray<string> Segments => [.. Pattern[1..].Split('/')];

    /// <summary>What answers at once, from what is at hand.</summary>
    public static Func<ApiRequest, CancellationToken, ValueTask<ApiAnswer>> Now(Func<ApiRequest, ApiAnswer> answer) => (request, _) => new(answer(request));

    /// <summary>The values of the path's parameters where the path is one of this route, else null.</summary>
    public Dictionary<string, string>? Match(string[] path)
    {
        ImmutableArray<string> segments = Segments;
        if (path.Length != segments.Length)
        {
            return null;
        }

        Dictionary<string, string> values = new(StringComparer.Ordinal);
        for (int i = 0; i < path.Length; i++)
        {
            if (segments[i].StartsWith('{'))
            {
                values.Add(segments[i].Trim('{', '}'), path[i]);
            }
            else if (segments[i] != path[i])
            {
                return null;
            }
        }

        return values;
    }
}

/// <summary>A parameter of a route.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Meaning">What it means.</param>
/// <param name="Pattern">What its text must look like, as a regular expression.</param>
/// <param name="Rule">The same in words.</param>
/// <param name="WholeNumbers">The least and the greatest value of a whole number; null for a text.</param>
internal sealed record ApiParameter(string Name, ApiPlace Place, string Meaning, string Pattern, string Rule, (int Min, int Max)? WholeNumbers = null)
{
    private const int LettersMax = 256;

    /// <summary>True for a part of the path, which is always there.</summary>
    public bool IsInPath => Place == ApiPlace.Path;

    /// <summary>True where the text is what the parameter must look like.</summary>
    public bool Takes(string text) => text.Length <= LettersMax && Regex.IsMatch(text, $@"{Pattern[..^1]}\z", RegexOptions.CultureInvariant);
}

/// <summary>Where a parameter of a route stands.</summary>
internal enum ApiPlace
{
    /// <summary>A part of the path.</summary>
    Path,

    /// <summary>In the query; may be left out.</summary>
    Query,

    /// <summary>A header of the request; may be left out.</summary>
    Header,
}

/// <summary>The body that a route takes.</summary>
/// <param name="MediaTypes">The media types it may have; any where there are none.</param>
/// <param name="BytesMax">The longest body; null for the listener's limit (<c>Pipeline:Http:Body</c>).</param>
/// <param name="Content">The type whose JSON it is; null for what is no JSON.</param>
/// <param name="Meaning">What the body is.</param>
internal sealed record ApiBody(ImmutableArray<string> MediaTypes, long? BytesMax, Type? Content, string Meaning);

/// <summary>A form of an answer.</summary>
/// <param name="ContentType">The value of the header <c>Content-Type</c>.</param>
/// <param name="Content">The type whose JSON it is; null for what is no JSON.</param>
/// <param name="Meaning">What the answer is.</param>
internal sealed record ApiOffer(string ContentType, Type? Content, string Meaning)
{
    /// <summary>The content type of JSON.</summary>
    public const string Json = "application/json";

    /// <summary>The content type without its parameters.</summary>
    public string MediaType => ContentType.Split(';')[0];
}
