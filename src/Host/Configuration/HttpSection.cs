using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;

namespace Pipeline.Host.Configuration;

/// <summary>Reads <c>Pipeline:Http</c>.</summary>
/// <remarks>
/// As strict as <see cref="DaemonSection"/>. An address that other machines can reach is refused without TLS and token: what the
/// daemon knows and does is nobody else's business by mistake.
/// </remarks>
internal static partial class HttpSection
{
    /// <summary>Where the daemon listens when nothing is said.</summary>
    public const string ListenDefault = "http://127.0.0.1:5190";

    private const int PortDefault = 5190;
    private const int ConnectionsMax = 10_000;
    private const int RequestsMax = 100_000;
    private const long UploadBytesMax = 1L << 40;
    private const long BodyBytesMin = 1 << 10;
    private const long BodyBytesMax = 1 << 30;
    private static readonly string[] Keys = ["Listen", "Name", "Token", "Certificate", "CertificateKey", "Connections", "Body", "Upload", "Requests"];

    /// <summary>Reads the options of the section <c>Pipeline</c>.</summary>
    /// <exception cref="StageException">An unknown key, a value that cannot work, or values that do not fit together.</exception>
    public static HttpOptions Read(IConfigurationSection pipeline)
    {
        IConfigurationSection section = pipeline.GetSection("Http");
        DaemonSection.RefuseUnknown(section, Keys);
        if (section.Value is { Length: > 0 } value)
        {
            throw DaemonSection.Refusal(section.Path, $"expected keys such as {{ \"Listen\": \"off\" }}, found '{value}'.");
        }

        string listen = section["Listen"] ?? ListenDefault;
        var options = new HttpOptions
        {
            Listen = string.Equals(listen, "off", StringComparison.OrdinalIgnoreCase) ? null : AddressOf(section, listen),
            Name = NameOf(section),
            TokenPath = PathOf(section, "Token"),
            CertificatePath = PathOf(section, "Certificate"),
            CertificateKeyPath = PathOf(section, "CertificateKey"),
        };
        options = options with
        {
            ConnectionsMax = CountOf(section, "Connections", options.ConnectionsMax, ConnectionsMax),
            RequestsPerSecondMax = CountOf(section, "Requests", options.RequestsPerSecondMax, RequestsMax),
            BodyBytesMax = SizeOf(section, "Body", options.BodyBytesMax, BodyBytesMax),
            UploadBytesMax = SizeOf(section, "Upload", options.UploadBytesMax, UploadBytesMax),
        };
        return Checked(section, options);
    }

    private static HttpOptions Checked(IConfigurationSection section, HttpOptions options)
    {
        if (options.CertificateKeyPath is not null && options.CertificatePath is null)
        {
            throw DaemonSection.Refusal(
                $"{section.Path}:CertificateKey",
                "found a key without Certificate. Set Certificate to the PEM file that the key belongs to.");
        }

        if (options.Listen is not { } listen)
        {
            return options;
        }

        if (!listen.IsLoopback && (!listen.IsTls || options.TokenPath is null))
        {
            string[] missing = [.. listen.IsTls ? [] : new[] { "TLS" }, .. options.TokenPath is null ? new[] { "a token" } : []];
            throw DaemonSection.Refusal(
                $"{section.Path}:Listen",
                $"found '{listen}', which other machines can reach, without {string.Join(" and ", missing)}. Write https:// and set Certificate and "
                + "CertificateKey (PEM files), and Token (a file of mode 0600, made for example by: umask 077; openssl rand -hex 32 > token); or "
                + $"listen on this machine alone: '{ListenDefault}'.");
        }

        if (listen.IsTls && options.CertificatePath is null)
        {
            throw DaemonSection.Refusal(
                $"{section.Path}:Listen",
                $"found '{listen}' without Certificate. Set Certificate and CertificateKey to PEM files, or write http://.");
        }

        return listen.IsTls || options.CertificatePath is null
            ? options
            : throw DaemonSection.Refusal(
                $"{section.Path}:Certificate",
                $"found a certificate, but Listen is '{listen}'. Write https:// there, or drop Certificate.");
    }

    private static ListenAddress AddressOf(IConfigurationSection section, string text)
    {
        Match match = Address().Match(text);
        string host = match.Groups["host"].Value;
        IPAddress? address = host is "localhost" ? IPAddress.Loopback : null;
        int port = PortDefault;
        bool isPort = !match.Groups["port"].Success
            || (int.TryParse(match.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort);
        bool isHost = host is "localhost" or "*" || IPAddress.TryParse(host, out address);
        return match.Success && isPort && isHost
            ? new ListenAddress(address, port, match.Groups["scheme"].Value == "https")
            : throw DaemonSection.Refusal(
                $"{section.Path}:Listen",
                $"expected 'off' or an address such as '{ListenDefault}', 'https://192.0.2.7:5190' or 'https://*:5190', found "
                    + $"'{text}'.{Spelling.Suggest(text, ["off"])}");
    }

    private static string? NameOf(IConfigurationSection section) =>
        section["Name"] is not { } name || (name.Length <= 253 && HostName().IsMatch(name))
            ? section["Name"]
            : throw DaemonSection.Refusal($"{section.Path}:Name", $"expected a host name such as 'lab.example', found '{name}'.");

    private static string? PathOf(IConfigurationSection section, string key) =>
        section[key] is not { } path || path.Trim().Length > 0
            ? section[key]
            : throw DaemonSection.Refusal($"{section.Path}:{key}", "expected the path of a file, found nothing. Name one, or drop the key.");

    private static int CountOf(IConfigurationSection section, string key, int usual, int most) =>
        section[key] is not { } text
            ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1 && count <= most
                ? count
                : throw DaemonSection.Refusal($"{section.Path}:{key}", $"expected a whole number from 1 to {most}, found '{text}'.");

    private static long SizeOf(IConfigurationSection section, string key, long usual, long most) =>
        section[key] is not { } text
            ? usual
            : ByteSize.TryParse(text, out long bytes) && bytes >= BodyBytesMin && bytes <= most
                ? bytes
                : throw DaemonSection.Refusal(
                    $"{section.Path}:{key}",
                    $"expected a size from {ByteSize.Format(BodyBytesMin)} to {ByteSize.Format(most)} such as '{ByteSize.Format(usual)}', found '{text}'.");

    [GeneratedRegex(@"^(?<scheme>https?)://(?:\[(?<host>[0-9A-Fa-f:.]+)\]|(?<host>[0-9.]+|localhost|\*))(?::(?<port>[0-9]{1,5}))?/?\z")]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z")]
    private static partial Regex HostName();
}
