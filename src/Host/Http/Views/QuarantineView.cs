using System.ComponentModel;

namespace Pipeline.Host.Http.Views;

/// <summary>A source in quarantine, as clients see it.</summary>
internal sealed record QuarantineView(
    [property: Description("SHA-256 of the bytes, 64 digits.")] string Digest,
    [property: Description("The dataset that it could not join.")] string Dataset,
    [property: Description("The path under which it came.")] string Path,
    [property: Description("When it was refused.")] DateTimeOffset Time,
    [property: Description("What was expected, what was found, where, what to do.")] string Message,
    [property: Description("The reader that was chosen, or none.")] string Reader,
    [property: Description("Number of bytes.")] long LengthBytes);

/// <summary>Bytes in quarantine, with everything that is said of them.</summary>
internal sealed record QuarantinedBytesView(
    [property: Description("SHA-256 of the bytes, 64 digits.")] string Digest,
    [property: Description("Number of bytes.")] long LengthBytes,
    [property: Description("One for each dataset that they could not join.")] IReadOnlyList<QuarantineView> Entries);
