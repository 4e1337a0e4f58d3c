using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Engine;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Http;

/// <summary>The certificate that the listener shows, with its chain.</summary>
/// <param name="Own">The certificate with its key.</param>
/// <param name="Chain">Whatever else the file holds.</param>
internal sealed record ServerCertificate(X509Certificate2 Own, X509Certificate2Collection Chain) : IDisposable
{
    /// <summary>Both, as connections take them; nothing is asked of the network.</summary>
    public SslStreamCertificateContext Context { get; } = SslStreamCertificateContext.Create(Own, Chain, offline: true);

    /// <summary>Tells this certificate with its chain from others.</summary>
    public string Key { get; } = string.Join(' ', Chain.Prepend(Own).Select(one => one.Thumbprint));

    /// <summary>Reads PEM files, or gives null where the options name none.</summary>
    /// <exception cref="StageException">A file cannot be read, or certificate and key do not fit together.</exception>
    public static ServerCertificate? Read(HttpOptions options)
    {
        if (options.CertificatePath is not { } path)
        {
            return null;
        }

        // The files are the user's; what is wrong with them is the user's to mend.
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(path, options.CertificateKeyPath);

            // Windows does not serve with a key that lives in memory alone; a PKCS#12 makes it one that it takes.
            X509Certificate2 own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(path);
            return new ServerCertificate(own, chain);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            string key = options.CertificateKeyPath is { } file ? $" with key '{file}'" : "";
            throw DaemonSection.Refusal(
                "Pipeline:Http:Certificate",
                $"'{path}'{key} cannot be used: {unusable.Message} Expected PEM files of a certificate and its key.",
                unusable);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Own.Dispose();
        foreach (X509Certificate2 one in Chain)
        {
            one.Dispose();
        }
    }
}
