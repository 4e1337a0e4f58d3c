using System.Net;
using Pipeline.Host.Http;

namespace Pipeline.Host.Configuration;

/// <summary>How the daemon is reached over HTTP.</summary>
public sealed record HttpOptions
{
    /// <summary>No HTTP at all.</summary>
    public static HttpOptions Off { get; } = new();

    /// <summary>Where to listen; null for nowhere.</summary>
    public ListenAddress? Listen { get; init; }

    /// <summary>A further host name under which clients reach a daemon on the loopback address, as behind a proxy.</summary>
    public string? Name { get; init; }

    /// <summary>The file of the token that clients must show, or null.</summary>
    public string? TokenPath { get; init; }

    /// <summary>The file of the certificate and its chain (PEM), or null.</summary>
    public string? CertificatePath { get; init; }

    /// <summary>The file of the certificate's key (PEM); null where the certificate's file holds it.</summary>
    public string? CertificateKeyPath { get; init; }

    /// <summary>Connections open at the same time; one more is closed at once.</summary>
    public int ConnectionsMax { get; init; } = 256;

    /// <summary>The longest body of a request.</summary>
    public long BodyBytesMax { get; init; } = 1 << 20;

    /// <summary>The longest stream of batches in one request.</summary>
    public long UploadBytesMax { get; init; } = 16L << 30;

    /// <summary>Requests per second that one client may make for long; twice as many at once.</summary>
    public int RequestsPerSecondMax { get; init; } = 100;

    /// <summary>The limits that no setting names; tests lower them.</summary>
    public HttpLimits Limits { get; init; } = HttpLimits.Default;
}

/// <summary>An address and port to listen on.</summary>
/// <param name="Address">The address; null for all of this machine.</param>
/// <param name="Port">The port; 0 for one that is free.</param>
/// <param name="IsTls">Whether connections are encrypted.</param>
public sealed record ListenAddress(IPAddress? Address, int Port, bool IsTls)
{
    /// <summary>True where only this machine can connect.</summary>
    public bool IsLoopback => Address is { } one && IPAddress.IsLoopback(one);

    /// <summary>As it is written in the configuration.</summary>
    public override string ToString()
    {
        string host = Address is null ? "*" : Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{Address}]" : $"{Address}";
        return $"{(IsTls ? "https" : "http")}://{host}:{Port}";
    }
}
