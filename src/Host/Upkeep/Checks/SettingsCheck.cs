using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Finds everything that is wrong with the settings, where the start of a daemon stops at the first.</summary>
/// <remarks>
/// The readers of the settings say what is wrong. What they refuse is taken out (or given a stand-in, where something is needed), and they
/// are asked again, until they refuse nothing new.
/// </remarks>
internal static partial class SettingsCheck
{
    private const string Check = "settings";
    private const string StandIn = "stand-in";
    private const int FindingsMax = 100;

    /// <summary>Reads a settings file as JSON; a finding with line and column where it is none.</summary>
    public static Finding? Parse(string path)
    {
        // The file is the user's; whatever is wrong with it is what was asked.
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? null
                : Finding.Problem(Check, $"'{path}' is JSON, but no object.", "Write { \"Pipeline\": { … } }.");
        }
        catch (JsonException wrong)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"line {wrong.LineNumber + 1}, column {wrong.BytePositionInLine + 1}");
            return Finding.Problem(Check, $"'{path}', {place}: {Reason(wrong.Message)}", "Mend the JSON there, or just before.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Finding.Problem(Check, $"'{path}' cannot be read: {unreadable.Message}", "Correct --settings, or the permissions of the file.");
        }
    }

    /// <summary>Everything that is wrong, and the options of what is right.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="settingsPath">The file whose lines are named, or null.</param>
    /// <param name="mayLackFolders">True where settings without watched folders are right, since a data folder is asked about.</param>
    public static (ImmutableArray<Finding> Findings, PipelineOptions Process, DaemonOptions Daemon) Run(
        IConfiguration configuration, string? settingsPath, bool mayLackFolders)
    {
        Dictionary<string, string?> values = configuration.AsEnumerable()
            .Where(pair => pair.Key.StartsWith("Pipeline:", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        ImmutableDictionary<string, int> lines = settingsPath is null ? ImmutableDictionary<string, int>.Empty : JsonKeyLines.Of(File.ReadAllBytes(settingsPath));
        var findings = ImmutableArray.CreateBuilder<Finding>();
        PipelineOptions process = Read(values, PipelineOptions.Read, PipelineOptions.Default, Tell);
        string data = configuration["Pipeline:Data"] ?? "pipeline-data";
        bool isDataOnly = mayLackFolders && !configuration.GetSection("Pipeline:Folders").Exists() && !configuration.GetSection("Pipeline:Datasets").Exists();
        var otherwise = new DaemonOptions(data, [], []);
        DaemonOptions daemon = isDataOnly ? otherwise : Read(values, DaemonSection.Read, otherwise, Tell);
        daemon = daemon with
        {
            Folders = [.. daemon.Folders.Where(folder => folder.Path != StandIn)],
            Datasets = [.. daemon.Datasets.Where(name => name != StandIn)],
            Studies = [.. daemon.Studies.Where(study => study.Name != StandIn)],
        };
        if (findings.Count == 0)
        {
            findings.Add(Finding.Ok(
                Check,
                isDataOnly
                    ? "No watched folders are named; with --settings they and the studies are looked at too."
                    : string.Create(CultureInfo.InvariantCulture, $"Watched folders: {daemon.Folders.Length}, studies: {daemon.Studies.Length}. Every key and value is valid.")));
        }

        return (findings.ToImmutable(), process, daemon);

        void Tell(string path, string message)
        {
            string place = Line(lines, path) is { } line ? string.Create(CultureInfo.InvariantCulture, $" ({Path.GetFileName(settingsPath)}, line {line})") : "";
            findings.Add(Finding.Problem(Check, message + place, "Correct the value, in the settings file or in the environment; OPERATING lists all settings."));
        }
    }

    private static T Read<T>(Dictionary<string, string?> values, Func<IConfiguration, T> read, T otherwise, Action<string, string> tell)
    {
        HashSet<string> told = new(StringComparer.OrdinalIgnoreCase);
        HashSet<string> given = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < FindingsMax; i++)
        {
            // A refusal is what was asked for.
            try
            {
                return read(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
            }
            catch (StageException refused)
            {
                string path = KeyPath().Match(refused.Message).Value;

                // What does not fit together because of a stand-in is no news.
                bool follows = refused.Message.Contains(StandIn, StringComparison.Ordinal) || (given.Count > 0 && path.Count(':') == 1);
                if (!follows && told.Add(path))
                {
                    tell(path, refused.Message);
                    if (!Remove(values, path))
                    {
                        values[path] = StandIn;
                        given.Add(path);
                    }
                }
                else if (!follows && given.Add(path))
                {
                    // Taken out, and needed: no news.
                    values[path] = StandIn;
                }
                else
                {
                    return otherwise;
                }
            }
        }

        return otherwise;
    }

    private static bool Remove(Dictionary<string, string?> values, string path)
    {
        string[] keys = [.. values.Keys.Where(key =>
            key.Equals(path, StringComparison.OrdinalIgnoreCase) || key.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase))];
        foreach (string key in keys)
        {
            values.Remove(key);
        }

        return keys.Length > 0;
    }

    private static int? Line(ImmutableDictionary<string, int> lines, string path)
    {
        // A key that is missing is missed where its section begins.
        for (string key = path; key.Length > 0; key = key.LastIndexOf(':') is var colon and > 0 ? key[..colon] : "")
        {
            if (lines.TryGetValue(key, out int line))
            {
                return line;
            }
        }

        return null;
    }

    private static string Reason(string message) => message.Split(" LineNumber:")[0].Split(" Path:")[0];

    [GeneratedRegex(@"Pipeline(:[^\s':]+)+")]
    private static partial Regex KeyPath();
}
