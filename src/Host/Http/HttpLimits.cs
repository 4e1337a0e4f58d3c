namespace Pipeline.Host.Http;

/// <summary>What a client may use up of the listener, whoever it is.</summary>
public sealed record HttpLimits
{
    /// <summary>The limits of the program.</summary>
    public static HttpLimits Default { get; } = new();

    /// <summary>The longest request line: method, path, query.</summary>
    public int RequestLineBytesMax { get; init; } = 4 << 10;

    /// <summary>The most bytes of all headers of a request.</summary>
    public int HeaderBytesMax { get; init; } = 16 << 10;

    /// <summary>The most headers of a request.</summary>
    public int HeaderCountMax { get; init; } = 64;

    /// <summary>How long a client may take to send its headers.</summary>
    public TimeSpan HeadersWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take for the TLS handshake.</summary>
    public TimeSpan HandshakeWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may idle between two requests.</summary>
    public TimeSpan KeepAliveMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The least bytes per second of a client that sends a body or reads an answer.</summary>
    public double BytesPerSecondMin { get; init; } = 240;

    /// <summary>How long a client may be slower than that.</summary>
    public TimeSpan SlowFor { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long requests in work may take to end when the daemon stops.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The most items on one page of a list.</summary>
    public int PageItemsMax { get; init; } = 1000;

    /// <summary>The most remote addresses whose requests are counted apart; all further ones share one account.</summary>
    public int ClientsMax { get; init; } = 4096;

    /// <summary>The most batches of one request.</summary>
    public int BatchesMax { get; init; } = 65_536;

    /// <summary>The most remote addresses of which it is remembered that a refused token was logged.</summary>
    public int RefusedAddressesMax { get; init; } = 1024;
}
