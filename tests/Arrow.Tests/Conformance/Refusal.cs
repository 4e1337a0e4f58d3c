namespace Pipeline.Arrow.Tests.Conformance;

/// <summary>Why a data set must be refused.</summary>
/// <param name="Reason">The reason in a word.</param>
/// <param name="Words">What a message must say.</param>
internal sealed record Refusal(string Reason, params string[] Words)
{
    private const string BigEndian = "big-endian";

    /// <summary>Why a data set must be refused, or null: its byte order, or the first type that is not supported.</summary>
    public static Refusal? Of(IntegrationFile file, GoldFile gold)
    {
        if (file.IsBigEndian)
        {
            return new Refusal(BigEndian, BigEndian);
        }

        return gold.Unsupported is (string type, string path) ? new Refusal(type, $"type {type}", $"field '{path}'") : null;
    }

    /// <summary>True when a message says that something is not supported, and why.</summary>
    public bool IsNamedBy(string message) =>
        message.StartsWith("not supported: ", StringComparison.Ordinal)
        && Words.All(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
