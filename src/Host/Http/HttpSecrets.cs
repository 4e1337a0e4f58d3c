using Pipeline.Engine;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Http;

/// <summary>What the listener reads from files of its own: the token that clients must show, the certificate that it shows.</summary>
/// <param name="Token">The token, or null where none is asked for.</param>
/// <param name="Certificate">The certificate, or null without TLS.</param>
internal sealed record HttpSecrets(AccessToken? Token, ServerCertificate? Certificate) : IDisposable
{
    /// <summary>Reads the files that the options name.</summary>
    /// <exception cref="StageException">One of them cannot be used.</exception>
    public static HttpSecrets Read(HttpOptions options)
    {
        AccessToken? token = options.TokenPath is { } path ? AccessToken.Read(path) : null;
        return new HttpSecrets(token, ServerCertificate.Read(options));
    }

    /// <inheritdoc/>
    public void Dispose() => Certificate?.Dispose();
}
