using System.Security.Cryptography;
using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Http;

/// <summary>The secret that a client must show: kept as its digest, compared in constant time.</summary>
internal sealed class AccessToken
{
    private const int LettersMin = 32;
    private const int BytesMax = 4096;
    private const string Scheme = "Bearer ";
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly byte[] _digest;

    private AccessToken(byte[] digest)
    {
        _digest = digest;
    }

    /// <summary>Reads the token of a file that nobody else may read; blanks around it do not count.</summary>
    /// <exception cref="StageException">The file cannot be read, is open to others, or holds no token.</exception>
    public static AccessToken Read(string path) => new(DigestOf(ReadText(path)));

    /// <summary>The token itself, for who must show it.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static string ReadText(string path)
    {
        // The file is the user's; what is wrong with it is the user's to mend.
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            {
                throw Refusal(path, $"others may read it (mode {Convert.ToString((int)File.GetUnixFileMode(path), 8)}). Run: chmod 600 '{path}'");
            }

            // Opens no pipes: their writer may never come.
            using Stream stream = new LocalStorage().OpenRead(path);
            byte[] bytes = new byte[BytesMax + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            string text = Encoding.Latin1.GetString(bytes.AsSpan(0, length)).Trim();
            if (length > BytesMax || text.Length < LettersMin || !text.All(letter => letter is > ' ' and <= '~'))
            {
                throw Refusal(
                    path,
                    $"expected {LettersMin} to {BytesMax} letters, digits or signs without blanks, found {(length > BytesMax ? "more" : $"{text.Length}")}. "
                    + "Make one: umask 077; openssl rand -hex 32 > token");
            }

            return text;
        }
        catch (StageException unreadable) when (unreadable.Kind == FailureKind.Storage)
        {
            throw Refusal(path, unreadable.InnerException?.Message ?? unreadable.Message);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Refusal(path, unreadable.Message);
        }
    }

    /// <summary>Tells this token from others; its digest, and no secret of its own.</summary>
    public string Key => Convert.ToHexString(_digest);

    /// <summary>True where the header <c>Authorization</c> shows this token.</summary>
    public bool IsShownBy(string? authorization) =>
        authorization is { Length: <= BytesMax }
        && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(_digest, DigestOf(authorization[Scheme.Length..].Trim()));

    private static byte[] DigestOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static StageException Refusal(string path, string why) =>
        DaemonSection.Refusal("Pipeline:Http:Token", $"'{path}' cannot be used: {why}");
}
