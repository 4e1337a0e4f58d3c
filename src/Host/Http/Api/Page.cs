using System.ComponentModel;

namespace Pipeline.Host.Http.Api;

/// <summary>A part of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null on the last one.</param>
internal sealed record Page<T>(
    [property: Description("The items, in the order of their names or digests.")] IReadOnlyList<T> Items,
    [property: Description("The value of 'after' for the next page; null on the last one.")] string? Next)
{
    /// <summary>The page of at most some items, given one more where there is one.</summary>
    public static Page<T> Of(IReadOnlyList<T> oneMore, int limit, Func<T, string> cursor) =>
        oneMore.Count <= limit ? new Page<T>(oneMore, null) : new Page<T>([.. oneMore.Take(limit)], cursor(oneMore[limit - 1]));
}
