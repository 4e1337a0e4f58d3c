using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;

namespace Pipeline.Host.Upkeep;

/// <summary>Asks the running daemon over HTTP, at the address and with the token of its settings.</summary>
/// <remarks>It speaks from the daemon's own machine, and knows the certificate by the file that the settings name.</remarks>
internal sealed class DaemonClient : IDisposable
{
    // A large file in quarantine takes its time to be read again.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly HttpClient _client;
    private readonly X509Certificate2? _certificate;

    private DaemonClient(Uri address, HttpOptions options)
    {
        _certificate = options.CertificatePath is { } path ? X509Certificate2.CreateFromPem(File.ReadAllText(path)) : null;
        var handler = new HttpClientHandler { UseProxy = false, AllowAutoRedirect = false };
        if (_certificate is { } own)
        {
            handler.ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown is not null
                && shown.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span);
        }

        _client = new HttpClient(handler) { BaseAddress = address, Timeout = Patience };
        if (options.TokenPath is { } token)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken.ReadText(token));
        }
    }

    /// <summary>A client of the daemon with these settings.</summary>
    /// <exception cref="StageException">The settings switch HTTP off, or token or certificate cannot be read.</exception>
    public static DaemonClient Of(HttpOptions options)
    {
        if (options.Listen is not { Port: > 0 } listen)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                "This command asks the running daemon over HTTP, and Pipeline:Http:Listen names no address and port. Set one, start the "
                    + "daemon, and name its settings with --settings.");
        }

        // The files are the user's; what is wrong with them is the user's to mend.
        try
        {
            bool isAnywhere = listen.Address is null || listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any);
            return new DaemonClient(new Uri(isAnywhere ? $"{(listen.IsTls ? "https" : "http")}://127.0.0.1:{listen.Port}" : listen.ToString()), options);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"Configuration Pipeline:Http:Certificate: '{options.CertificatePath}' cannot be used: {unusable.Message}",
                unusable);
        }
    }

    /// <summary>What is to be found at a path.</summary>
    /// <exception cref="StageException">Nobody answers, or the answer is a problem.</exception>
    public Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => AskAsync(HttpMethod.Get, path, null, cancellation);

    /// <summary>Has something done.</summary>
    /// <exception cref="StageException">Nobody answers, or the answer is a problem.</exception>
    public Task<JsonNode> PostAsync(string path, JsonNode body, CancellationToken cancellation) => AskAsync(HttpMethod.Post, path, body, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _certificate?.Dispose();
    }

    private async Task<JsonNode> AskAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };

        // A daemon that does not run, or another program at its address, is the user's to mend.
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, cancellation);
            JsonNode said = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellation)) ?? new JsonObject();
            return answer.IsSuccessStatusCode
                ? said
                : throw new StageException(
                    (int)answer.StatusCode >= 500 ? FailureKind.Storage
                        : answer.StatusCode == HttpStatusCode.UnprocessableEntity ? FailureKind.InvalidData
                        : FailureKind.InvalidRequest,
                    said["detail"]?.GetValue<string>() ?? $"The daemon answered {(int)answer.StatusCode}.");
        }
        catch (HttpRequestException unreachable)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"No daemon answers at {_client.BaseAddress}: {unreachable.Message} Start it ('pipeline serve'), or name its settings with --settings.",
                unreachable);
        }
        catch (JsonException other)
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"What answers at {_client.BaseAddress} is no daemon of this program. Check Pipeline:Http:Listen.",
                other);
        }
    }
}
