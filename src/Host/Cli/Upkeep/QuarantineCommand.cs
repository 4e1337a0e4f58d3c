using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Cli.Screen;
using Pipeline.Host.Configuration;
using Pipeline.Host.Upkeep;

namespace Pipeline.Host.Cli.Upkeep;

/// <summary><c>pipeline quarantine</c>: what could not join a dataset, and another try.</summary>
internal sealed class QuarantineCommand
{
    private const int DigestLetters = 64;
    private const int ShortLetters = 12;

    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "The daemon's settings, which name its address and token.",
        HelpName = "settings.json",
        Recursive = true,
    };

    private readonly Argument<string> _digest = new("digest") { Description = "The bytes, by the first letters of their digest." };
    private readonly Option<string?> _dataset = new("--dataset")
    {
        Description = "The dataset, where several could not take the same bytes.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _reader = new("--reader") { Description = "The reader to use: wide-csv, reference-csv, arrow.", HelpName = "READER" };

    /// <summary>The command.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(
            "quarantine",
            """
            Shows what the running daemon could not take into a dataset, and has it tried again. Nothing is deleted.

            Examples:
              pipeline quarantine list --settings settings.json
              pipeline quarantine show 3f2a91
              pipeline quarantine retry 3f2a91 --reader reference-csv
            """);
        command.Options.Add(_settings);

        var list = new Command("list", "Everything in quarantine.");
        list.SetAction((parsed, cancellation) => context.GuardAsync(() => WithAsync(parsed, context, client => ListAsync(client, context.Out, cancellation))));
        command.Subcommands.Add(list);

        var show = new Command("show", "Why these bytes could not join, and where they lie.");
        show.Arguments.Add(_digest);
        show.SetAction((parsed, cancellation) => context.GuardAsync(() => WithAsync(
            parsed, context, client => ShowAsync(client, parsed.GetValue(_digest)!, context.Out, cancellation))));
        command.Subcommands.Add(show);

        var retry = new Command("retry", "Tries the bytes again: after an update, with another reader, or once what they did not fit has changed.");
        retry.Arguments.Add(_digest);
        retry.Options.Add(_dataset);
        retry.Options.Add(_reader);
        retry.SetAction((parsed, cancellation) => context.GuardAsync(() => WithAsync(
            parsed, context, client => RetryAsync(
                client, parsed.GetValue(_digest)!, parsed.GetValue(_dataset), parsed.GetValue(_reader), context.Out, cancellation))));
        command.Subcommands.Add(retry);
        return command;
    }

    private async Task<int> WithAsync(ParseResult parsed, CommandContext context, Func<DaemonClient, Task> work)
    {
        IConfiguration configuration = parsed.GetValue(_settings) is { } path ? SettingsFile.On(context.Configuration, path) : context.Configuration;
        using DaemonClient client = DaemonClient.Of(HttpSection.Read(configuration.GetSection("Pipeline")));
        await work(client);
        return ExitCode.Done;
    }

    private static async Task ListAsync(DaemonClient client, TextWriter screen, CancellationToken cancellation)
    {
        var table = new ScreenTable("digest", "dataset", "since", "path", "reason");
        int count = 0;
        await foreach (JsonNode entry in EntriesAsync(client, cancellation))
        {
            count++;
            table.Add(
                Text(entry, "digest")[..ShortLetters],
                Text(entry, "dataset"),
                DateTimeOffset.Parse(Text(entry, "time"), CultureInfo.InvariantCulture).ToLocalTime()
                    .ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                Text(entry, "path"),
                Text(entry, "message"));
        }

        await screen.WriteAsync(count == 0 ? "Nothing is in quarantine.\n" : table.ToString());
    }

    private static async Task ShowAsync(DaemonClient client, string letters, TextWriter screen, CancellationToken cancellation)
    {
        JsonNode found = await client.GetAsync($"/v1/quarantine/{await DigestAsync(client, letters, cancellation)}", cancellation);
        foreach (JsonNode? entry in found["entries"]!.AsArray())
        {
            await screen.WriteLineAsync($"digest   {Text(entry!, "digest")}");
            await screen.WriteLineAsync($"dataset  {Text(entry!, "dataset")}");
            await screen.WriteLineAsync($"path     {Text(entry!, "path")}");
            await screen.WriteLineAsync(
                $"refused  {Text(entry!, "time")}, {ByteSize.Format(entry!["lengthBytes"]!.GetValue<long>())}, reader {Text(entry, "reader")}");
            await screen.WriteLineAsync($"reason   {Text(entry, "message")}");
            await screen.WriteLineAsync($"bytes    /v1/quarantine/{Text(entry, "digest")}/bytes");
        }
    }

    private static async Task RetryAsync(
        DaemonClient client, string letters, string? dataset, string? reader, TextWriter screen, CancellationToken cancellation)
    {
        string digest = await DigestAsync(client, letters, cancellation);
        var wish = new JsonObject { ["dataset"] = dataset, ["reader"] = reader };
        JsonNode outcome = await client.PostAsync($"/v1/quarantine/{digest}/retry", wish, cancellation);
        await screen.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{Text(outcome, "path")} has joined {Text(outcome, "dataset")} ({Text(outcome, "outcome")}): {outcome["newSamples"]} new "
                + $"samples, {outcome["newReferences"]} new references."));
        foreach (JsonNode? warning in outcome["warnings"]!.AsArray())
        {
            await screen.WriteLineAsync($"  {warning}");
        }
    }

    /// <summary>The digest that begins with some letters.</summary>
    private static async Task<string> DigestAsync(DaemonClient client, string letters, CancellationToken cancellation)
    {
        letters = letters.ToLowerInvariant();
        if (letters.Length == 0 || letters.Length > DigestLetters || !letters.All(char.IsAsciiHexDigitLower))
        {
            throw new StageException(
                FailureKind.InvalidRequest,
                $"'{letters}' cannot begin a digest: expected hexadecimal digits, as 'pipeline quarantine list' shows them.");
        }

        HashSet<string> found = [];
        await foreach (JsonNode entry in EntriesAsync(client, cancellation))
        {
            if (Text(entry, "digest").StartsWith(letters, StringComparison.Ordinal))
            {
                found.Add(Text(entry, "digest"));
            }
        }

        return found.Count switch
        {
            1 => found.Single(),
            0 => throw new StageException(
                FailureKind.InvalidRequest,
                $"Nothing in quarantine begins with '{letters}'. 'pipeline quarantine list' shows what there is."),
            _ => throw new StageException(FailureKind.InvalidRequest, $"{found.Count} digests in quarantine begin with '{letters}'. Give more letters."),
        };
    }

    private static async IAsyncEnumerable<JsonNode> EntriesAsync(
        DaemonClient client, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        string? after = null;
        do
        {
            JsonNode page = await client.GetAsync($"/v1/quarantine?limit=1000{(after is null ? "" : $"&after={after}")}", cancellation);
            foreach (JsonNode? entry in page["items"]!.AsArray())
            {
                yield return entry!;
            }

            after = page["next"]?.GetValue<string>();
        }
        while (after is not null);
    }

    /// <summary>A text of the daemon's; files may bear names that a terminal would obey.</summary>
    private static string Text(JsonNode entry, string name) =>
        string.Concat((entry[name]?.GetValue<string>() ?? "").Select(letter => char.IsControl(letter) ? '?' : letter));
}
