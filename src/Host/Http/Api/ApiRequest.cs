using System.Globalization;

namespace Pipeline.Host.Http.Api;

/// <summary>A request that fits its route: its parameters are checked.</summary>
/// <param name="Values">Values of the parameters of the path, by name.</param>
/// <param name="Given">Values of the parameters of query and headers that were given, by name; one may bear the name of a part of the path.</param>
/// <param name="Offer">The form of the answer that was chosen.</param>
/// <param name="Body">The body, to be read once and not kept; empty where the route takes none. Reading beyond the route's limit throws.</param>
/// <param name="MediaType">The body's media type without parameters; empty where none was given.</param>
internal sealed record ApiRequest(
    IReadOnlyDictionary<string, string> Values, IReadOnlyDictionary<string, string> Given, ApiOffer Offer, Stream Body, string MediaType)
{
    /// <summary>The value of a parameter of the path.</summary>
    public string this[string name] => Values[name];

    /// <summary>The value of a parameter of the query or a header, or null.</summary>
    public string? Find(string name) => Given.GetValueOrDefault(name);

    /// <summary>The most items that the client wants on the page.</summary>
    public int Limit(int usual) => Find(ApiRoutes.LimitName) is { } limit ? int.Parse(limit, CultureInfo.InvariantCulture) : usual;

    /// <summary>A page of items in the order of their cursors.</summary>
    public Page<T> PageOf<T>(IEnumerable<T> items, Func<T, string> cursor)
    {
        string? after = Find(ApiRoutes.AfterName);
        int limit = Limit(ApiRoutes.PageItems);
        return Page<T>.Of(
            [
                .. items.OrderBy(cursor, StringComparer.Ordinal)
                    .SkipWhile(item => after is not null && string.CompareOrdinal(cursor(item), after) <= 0)
                    .Take(limit + 1),
            ],
            limit,
            cursor);
    }
}
