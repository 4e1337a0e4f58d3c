using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Finds everything that is wrong with the settings, where the start of a daemon stops at the first.</summary>
/// <remarks>
/// The readers of the settings say what is wrong. What they refuse is taken out (or given a stand-in, where something is needed), and they
/// are asked again, until they refuse nothing new.
/// </remarks>
internal static class SettingsCheck
{
    private const string Check = "settings";
    private const string StandIn = "stand-in";
    private const int FindingsMax = 100;

    /// <summary>Everything that is wrong, and the options of what is right.</summary>
    /// <param name="configuration">All settings.</param>
    /// <param name="mayLackFolders">True where settings without watched folders are right, since a data folder is asked about.</param>
    public static (ImmutableArray<Finding> Findings, PipelineOptions Process, DaemonOptions Daemon) Run(
        IConfiguration configuration, bool mayLackFolders)
    {
        Dictionary<string, string?> values = configuration.AsEnumerable()
            .Where(pair => pair.Key.StartsWith("Pipeline:", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
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
        Open(() => AccessToken.Read(daemon.Http.TokenPath!), daemon.Http.TokenPath);
        Open(() => ServerCertificate.Read(daemon.Http)?.Dispose(), daemon.Http.CertificatePath);
        if (findings.Count == 0)
        {
            findings.Add(Finding.Ok(
                Check,
                isDataOnly
                    ? "No watched folders are named; with --settings they and the studies are looked at too."
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"Watched folders: {daemon.Folders.Length}, studies: {daemon.Studies.Length}. Every key and value is valid.")));
        }

        return (findings.ToImmutable(), process, daemon);

        // The start reads what these name, as this user; a refusal is what was asked for.
        void Open(Action read, string? path)
        {
            try
            {
                if (path is not null)
                {
                    read();
                }
            }
            catch (StageException refused)
            {
                Tell(refused);
            }
        }

        void Tell(StageException refused) => findings.Add(Finding.Problem(
            Check, SettingsPlaces.Name(refused, configuration).Message, "Correct the value at that place; OPERATING lists all settings."));
    }

    private static T Read<T>(Dictionary<string, string?> values, Func<IConfiguration, T> read, T otherwise, Action<StageException> tell)
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
                string path = refused.Subject ?? "";

                // What does not fit together because of a stand-in is no news.
                bool follows = refused.Message.Contains(StandIn, StringComparison.Ordinal) || (given.Count > 0 && path.Count(':') == 1);
                if (!follows && told.Add(path))
                {
                    tell(refused);
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
}
