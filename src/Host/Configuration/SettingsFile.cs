using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Pipeline.Engine;

namespace Pipeline.Host.Configuration;

/// <summary>A settings file that a person names on the command line: its values, and where each stands.</summary>
/// <remarks>Of one look at its bytes: whatever becomes of the file afterwards, values and places belong together.</remarks>
internal sealed class SettingsFile : JsonStreamConfigurationProvider, IConfigurationSource
{
    /// <summary>The longest settings file.</summary>
    public const int BytesMax = 1 << 20;

    private SettingsFile(string path, byte[] json, ImmutableDictionary<string, TextPlace> places)
        : base(new JsonStreamConfigurationSource { Stream = new MemoryStream(json) })
    {
        Path = path;
        Places = places;
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Where each key stands.</summary>
    public ImmutableDictionary<string, TextPlace> Places { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="StageException">It cannot be read, or is no JSON; the message names line and column.</exception>
    public static SettingsFile Read(string path)
    {
        ReadOnlySpan<byte> json = BytesOf(path);
        json = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
        if (!Utf8.IsValid(json))
        {
            throw Refusal(path, "the text is not UTF-8. Save it as UTF-8.");
        }

        // The file is the user's; what is wrong with it is the user's to mend.
        try
        {
            ImmutableDictionary<string, TextPlace> places = JsonKeyPlaces.Of(json);
            return json.TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'/', ..]
                ? throw Refusal(path, "found JSON, but no object. Write { \"Pipeline\": { … } }.")
                : new SettingsFile(path, json.ToArray(), places);
        }
        catch (JsonException wrong)
        {
            throw Refusal($"{path}:{TextPlace.Of(wrong, json)}", $"{Reason(wrong.Message)} Mend the JSON there, or just before.", wrong);
        }
    }

    /// <summary>The settings of a file on top of others, which are read anew; the environment still wins.</summary>
    /// <exception cref="StageException">As above.</exception>
    public static IConfigurationRoot On(IConfiguration configuration, string? path)
    {
        // Nobody watches what lies beside the program; whoever reads settings anew reads it anew.
        try
        {
            (configuration as IConfigurationRoot)?.Reload();
        }
        catch (Exception wrong) when (wrong is InvalidDataException or FormatException or IOException)
        {
            throw Refusal("appsettings.json", $"{wrong.GetBaseException().Message} Mend the file beside the program.", wrong);
        }

        var builder = new ConfigurationBuilder();
        builder.AddConfiguration(configuration);
        if (path is not null)
        {
            builder.Add(Read(path)).AddEnvironmentVariables();
        }

        // Whatever the framework finds wrong in JSON that can be read, such as an element at the top that is no object.
        try
        {
            return builder.Build();
        }
        catch (Exception wrong) when (wrong is InvalidDataException or FormatException)
        {
            throw Refusal(path!, (wrong.InnerException ?? wrong).Message, wrong);
        }
    }

    IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => this;

    private static byte[] BytesOf(string path)
    {
        // As above.
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[BytesMax + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= BytesMax ? bytes[..length] : throw Refusal(path, $"the file is longer than {ByteSize.Format(BytesMax)}; settings are shorter.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Refusal(path, $"cannot be read: {unreadable.Message}", unreadable);
        }
    }

    private static string Reason(string message) => message.Split(" LineNumber:")[0].Split(" Path:")[0];

    private static StageException Refusal(string place, string message, Exception? why = null) => new(FailureKind.InvalidRequest, $"{place}: {message}", why);
}
