using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Pipeline.Host.Http.Api;

/// <summary>The choice of an answer's form by the header <c>Accept</c>.</summary>
internal static class Negotiation
{
    private const int RangesMax = 32;

    /// <summary>The offer that the client likes best, or null where it takes none; the first where it does not choose.</summary>
    public static ApiOffer? Choose(ImmutableArray<ApiOffer> offers, IHeaderDictionary headers)
    {
        if (headers.Accept.Count == 0)
        {
            return offers[0];
        }

        IList<MediaTypeHeaderValue> ranges = MediaTypeHeaderValue.TryParseList(headers.Accept, out IList<MediaTypeHeaderValue>? parsed) ? parsed : [];
        ApiOffer? best = null;
        double highest = 0;
        foreach (ApiOffer offer in offers)
        {
            if (Quality(offer, ranges) is var quality && quality > highest)
            {
                (best, highest) = (offer, quality);
            }
        }

        return best;
    }

    /// <summary>The quality of the most exact range that includes the offer; 0 where none does.</summary>
    private static double Quality(ApiOffer offer, IList<MediaTypeHeaderValue> ranges)
    {
        string kind = offer.MediaType.Split('/')[0];
        double quality = 0;
        int exactness = 0;
        foreach (MediaTypeHeaderValue range in ranges.Take(RangesMax))
        {
            // Parameters such as a version or a charset are wishes; what is sent says what it is.
            int fits = range.MediaType == offer.MediaType ? 3 : range.MatchesAllTypes ? 1 : range.MatchesAllSubTypes && range.Type == kind ? 2 : 0;
            if (fits > exactness)
            {
                (exactness, quality) = (fits, range.Quality ?? 1);
            }
        }

        return quality;
    }
}
